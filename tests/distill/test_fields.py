"""An object is said member by member, and one that is not known makes the whole unsaid."""

import json

import numpy as np
import pytest

from stillhouse.distill import linear
from stillhouse.distill.fields import (
    ABSENT,
    TAGS,
    WORD,
    Member,
    Shape,
    cast,
    read,
    seen,
    tokens,
)
from stillhouse.distill.linear import Layer

LABELS = Layer("member1", ("null", '"high"'), (0.0, 0.0), 0.2, WORD)
TAGGER = Layer("member2", TAGS, (-1.0, -1.0, 0.0), 0.2, WORD)
FILES = linear.write(
    LABELS, [["soon", "urgent"]], np.ones(2), np.array([[1, -1], [-1, 1]], np.float32)
) | linear.write(
    TAGGER,
    [["b0wfor", "a0wfor"]],
    np.ones(2),
    np.array([[3, 0, 0], [0, 2, 0]], np.float32),
)
MEMBERS = (
    Member("kind", "constant", ('"order"',)),
    Member("urgency", "closed", ("null", '"high"'), LABELS),
    Member("who", "copied", ("null",), TAGGER),
)


def said(text: str, *members: Member, compact: bool = False) -> tuple[str, float]:
    return read(Shape(members or MEMBERS, compact=compact), FILES).say(text)


def test_an_object_is_what_its_members_say() -> None:
    text, sure = said("urgent table for Anna Maria, please")

    assert {"kind": "order", "urgency": "high", "who": "Anna Maria"} == json.loads(text)
    assert 0.9 < sure < 1


def test_words_that_are_not_there_are_what_stands_for_them() -> None:
    text, _ = said("soon")

    assert '{"kind": "order", "urgency": null, "who": null}' == text
    assert '{"kind":"order","urgency":null,"who":null}' == said("soon", compact=True)[0]


def test_a_member_that_is_not_known_leaves_the_whole_unsaid() -> None:
    known = Member("who", "copied", (), TAGGER)
    number = Member("many", "copied", ("null",), TAGGER, cast="int")

    assert "" == said("soon", *MEMBERS[:2], known)[0]
    assert ("", 0.0) == said("table for many", *MEMBERS[:2], number)
    assert '"many": 4' in said("table for 4", *MEMBERS[:2], number)[0]


def test_an_absent_member_is_not_written() -> None:
    assert "{}" == said("x", Member("a", "constant", (ABSENT,)))[0]


def test_what_is_seen_of_a_word_is_itself_and_its_neighbours() -> None:
    words = tokens("Call Anna, now")
    view = seen(words, 1).split()

    assert {"c0wAnna", "c0stitle", "b0wCall", "d0wp44", "a0wedge", "e0wnow"} <= set(view)
    assert [1, 2.5, "a", "A"] == [
        cast("1", "int"),
        cast("2.5", "float"),
        cast("A", "lower"),
        cast("A", "text"),
    ]


def test_a_shape_whose_layers_are_missing_is_refused() -> None:
    with pytest.raises(ValueError, match="no layer"):
        read(Shape((Member("a", "closed", ("1",)),)), {})
    with pytest.raises(ValueError, match="not tagged"):
        read(Shape((*MEMBERS[:2], Member("who", "copied", (), LABELS))), FILES)
