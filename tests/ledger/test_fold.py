"""Folding: exact, order-true, resumable, and free receipts stand apart."""

from hypothesis import given
from hypothesis import strategies as st
from tests.store.test_journal import NOW

from stillhouse.ledger.fold import fold, merge
from stillhouse.ledger.receipt import (
    FLAG_NO_CHARGE,
    FLAG_OVER_HOLD,
    FLAG_UNRATED,
    FLAG_ZERO_RATED,
    Close,
    Open,
    Receipt,
)
from stillhouse.units.instant import DAY

WORDS = st.sampled_from(["a", "b"])
FLAGS = st.sampled_from([0, FLAG_OVER_HOLD, FLAG_UNRATED, FLAG_NO_CHARGE, FLAG_ZERO_RATED])
BIG = 2**63 - 1


@st.composite
def receipts(draw: st.DrawFn) -> Receipt:
    seq = draw(st.integers(1, 10**6))
    o = Open(
        seq=seq,
        call=seq,
        admitted_at=NOW + draw(st.integers(0, 3)) * DAY,
        account=draw(WORDS),
        project=draw(WORDS),
        key="k",
        deployment="d",
        provider="stub",
        model=draw(WORDS),
        surface="chat",
        stream=False,
        hold=0,
        sale_tariff="s",
        cost_tariff="c",
        budgets=(),
        input_bound=0,
        workload=draw(st.sampled_from(["", "w"])),
        cohort=draw(st.sampled_from(["", "c"])),
    )
    c = Close(
        seq=seq,
        settled_at=NOW,
        first_byte_us=0,
        latency_us=0,
        status=200,
        outcome="completed",
        witness="reported",
        flags=draw(FLAGS),
        usage=tuple(draw(st.integers(0, BIG)) for _ in range(11)),
        charge=draw(st.integers(0, BIG)),
        cost=draw(st.integers(0, BIG)),
    )
    return Receipt(1, o, c)


MANY = st.lists(receipts(), max_size=12)


@given(MANY, MANY)
def test_folding_two_parts_and_merging_is_folding_the_whole(
    first: list[Receipt], second: list[Receipt]
) -> None:
    assert fold(first + second) == merge([*fold(first), *fold(second)])
    assert fold(first + second) == fold(second + first)


@given(MANY)
def test_nothing_is_lost_beyond_64_bits(rows: list[Receipt]) -> None:
    totals = fold(rows)

    assert sum(t.receipts for t in totals) == len(rows)
    assert sum(t.charge for t in totals) == sum(r.close.charge for r in rows)
    assert sum(t.cost for t in totals) == sum(r.close.cost for r in rows)
    assert sum(t.unrated for t in totals) == sum(r.close.flags == FLAG_UNRATED for r in rows)
    assert [sum(n) for n in zip(*(t.usage for t in totals), strict=True)] == [
        sum(n) for n in zip(*(r.close.usage for r in rows), strict=True)
    ]


@given(MANY)
def test_what_nobody_is_charged_for_is_under_no_sale_tariff(rows: list[Receipt]) -> None:
    free = sum(r.close.flags in {FLAG_NO_CHARGE, FLAG_ZERO_RATED} for r in rows)

    assert free == sum(t.receipts for t in fold(rows) if not t.sale_tariff)
