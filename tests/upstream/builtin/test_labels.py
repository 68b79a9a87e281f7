"""The labels are what the issue asks for, and cannot be changed at run time."""

from __future__ import annotations

from collections.abc import MutableMapping

from stillhouse.upstream.builtin.labels import LABELS


def test_five_questions_about_a_comment() -> None:
    assert list(LABELS) == ["topic", "sentiment", "spam", "toxicity", "language"]


def test_labels_are_read_only() -> None:
    assert not isinstance(LABELS, MutableMapping)
