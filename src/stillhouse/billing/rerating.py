"""What other prices would change in a month that has passed, and what to do about it. Pure.

    totals x their tariffs x the prices to rate by -> differences -> credit notes and corrections

Nothing is changed here: receipts name the prices that they were charged by, for good, and finalised
documents stay as they are. A charge that should have been lower is a credit note on the line that
charged it; one that should have been higher is a correction on the account's next invoice.

A total sums calls of one tariff and day, so it is priced anew as it is wherever all its calls get
one new price: no price begins within its day, and no new band cuts through its band. Where one
does, `Cuts` says so, and the same sums are needed apart (`store.audit` makes them from receipts).

A price that is no longer known says nothing about what was charged: those calls keep their charge
and are counted apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from stillhouse.billing.arithmetic import net, payable
from stillhouse.billing.document import Document, Line
from stillhouse.ledger.ports import Total
from stillhouse.tariff import PriceBook, Tariff
from stillhouse.tariff.book import FAR, Bands, band, spans
from stillhouse.tariff.charge import rate
from stillhouse.tariff.prices import Slot
from stillhouse.units.instant import DAY, Instant, instant
from stillhouse.units.money import exact
from stillhouse.units.usage import METERS, Meter, Usage

Key = tuple[str, str, str, str, str, Meter]
"""account, project, workload, model, tariff, meter: what a document's line is for"""


class RerateError(ValueError):
    """The record contradicts itself; `stillhouse verify` says where."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A total, or a part of one, whose calls all get one new price.

    at: a moment that stands for all of its admissions. tokens_in: an input that stands for all of
    its calls' in choosing a band.
    """

    total: Total
    at: Instant
    tokens_in: int


@dataclass(slots=True)
class Cuts:
    """Where totals must be cut. tariffs: which of them are concerned. Moments and edges: sorted."""

    tariffs: set[str] = field(default_factory=set)
    moments: set[Instant] = field(default_factory=set)
    edges: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Difference:
    """One total or part of one, charged and priced anew. prices: meter -> quantity, old, new."""

    account: str
    project: str
    workload: str
    model: str
    day: str
    old: str
    new: str
    receipts: int
    before: int
    after: int
    prices: Mapping[Meter, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Moved:
    """Charges of one account, model and day, in pico-units."""

    account: str
    model: str
    day: str
    receipts: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """line: of the document that is credited; 0 on the next invoice. exact_pico: what moves."""

    line: int
    project: str
    model: str
    meter: str
    quantity: int
    exact_pico: int
    amount: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to do about a difference. Amounts are decimal text of `currency`, signed.

    credit_note: take this much back from lines of document `number`. correction: charge or return
    it on the account's next invoice; `number` is the document whose lines it concerns, "" where
    the calls are not invoiced yet.
    """

    kind: Literal["credit_note", "correction"]
    account: str
    number: str
    currency: str
    amount: str
    lines: tuple[ProposedLine, ...]


@dataclass(frozen=True, slots=True)
class Rerating:
    """Sums in pico-units of the sale prices' currency. receipts: all that were looked at.

    changed: receipts whose prices would be others. unpriced: (model, receipts) without a price now.
    """

    month: str
    currency: str
    receipts: int
    changed: int
    before: int
    after: int
    moved: tuple[Moved, ...]
    unpriced: tuple[tuple[str, int], ...]
    proposals: tuple[Proposal, ...]

    @property
    def difference(self) -> int:
        return self.after - self.before


def cuts(
    totals: Iterable[Total],
    tariffs: Mapping[str, Tariff],
    book: PriceBook,
    known_at: Instant | None,
) -> Cuts:
    """Where the calls of one total would get different prices."""
    found = Cuts()
    known = spans(tariffs.values())
    seen: set[tuple[str, str, str, str]] = set()
    for t in totals:
        key = (t.sale_tariff, t.account, t.model, t.day)
        if not t.sale_tariff or key in seen:
            continue
        seen.add(key)
        old = tariffs[t.sale_tariff]
        begin = day_start(t.day)
        inside = book.begins(old.book, _priced_as(old, t), begin, Instant(begin + DAY))
        answers = [_answer(book, old, t, at, known_at) for at in (begin, *inside)]
        moments = [
            at
            for at, before, after in zip(inside, answers, answers[1:], strict=False)
            if before != after
        ]
        edges = {
            each.above
            for bands in answers
            for each in bands or ()
            if known[old.id].above < each.above < known[old.id].upto
        }
        if moments or edges:
            found.tariffs.add(t.sale_tariff)
            found.moments.update(moments)
            found.edges |= edges
    return found


def whole(totals: Iterable[Total], tariffs: Mapping[str, Tariff]) -> list[Piece]:
    """Totals that need no cut, as they are."""
    return [
        Piece(t, day_start(t.day), tariffs[t.sale_tariff].above + 1)
        for t in totals
        if t.sale_tariff
    ]


def differences(
    pieces: Iterable[Piece],
    tariffs: Mapping[str, Tariff],
    book: PriceBook,
    known_at: Instant | None,
) -> tuple[list[Difference], dict[str, int]]:
    """Every piece priced anew, and receipts by model for which nothing is known now.

    Raises:
        RerateError: a total is not what its own tariff says.
    """
    made: list[Difference] = []
    unpriced: dict[str, int] = {}
    answers: dict[tuple[str, str, str, Instant], Bands | None] = {}
    for piece in pieces:
        t = piece.total
        old = tariffs[t.sale_tariff]
        usage = Usage(*t.usage)
        before, _ = rate(usage, old)
        if before != t.charge:
            raise RerateError(
                f"{t.account} {t.model} {t.day} is charged {exact(t.charge)} and its prices say"
                f" {exact(before)}: run `stillhouse verify`"
            )
        key = (t.sale_tariff, t.account, t.model, piece.at)
        if key not in answers:
            answers[key] = _answer(book, old, t, piece.at, known_at)
        bands = answers[key]
        new = old if bands is None else band(bands, piece.tokens_in)
        if bands is None:
            unpriced[t.model] = unpriced.get(t.model, 0) + t.receipts
        if new.currency != old.currency:
            raise RerateError(
                f"{old.model} was sold in {old.currency} and would be in {new.currency}: a"
                " difference of two currencies is none"
            )
        after = before if new is old else rate(usage, new)[0]
        made.append(_difference(t, old, new, before, after))
    return made, unpriced


def rerating(
    found: Iterable[Difference],
    unpriced: Mapping[str, int],
    documents: Sequence[tuple[str, Document]],
    *,
    month: str,
    currency: str,
) -> Rerating:
    """Sum up. documents: (account, document) of every finalised invoice of the accounts."""
    rows = list(found)
    moved: dict[tuple[str, str, str], list[int]] = {}
    for d in rows:
        if d.prices:
            have = moved.setdefault((d.account, d.model, d.day), [0, 0, 0])
            have[0] += d.receipts
            have[1] += d.before
            have[2] += d.after
    return Rerating(
        month=month,
        currency=currency,
        receipts=sum(d.receipts for d in rows),
        changed=sum(d.receipts for d in rows if d.prices),
        before=sum(d.before for d in rows),
        after=sum(d.after for d in rows),
        moved=tuple(Moved(*key, *moved[key]) for key in sorted(moved)),
        unpriced=tuple(sorted(unpriced.items())),
        proposals=tuple(_proposals(rows, documents, month=month, currency=currency)),
    )


def day_start(day: str) -> Instant:
    return instant(datetime.fromisoformat(f"{day}T00:00Z"))


def _answer(
    book: PriceBook, old: Tariff, t: Total, at: Instant, known_at: Instant | None
) -> Bands | None:
    """The list that a call like this one, of this account, would be priced by."""
    slot = Slot(old.book, _priced_as(old, t), t.account, old.region, old.batch, old.tier)
    return book.bands(slot, at, FAR if known_at is None else known_at)


def _priced_as(old: Tariff, t: Total) -> str:
    """The model to look up. A tariff that prices nothing stands for whatever the call was to."""
    return old.model if any(old.by_meter.values()) else t.model


def _difference(t: Total, old: Tariff, new: Tariff, before: int, after: int) -> Difference:
    prices: Mapping[Meter, tuple[int, int, int]] = {}
    if new.prices != old.prices:
        prices = {
            meter: (n, max(was, 0), max(now, 0))
            for meter, n, was, now in zip(METERS, t.usage, old.prices, new.prices, strict=True)
            if n and was != now
        }
    return Difference(
        account=t.account,
        project=t.project,
        workload=t.workload,
        model=t.model,
        day=t.day,
        old=old.id,
        new=new.id,
        receipts=t.receipts,
        before=before,
        after=after,
        prices=prices,
    )


def _proposals(
    rows: Iterable[Difference],
    documents: Sequence[tuple[str, Document]],
    *,
    month: str,
    currency: str,
) -> list[Proposal]:
    """Credit notes on what was invoiced, corrections for the rest; by account, then document.

    What earlier credit notes took of a line counts against what is to be taken of it now.
    """
    credited = _credited(documents)
    keys: dict[Key, list[tuple[int, int, int]]] = {}
    for d in rows:
        for meter, moved in d.prices.items():
            key = (d.account, d.project, d.workload, d.model, d.old, meter)
            keys.setdefault(key, []).append(moved)
    invoiced = _invoiced(documents, month)
    told: dict[tuple[str, str, bool], list[ProposedLine]] = {}
    rest: dict[str, list[ProposedLine]] = {}
    for key in sorted(keys):
        each = keys[key]
        left = sum(n for n, _, _ in each)
        delta = sum(n * (new - old) for n, old, new in each)
        steps = {new - old for _, old, new in each}
        for doc, line in invoiced.get(key, ()):
            n = min(int(line.quantity), left)
            if len(steps) == 1 and n:
                part = n * next(iter(steps))
                left, delta = left - n, delta - part
                if part < 0:
                    part = min(part - credited.get((doc.number, line.id), 0), 0)
                if part:
                    note = (key[0], doc.number, part < 0)
                    told.setdefault(note, []).append(_on_line(doc, line, key, n, part))
        if delta:
            rest.setdefault(key[0], []).append(
                ProposedLine(0, key[1], key[3], key[5].value, left, delta, exact(delta))
            )
    by_number = {doc.number: doc for _, doc in documents}
    made = [
        _proposal(account, by_number[number], lines, less=less)
        for (account, number, less), lines in told.items()
    ]
    made += [
        Proposal(
            "correction",
            account,
            "",
            currency,
            exact(sum(line.exact_pico for line in lines)),
            tuple(lines),
        )
        for account, lines in rest.items()
    ]
    return sorted(made, key=lambda p: (p.account, p.number, p.kind))


def _invoiced(
    documents: Sequence[tuple[str, Document]], month: str
) -> dict[Key, list[tuple[Document, Line]]]:
    """Lines that charged for a month's usage, in the order of their documents."""
    found: dict[Key, list[tuple[Document, Line]]] = {}
    for account, doc in documents:
        if doc.kind == "credit_note":
            continue
        for line in doc.lines:
            if line.kind in {"usage", "correction"} and line.period == month and line.meter:
                key = (
                    *(account, line.project, line.workload, line.model, line.tariff),
                    Meter(line.meter),
                )
                found.setdefault(key, []).append((doc, line))
    return found


def _credited(documents: Sequence[tuple[str, Document]]) -> dict[tuple[str, int], int]:
    """(number, line) -> what credit notes took of it, in pico-units and negative."""
    found: dict[tuple[str, int], int] = {}
    for _, doc in documents:
        for line in doc.lines if doc.kind == "credit_note" else ():
            if line.refers is not None:
                key = (line.refers.number, line.refers.line)
                found[key] = found.get(key, 0) + int(line.exact_pico)
    return found


def _on_line(doc: Document, line: Line, key: Key, n: int, delta: int) -> ProposedLine:
    """The line as it is, taken from the line as it would have been; each rounded as lines are."""
    given = int(line.exact_pico)
    was, now = (
        payable(net(each, rate=line.rate, discount_bp=line.discount_bp), doc.unit)
        for each in (given, given + delta)
    )
    return ProposedLine(line.id, key[1], key[3], key[5].value, n, delta, str(now - was))


def _proposal(
    account: str, doc: Document, lines: Sequence[ProposedLine], *, less: bool
) -> Proposal:
    amount = sum((Decimal(line.amount) for line in lines), Decimal(0))
    return Proposal(
        "credit_note" if less else "correction",
        account,
        doc.number,
        doc.currency,
        str(amount.quantize(Decimal(doc.unit))),
        tuple(lines),
    )
