"""Re-rating by totals is re-rating call by call, and by the same prices it is nothing at all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.billing.exports.documents import made

from stillhouse.billing.document import Document, Line, LineRef
from stillhouse.billing.rerating import (
    Cuts,
    Piece,
    RerateError,
    Rerating,
    cuts,
    day_start,
    differences,
    rerating,
    whole,
)
from stillhouse.ledger.ports import Total
from stillhouse.tariff import PriceBook, Tariff, UnpricedModelError, charge, tariff
from stillhouse.tariff.prices import changed
from stillhouse.units.instant import DAY, Instant, period
from stillhouse.units.usage import Meter, Usage

FIRST = day_start("2026-11-01")
MONTH = "2026-11"
NOTE_FIELDS = ("line", "quantity", "exact_pico", "amount")


def price(each: int, **terms: object) -> Tariff:
    given_terms = {"book": "sale", "model": "m", "valid_from": Instant(0), **terms}
    return tariff(
        prices={Meter.INPUT: each, Meter.OUTPUT: 3 * each},
        **given_terms,  # type: ignore[arg-type]
    )


@dataclass(frozen=True)
class Call:
    at: Instant
    account: str
    usage: Usage
    tariff: Tariff

    @property
    def charge(self) -> int:
        return charge(self.usage, self.tariff)


def admitted(book: PriceBook, at: int, account: str, tokens_in: int, tokens_out: int) -> Call:
    """As a gateway prices it, by what it knows at that moment."""
    when = Instant(FIRST + at)
    usage = Usage(input=tokens_in, output=tokens_out, requests=1)
    return Call(
        when,
        account,
        usage,
        book.at("sale", "m", when, known_at=when, account=account, tokens_in=tokens_in),
    )


def summed(calls: Sequence[Call], cut: Cuts) -> list[tuple[int, int, Total]]:
    """Totals by day and tariff, those concerned cut further: what the store does from receipts."""
    sums: dict[tuple[object, ...], list[Call]] = {}
    for call in calls:
        concerned = call.tariff.id in cut.tariffs
        after = sum(at <= call.at for at in cut.moments) if concerned else 0
        above = sum(edge < call.usage.tokens_in for edge in cut.edges) if concerned else 0
        key = (after, above, period(call.at, "day"), call.account, call.tariff.id)
        sums.setdefault(key, []).append(call)
    return [
        (after, above, total(each, day, account))  # type: ignore[arg-type, misc]
        for (after, above, day, account, _), each in sums.items()
    ]


def total(calls: Sequence[Call], day: str, account: str) -> Total:
    return Total(
        day=day,
        account=account,
        project="p",
        key="k",
        deployment="d",
        model="m",
        sale_tariff=calls[0].tariff.id,
        cost_tariff="",
        receipts=len(calls),
        usage=tuple(map(sum, zip(*(call.usage for call in calls), strict=True))),
        charge=sum(call.charge for call in calls),
        cost=0,
    )


def rerated(
    calls: Sequence[Call],
    book: PriceBook,
    known_at: Instant | None = None,
    documents: Sequence[tuple[str, Document]] = (),
    *,
    ledger: PriceBook | None = None,
) -> Rerating:
    """ledger: where the calls' own tariffs are, with all their bands; None: in `book`."""
    tariffs: dict[str, Tariff] = {
        t.id: t for call in calls for t in (call.tariff, *siblings(call.tariff, ledger or book))
    }
    plain = [t for _, _, t in summed(calls, Cuts())]
    cut = cuts(plain, tariffs, book, known_at)
    moments, edges = sorted(cut.moments), sorted(cut.edges)
    pieces = whole([t for t in plain if t.sale_tariff not in cut.tariffs], tariffs)
    pieces += [
        Piece(
            t,
            max([day_start(t.day), *moments[:after]]),
            max([tariffs[t.sale_tariff].above + 1, *(edge + 1 for edge in edges[:above])]),
        )
        for after, above, t in summed(calls, cut)
        if t.sale_tariff in cut.tariffs
    ]
    found, unpriced = differences(pieces, tariffs, book, known_at)
    return rerating(found, unpriced, documents, month=MONTH, currency="USD")


def siblings(given_: Tariff, book: PriceBook) -> list[Tariff]:
    """The bands of its list: the ledger knows them all."""
    return [
        t
        for t in book.by_id.values()
        if (t.slot, t.valid_from, t.known_from)
        == (given_.slot, given_.valid_from, given_.known_from)
    ]


def one_by_one(calls: Sequence[Call], book: PriceBook, known_at: Instant | None) -> int:
    """The reference: every call priced anew by itself."""
    owed = 0
    for call in calls:
        try:
            new = book.at(
                *("sale", "m", call.at),
                known_at=known_at,
                account=call.account,
                tokens_in=call.usage.tokens_in,
            )
        except UnpricedModelError:
            new = call.tariff
        owed += charge(call.usage, new)
    return owed


times = st.integers(0, 3 * DAY)
sizes = st.sampled_from([0, 1, 100, 101, 200, 201, 5_000])
asked = st.lists(
    st.tuples(times, st.sampled_from(["acct_1", "acct_2"]), sizes, sizes), min_size=1, max_size=12
)
rows = st.builds(
    lambda valid, known, first, bands, account: [
        price(
            each,
            valid_from=Instant(FIRST + valid),
            known_from=Instant(FIRST + known),
            above=above,
            account=account,
        )
        for above, each in ((0, first), *bands.items())
    ],
    st.integers(-DAY, 3 * DAY),
    st.integers(-DAY, 3 * DAY),
    st.integers(0, 50),
    st.dictionaries(st.sampled_from([100, 200]), st.integers(0, 50)),
    st.sampled_from(["", "", "acct_1"]),
)
later = st.lists(
    rows, max_size=4, unique_by=lambda r: (r[0].slot, r[0].valid_from, r[0].known_from)
)


@given(asked, later)
def test_by_the_same_prices_nothing_changes(
    calls: list[tuple[int, str, int, int]], more: list[list[Tariff]]
) -> None:
    """Prices that begin no earlier than they are known, as every approval makes them."""
    known = [changed(t, known_from=min(t.known_from, t.valid_from)) for each in more for t in each]
    unique = {(t.slot, t.valid_from, t.above): t for t in known}
    whole_lists = [t for t in unique.values() if (t.slot, t.valid_from, 0) in unique]
    same_known = {
        (t.slot, t.valid_from): unique[t.slot, t.valid_from, 0].known_from for t in whole_lists
    }
    book = PriceBook(
        [price(7), *(changed(t, known_from=same_known[t.slot, t.valid_from]) for t in whole_lists)]
    )
    made_ = [admitted(book, *call) for call in calls]
    found = rerated(made_, book)

    assert (0, 0, (), ()) == (found.difference, found.changed, found.moved, found.proposals)
    assert (len(calls), sum(call.charge for call in made_)) == (found.receipts, found.before)


@given(asked, later, later, st.none() | st.integers(-DAY, 3 * DAY))
def test_sums_priced_anew_are_calls_priced_anew(
    calls: list[tuple[int, str, int, int]],
    first: list[list[Tariff]],
    then: list[list[Tariff]],
    known: int | None,
) -> None:
    """Whatever begins, is corrected or is cut into bands, within a day or between two."""
    known_at = None if known is None else Instant(FIRST + known)
    base = [price(7), price(9, above=100)]
    old = PriceBook([*base, *(t for each in first for t in each)])
    new = PriceBook(t for each in then for t in each)
    made_ = [admitted(old, *call) for call in calls]
    found = rerated(made_, new, known_at, ledger=old)

    assert one_by_one(made_, new, known_at) == found.after
    assert sum(call.charge for call in made_) == found.before
    assert found.difference == sum(m.after - m.before for m in found.moved)


@given(asked)
def test_a_price_that_is_not_known_any_more_changes_nothing(
    calls: list[tuple[int, str, int, int]],
) -> None:
    made_ = [admitted(PriceBook([price(7)]), *call) for call in calls]
    found = rerated(made_, PriceBook())

    assert (0, (("m", len(calls)),)) == (found.difference, found.unpriced)


def test_calls_without_a_price_are_rated_by_the_one_that_came() -> None:
    nothing = tariff(book="sale", model="(unpriced)", valid_from=Instant(0), prices={})
    usage = Usage(input=10, requests=1)
    row = Total(
        *("2026-11-02", "acct_1", "p", "k", "d", "m", nothing.id, ""),
        receipts=1,
        usage=tuple(usage),
        charge=0,
        cost=0,
    )
    book = PriceBook([price(7)])
    tariffs: dict[str, Tariff] = {nothing.id: nothing}
    found, unpriced = differences(whole([row], tariffs), tariffs, book, None)

    assert ([(0, 70)], {}) == ([(d.before, d.after) for d in found], unpriced)


def test_a_total_that_is_not_its_own_prices_is_refused() -> None:
    call = admitted(PriceBook([price(7)]), 0, "acct_1", 10, 0)
    wrong = replace(total([call], "2026-11-01", "acct_1"), charge=71)
    tariffs: dict[str, Tariff] = {call.tariff.id: call.tariff}

    with pytest.raises(RerateError, match="stillhouse verify"):
        differences(whole([wrong], tariffs), tariffs, PriceBook([price(7)]), None)


# -- proposals


def invoice(calls: Sequence[Call], *, number: str, rate: str = "1", unit: str = "0.01") -> Document:
    """An invoice of these calls: a line a meter, at their tariff."""
    counts: Counter[tuple[str, Meter]] = Counter()
    prices: dict[tuple[str, Meter], int] = {}
    for call in calls:
        for meter in (Meter.INPUT, Meter.OUTPUT):
            key = (call.tariff.id, meter)
            counts[key] += call.usage.input if meter is Meter.INPUT else call.usage.output
            prices[key] = call.tariff.by_meter[meter]
    lines = [
        Line(
            id=0,
            kind="usage",
            amount="0",
            exact_pico=str(n * prices[name, meter]),
            price_currency="USD",
            rate=rate,
            period=MONTH,
            project="p",
            model="m",
            meter=meter.value,
            tariff=name,
            quantity=str(n),
            unit="1000000 tokens",
            unit_price="0",
        )
        for (name, meter), n in counts.items()
        if n
    ]
    return made(lines, unit=unit, number=number, kind="invoice", currency="USD", period=MONTH)


def big(tokens: int = 10**9) -> Call:
    return admitted(PriceBook([price(2_500_000)]), 0, "acct_1", tokens, 0)


def test_a_lower_price_of_what_was_invoiced_is_a_credit_note_on_its_line() -> None:
    doc = invoice([big()], number="INV-1")
    found = rerated([big()], PriceBook([price(2_000_000)]), documents=[("acct_1", doc)])
    [proposal] = found.proposals

    assert ("credit_note", "acct_1", "INV-1", "-500.00") == (
        *(proposal.kind, proposal.account),
        *(proposal.number, proposal.amount),
    )
    assert [(1, 10**9, -500 * 10**12, "-500.00")] == [
        tuple(getattr(line, name) for name in NOTE_FIELDS) for line in proposal.lines
    ]


def test_a_higher_price_of_what_was_invoiced_is_a_correction_that_names_the_document() -> None:
    doc = invoice([big()], number="INV-1")
    found = rerated([big()], PriceBook([price(3_000_000)]), documents=[("acct_1", doc)])

    assert [("correction", "INV-1", "500.00")] == [
        (p.kind, p.number, p.amount) for p in found.proposals
    ]


def test_what_was_not_invoiced_is_a_correction_of_the_next_invoice() -> None:
    found = rerated([big()], PriceBook([price(2_000_000)]))

    assert [("correction", "", "-500.000000000000")] == [
        (p.kind, p.number, p.amount) for p in found.proposals
    ]


def test_what_came_after_the_invoice_is_apart_from_it() -> None:
    doc = invoice([big(4 * 10**8)], number="INV-1")
    found = rerated([big()], PriceBook([price(2_000_000)]), documents=[("acct_1", doc)])

    assert [("correction", "", 6 * 10**8), ("credit_note", "INV-1", 4 * 10**8)] == [
        (p.kind, p.number, p.lines[0].quantity) for p in found.proposals
    ]
    assert found.difference == sum(line.exact_pico for p in found.proposals for line in p.lines)


def test_a_credit_is_at_the_rate_and_discount_of_its_line() -> None:
    doc = invoice([big()], number="INV-1", rate="16100", unit="1")
    line = msgspec.structs.replace(doc.lines[0], discount_bp=1_000)
    doc = msgspec.structs.replace(doc, lines=(line,))
    found = rerated([big()], PriceBook([price(2_000_000)]), documents=[("acct_1", doc)])

    assert ["-7245000"] == [p.amount for p in found.proposals]  # 500 x 16,100 x 0.9


def test_another_accounts_or_months_invoice_is_left_alone() -> None:
    mine = invoice([big()], number="INV-1")
    other = msgspec.structs.replace(
        mine,
        lines=tuple(msgspec.structs.replace(line, period="2026-10") for line in mine.lines),
    )
    found = rerated(
        [big()],
        PriceBook([price(2_000_000)]),
        documents=[("acct_2", mine), ("acct_1", other)],
    )

    assert [""] == [p.number for p in found.proposals]


def test_what_was_credited_before_is_not_proposed_again() -> None:
    doc = invoice([big()], number="INV-1")

    def proposed(taken: int) -> list[str]:
        line = msgspec.structs.replace(
            doc.lines[0],
            kind="credit",
            exact_pico=str(-taken),
            refers=LineRef(number="INV-1", line=1),
        )
        note = msgspec.structs.replace(doc, kind="credit_note", number="INV-2", lines=(line,))
        documents = [("acct_1", doc), ("acct_1", note)]
        found = rerated([big()], PriceBook([price(2_000_000)]), documents=documents)
        return [p.amount for p in found.proposals]

    assert ["-300.00"] == proposed(200 * 10**12)
    assert [] == proposed(500 * 10**12) == proposed(600 * 10**12)
