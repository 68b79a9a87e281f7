"""A document says the same of its receipts however they are split into parts, but for its root."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.billing.document import Cover, WriterRange
from stillhouse.billing.draft import Evidence
from stillhouse.billing.evidence import Odd, Part, evidence, part_leaf, root_of_parts
from stillhouse.billing.merkle import EMPTY, leaf, node
from stillhouse.ledger.receipt import FLAG_NO_CHARGE, FLAG_UNRATED
from stillhouse.units.usage import METERS, Meter

MONTH = "2026-11"
TOKENS = tuple(3 if meter is Meter.INPUT else 1 for meter in METERS)


def odd(outcome: str = "completed", witness: str = "counted", flags: int = 0, n: int = 1) -> Odd:
    usage = tuple(n * count for count in TOKENS)
    return Odd("p", "w", "m", "t", outcome, witness, flags, n, str(7 * n), usage)


def part(file: int = 1, *odds: Odd, writer: int = 1, count: int = 5, first: int = 1) -> Part:
    return Part(writer, file, MONTH, "a", count, first, first + 9, leaf(f"{file}"), odds)


ONES = st.builds(
    odd,
    st.sampled_from(["completed", "client_left", "upstream_cut"]),
    st.sampled_from(["reported", "counted"]),
    st.sampled_from([0, FLAG_NO_CHARGE, FLAG_UNRATED]),
    st.integers(1, 4),
)


def said(parts: Sequence[Part]) -> Evidence:
    return evidence(parts, month=MONTH)


@given(st.lists(ONES, max_size=9), st.data())
def test_what_is_told_does_not_depend_on_the_split(odds: list[Odd], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(odds)))
    whole = said([part(1, *odds, count=10)])
    split = said([part(1, *odds[:cut], count=4), part(2, *odds[cut:], count=6)])

    assert whole == split


def test_broken_estimated_and_unpriced_calls_are_told_apart() -> None:
    found = said(
        [
            part(
                1,
                odd(n=2),
                odd("client_left", "lower_bound"),
                odd("upstream_cut", "reported", FLAG_NO_CHARGE),
                odd("completed", "reported", FLAG_UNRATED, 3),
            )
        ]
    )
    key = (MONTH, ("p", "w", "m", "t", Meter.INPUT))
    tokens = str(sum(TOKENS) - 1)

    assert [("client_left", True, 1, tokens, "7"), ("upstream_cut", False, 1, tokens, "7")] == [
        (b.outcome, b.charged, b.receipts, b.tokens, b.exact_pico) for b in found.broken
    ]
    assert (9, 3) == (found.estimated[key], found.unrated)


def test_writers_are_first_last_and_how_many() -> None:
    parts = [part(1, first=20), part(2, first=4), part(1, writer=3)]
    proof = said(parts).proof

    assert 15 == proof.count
    assert (
        WriterRange(writer=1, first=4, last=29, count=10),
        WriterRange(writer=3, first=1, last=10, count=5),
    ) == proof.writers
    assert ("", 0, ()) == (proof.root, proof.parts, proof.covers)


def test_only_what_is_for_good_has_a_root_and_says_what_it_covers() -> None:
    covers = [Cover(period=MONTH, after=0, upto=9)]
    parts = [part(1), part(2)]
    proof = evidence(parts, covers, prove=True).proof
    leaves = [part_leaf(segment=p.segment, month=MONTH, count=5, root=p.root.hex()) for p in parts]

    assert (node(*leaves).hex(), 2, tuple(covers)) == (proof.root, proof.parts, proof.covers)
    assert leaf(f"w1-1\n2026-11\n5\n{leaf('1').hex()}") == leaves[0]
    assert EMPTY.hex() == root_of_parts([])


@pytest.mark.parametrize(
    "changed",
    [
        [part(2), part(1)],
        [part(1)],
        [part(1), part(2), part(2)],
        [part(1, count=6), part(2)],
        [part(1, writer=2), part(2)],
        [replace(part(1), month="2026-10"), part(2)],
        [replace(part(1), root=leaf("x")), part(2)],
    ],
)
def test_another_part_count_order_or_receipt_is_another_root(changed: list[Part]) -> None:
    assert root_of_parts([part(1), part(2)]) != root_of_parts(changed)
