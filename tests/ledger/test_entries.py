"""The chain shows every edit, and canonical JSON never depends on who writes it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.ledger.entries import (
    GENESIS,
    SAFE_INTEGER_MAX,
    UnwritableError,
    canonical,
    check,
    digest,
    follow,
)
from stillhouse.ledger.ports import Entry
from stillhouse.units.instant import Instant

AT = Instant(1_795_000_000_000_000)
texts = st.text(st.characters(exclude_categories=["Cs"]))
leaves = st.none() | st.booleans() | st.integers(-SAFE_INTEGER_MAX, SAFE_INTEGER_MAX) | texts
values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=10
)
bodies = st.dictionaries(texts, values, max_size=4)


def chain(*bodies: dict[str, Any]) -> list[Entry]:
    entries: list[Entry] = []
    for body in bodies or ({"n": 1}, {"n": 2}, {"n": 3}):
        last = entries[-1] if entries else None
        entries.append(follow(last, at=AT, kind="note", actor="me", body=body))
    return entries


@given(st.lists(bodies, max_size=5))
def test_a_chain_that_nobody_touched_holds(written: list[dict[str, Any]]) -> None:
    entries = chain(*written) if written else []

    assert check(entries) is None
    assert list(range(1, len(entries) + 1)) == [entry.number for entry in entries]


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    "change",
    [
        {"at": AT + 1},
        {"kind": "other"},
        {"actor": "you"},
        {"body": {"n": 9}},
        {"hash": "0" * 64},
        {"previous": "1" * 64},
        {"number": 7},
        {"body": {"n": 0.5}},
    ],
)
def test_a_changed_entry_is_named(place: int, change: dict[str, Any]) -> None:
    entries = chain()
    entries[place] = replace(entries[place], **change)
    found = check(entries)

    assert found is not None
    assert place + 1 == found.number


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda e: [e[0], e[2]], "entry 2 is missing; found 3"),
        (lambda e: [e[1], e[2]], "entry 1 is missing; found 2"),
        (lambda e: [e[1], e[0], e[2]], "entry 1 is missing; found 2"),
        (lambda e: [e[0], e[0], e[1]], "entry 2 is missing; found 1"),
    ],
)
def test_a_lost_moved_or_repeated_entry_is_named(
    edit: Callable[[list[Entry]], list[Entry]], expected: str
) -> None:
    found = check(edit(chain()))

    assert found is not None
    assert expected == found.what


def test_a_forged_entry_with_its_own_right_hash_breaks_the_next_one() -> None:
    first, second, third = chain()
    forged = follow(first, at=AT, kind="note", actor="me", body={"n": 99})
    found = check([first, forged, third])

    assert found is not None
    assert found.what == "entry 3 does not follow the hash of the one before it"
    assert forged.previous == second.previous


def test_a_check_can_go_on_from_a_trusted_entry() -> None:
    first, second, third = chain()

    assert check([second, third], after=first) is None
    assert check([third], after=first) is not None


@given(bodies)
def test_the_order_in_which_a_body_was_made_changes_nothing(body: dict[str, Any]) -> None:
    turned = dict(reversed(body.items()))

    assert canonical(body) == canonical(turned)
    assert body == json.loads(canonical(body))


@given(values)
def test_reading_a_canonical_text_and_writing_it_again_gives_the_same_text(value: object) -> None:
    assert canonical(value) == canonical(json.loads(canonical(value)))


def test_the_canonical_form_is_the_written_one() -> None:
    value = {"b": [1, None, True], "a": {"é": "1\n2"}}

    assert canonical(value) == '{"a":{"é":"1\\n2"},"b":[1,null,true]}'


def test_the_hash_is_the_documented_one() -> None:
    """Worked out by another program, so that a change of the rule cannot pass unnoticed."""
    expected = "242ca7a873111483f40f49c6b7e9a8d73002fa5f739a618184a605808f0fea72"
    found = digest(number=1, at=0, kind="note", actor="me", body={"n": "1"}, previous=GENESIS)

    assert expected == found


@pytest.mark.parametrize(
    "value",
    [0.0, float("nan"), 2**53 + 1, -(2**60), {1: "a"}, b"x", {"a": [1, {"b": 1.5}]}, "\ud800"],
)
def test_what_other_readers_would_change_is_never_written(value: object) -> None:
    with pytest.raises(UnwritableError):
        canonical(value)
    with pytest.raises(UnwritableError):
        follow(None, at=AT, kind="note", actor="me", body={"x": value})


def test_an_amount_beyond_64_bits_travels_as_text() -> None:
    [entry] = chain({"charge": str(400_000_000_000 * 10**12)})

    assert json.loads(canonical(entry.body))["charge"] == "400000000000000000000000"
    assert check([entry]) is None
