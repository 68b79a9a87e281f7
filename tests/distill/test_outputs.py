"""What kind of student answers ask for."""

import json

import pytest

from stillhouse.distill.outputs import ENOUGH, Outputs, label_set


def seen(*texts: str) -> Outputs:
    outputs = Outputs()
    for text in texts:
        outputs.see(text)
    return outputs


def test_a_set_of_labels_that_hardly_grows_is_for_a_classifier() -> None:
    outputs = seen(*[f"intent_{n % 150}" for n in range(3_000)])

    assert ("classifier", 150) == (outputs.kind, outputs.size)


@pytest.mark.parametrize("fence", ["{}", "```json\n{}\n```"])
def test_objects_of_one_shape_are_for_extraction(fence: str) -> None:
    texts = [fence.replace("{}", json.dumps({"who": f"n{n}", "how": n})) for n in range(60)]

    assert "extraction" == seen(*texts).kind


def test_what_is_ever_new_or_long_is_for_a_language_model() -> None:
    assert "generative" == seen(*[f"answer {n}" for n in range(100)]).kind
    assert "generative" == seen(*["a long story " * 10] * 100).kind


def test_too_few_say_nothing() -> None:
    assert seen(*["yes"] * (ENOUGH - 1)).kind is None


def test_a_label_is_written_as_it_mostly_was() -> None:
    texts = ["Spam", "spam", "spam.", "ham", "typo"]

    assert {"spam": "spam"} == label_set(texts, least=2)
