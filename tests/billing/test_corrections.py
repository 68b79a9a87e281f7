"""Each receipt is covered once: what documents charge for and what is to come are the whole."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.billing.sold import MONTH, PLAIN, finalised, invoice, total, totals

from stillhouse.billing.corrections import (
    UncoveredError,
    drawn,
    invoiced,
    late,
    uncovered,
    used,
)
from stillhouse.billing.document import Cover, Document
from stillhouse.ledger.ports import Total
from stillhouse.tariff.prices import UNPRICED
from stillhouse.units.usage import METERS, Meter, Usage

FREE = frozenset({Meter.REQUESTS})


@given(totals, totals)
def test_what_was_invoiced_and_what_is_late_are_all(early: list[Total], more: list[Total]) -> None:
    old = finalised(invoice(*early))
    now = used([*early, *more], FREE)
    before = invoiced([old], MONTH)
    quantities = {key: n for key, n in before.quantities.items() if key[4] not in FREE}
    new = late(used([*early, *more]), before)

    for key, n in now.quantities.items():
        assert n == quantities.get(key, 0) + new.quantities.get(key, 0)
    assert {k: n for k, n in used(more, FREE).quantities.items() if n} == {
        k: n for k, n in new.quantities.items() if k[4] not in FREE
    }
    assert UNPRICED == PLAIN.prices[METERS.index(Meter.AUDIO_IN)]


def test_an_invoice_for_more_than_there_is_is_refused() -> None:
    old = finalised(invoice(total(Usage(input=5))))

    with pytest.raises(UncoveredError, match="stillhouse verify"):
        late(used([total(Usage(input=4))]), invoiced([old], MONTH))


def covering(*covers: tuple[int, int]) -> Document:
    document = invoice()
    proof = msgspec.structs.replace(
        document.receipts,
        covers=tuple(Cover(period=MONTH, after=a, upto=b) for a, b in covers),
    )
    return msgspec.structs.replace(document, receipts=proof)


spans = st.tuples(st.integers(0, 30), st.integers(1, 9)).map(lambda s: (s[0], s[0] + s[1]))


@given(st.lists(spans, max_size=5), st.integers(0, 40))
def test_gaps_are_every_entry_that_nobody_covers_once(
    known: list[tuple[int, int]], upto: int
) -> None:
    gaps = uncovered([covering(*known)], MONTH, upto)
    covered = {n for a, b in known for n in range(a + 1, b + 1)}
    found = [n for gap in gaps for n in range(gap.after + 1, gap.upto + 1)]

    assert sorted(set(range(1, upto + 1)) - covered) == found
    assert [Cover(period="2026-10", after=0, upto=3)] == uncovered([covering((0, 3))], "2026-10", 3)


def test_nothing_was_drawn_by_documents_without_draws() -> None:
    assert {} == drawn([invoice(total(Usage(input=5)))])
