"""Lineage only grows, and comes back from a file as it went in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.terms.lineage import (
    UNKNOWN,
    Lineage,
    LineageError,
    Origin,
    from_wire,
    inherit,
    of,
    to_wire,
)
from stillhouse.units.instant import Instant

texts = st.text(max_size=8)
origins = st.builds(
    Origin,
    path=st.text(min_size=1, max_size=8),
    model=texts,
    at=st.none() | st.integers(0, 4 * 10**15).map(Instant),
    weights=texts,
    terms=texts,
    account=texts,
    via=st.sampled_from(["answer", "paraphrase", "label"]),
)
lineages = st.lists(origins, max_size=4).map(lambda rows: Lineage(tuple(rows)))


def test_no_origin_is_an_unknown_one() -> None:
    assert UNKNOWN == Lineage(()) == from_wire(None) == from_wire([])
    assert not UNKNOWN.known


@given(lineages)
def test_a_lineage_comes_back_from_its_wire_form(lineage: Lineage) -> None:
    assert lineage == from_wire(to_wire(lineage))


@given(st.lists(lineages, max_size=3), st.none() | origins)
def test_what_is_made_from_rows_has_every_origin_of_theirs(
    parents: list[Lineage], by: Origin | None
) -> None:
    child = inherit(parents, by=by)

    assert {o for p in parents for o in p.origins} <= set(child.origins)
    assert by is None or by in child.origins
    assert len(set(child.origins)) == len(child.origins)


def test_what_is_made_from_nothing_known_stays_unknown() -> None:
    judge = Origin(path="builtin", model="builtin")

    assert not inherit([], by=judge).known
    assert not inherit([UNKNOWN], by=judge).known
    assert inherit([of(judge)]).known


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("openai-api", "a list of at most"),
        ([{}] * 65, "a list of at most"),
        (["openai-api"], "an object of texts"),
        ([{"path": 3}], "an object of texts"),
        ([{"path": "x", "colour": "y"}], "no 'colour'"),
        ([{"path": "x", "via": "magic"}], "via 'magic'"),
        ([{"path": "x", "at": "2026-11-01"}], "no time with its zone"),
        ([{"path": "x", "at": "yesterday"}], "no time with its zone"),
    ],
)
def test_what_is_no_lineage_is_refused_with_the_reason(value: object, said: str) -> None:
    with pytest.raises(LineageError, match=said):
        from_wire(value)


def test_an_origin_without_a_path_is_unknown() -> None:
    assert not from_wire([{"model": "gpt-4o"}]).known
