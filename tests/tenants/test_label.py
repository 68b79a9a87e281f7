"""Labels are plain words; what looks like something else is none."""

import pytest

from stillhouse.tenants.label import is_label


@pytest.mark.parametrize("text", ["a", "comment-triage", "team/x_1.2", "9", "a" * 64])
def test_a_plain_word_is_a_label(text: str) -> None:
    assert is_label(text)


@pytest.mark.parametrize(
    "text", ["", "a b", "t:1f3a9c0de4b2", "(other)", "a@b.co", "é", "-a", "/a", "a\n", "a" * 65]
)
def test_ids_of_templates_addresses_and_sentences_are_none(text: str) -> None:
    assert not is_label(text)
