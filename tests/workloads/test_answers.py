"""Kinds of answers: told from hashes alone, unknown until enough, the same however it is split."""

import json
import random

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.workloads.answers import ENOUGH, LABELS_MAX, SHAPES_MAX, Output, Sample, kind

KEY = b"k" * 32


def seen(*texts: str) -> Sample:
    sample = Sample()
    for text in texts:
        sample.see(text, asked_json=False, key=KEY)
    return sample


def test_a_few_words_over_and_over_are_closed_labels_however_they_are_written() -> None:
    words = ["positive", "Negative.", '"neutral"', " positive\n", "negative", "**neutral**"] * 20

    assert Output("closed labels", 3, 120) == kind(seen(*words))


def test_short_answers_that_are_ever_new_are_free_text() -> None:
    assert "free text" == kind(seen(*(f"name {n}" for n in range(60)))).kind
    assert "free text" == kind(seen(*(f"name {n}" for n in range(3000)))).kind


def test_objects_of_one_shape_are_fixed_json_whatever_their_values() -> None:
    texts = [
        json.dumps({"label": f"x{n}", "score": n / 7, "tags": ["a"] * (n % 3 + 1)})
        for n in range(50)
    ]
    fenced = [f"```json\n{text}\n```" for text in texts]

    assert Output("fixed JSON", 1, 100) == kind(seen(*texts, *fenced))
    assert "free text" == kind(seen(*(json.dumps({f"k{n}": 1}) for n in range(50)))).kind


def test_long_answers_are_free_text_and_few_are_unknown() -> None:
    assert "free text" == kind(seen(*["It is a long story. " * 9] * ENOUGH)).kind
    assert Output("unknown", 0, ENOUGH - 1) == kind(seen(*["yes"] * (ENOUGH - 1)))


ANSWERS = st.lists(
    st.sampled_from(["yes", "no", '{"a": 1}', "[1, 2]", "{broken", "x" * 80, ""])
    | st.integers(0, 200).map(str),
    max_size=60,
)


@given(ANSWERS, ANSWERS)
def test_two_samples_merged_count_what_one_would_have(one: list[str], two: list[str]) -> None:
    merged, whole = seen(*one), seen(*one, *two)
    merged.merge(Sample.read(seen(*two).written()))

    assert whole.looked == merged.looked
    for sample in (merged, whole):
        counted = sum(sample.labels.values()) + sample.more_labels
        shaped = sum(sample.shapes.values()) + sample.more_shapes
        assert (counted, shaped) == (
            sum(whole.labels.values()) + whole.more_labels,
            sum(whole.shapes.values()) + whole.more_shapes,
        )
    assert Sample.read(merged.written()) == merged


def test_a_sample_is_small_and_says_nothing_of_what_was_answered() -> None:
    chance = random.Random(3)
    secret = "Marsinah"
    sample = seen(
        *(f"{secret} {chance.random()}" for _ in range(2000)),
        *(json.dumps({secret + str(n): secret}) for n in range(99)),
    )

    assert (LABELS_MAX, SHAPES_MAX) == (len(sample.labels), len(sample.shapes))
    assert secret.lower() not in sample.written().lower()
    assert len(sample.written()) < 4096
