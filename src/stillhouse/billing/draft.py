"""Totals, prices, contract, rates and form -> a document without a number. Pure and repeatable.

The same inputs give the same bytes: nothing here knows the time or the order in which things came.
Lines stand in this order, and each is rounded once:

    usage             project x workload x model x price list x meter of this month
    covered           the same, where it ran on provisioned capacity: priced 0
    capacity          the used part of each capacity; capacity_unused: the rest
    correction        usage of earlier, finalised months that came in after they were closed
    minimum           what this month (not its corrections) lacks to its minimum
    commitment        drawn from commitments; shortfall: the rest of one that ends in this month
    prepaid           drawn from credits

Taxes are on the sum of all of them. Usage without a price is a line without an amount, never zero.
Totals of calls that were imported from other systems' logs are never invoiced.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

import msgspec

from stillhouse.billing.arithmetic import (
    REQUEST,
    TOKENS,
    UNIT_HOUR,
    decimal_text,
    due,
    net,
    payable,
    summed,
    tax_due,
)
from stillhouse.billing.capacity import Provisioned, UsageKey, cover
from stillhouse.billing.contract import Commitment, Contract, Prepaid, ends_in
from stillhouse.billing.corrections import Usage, drawn, invoiced, late, used
from stillhouse.billing.document import (
    DRAWN,
    Broken,
    Document,
    DocumentKind,
    Fx,
    Line,
    LineKind,
    Proof,
    Tax,
)
from stillhouse.billing.drawdown import Draw, draw, rest
from stillhouse.billing.fx import StoredRate, choose
from stillhouse.billing.settings import Form, TaxRule
from stillhouse.ledger.ports import Total
from stillhouse.tariff import Tariff
from stillhouse.tariff.prices import UNPRICED
from stillhouse.tenants.key import is_imported
from stillhouse.units.instant import moment, month_bounds
from stillhouse.units.money import PICO_PER_UNIT, pico
from stillhouse.units.usage import METERS, Meter

_PLACE = {meter: place for place, meter in enumerate(METERS)}
NOBODY = Proof(count=0, root="")


class DraftError(ValueError):
    """No document can be written from this; the message says what does not fit."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What only the receipts themselves can tell.

    proof: how many the document is the first to charge for; its root is "" in a draft. estimated:
    (month, usage line) -> how much of it we counted, because the provider reported nothing.
    unrated: how many used a meter that has no price.
    """

    proof: Proof = NOBODY
    broken: tuple[Broken, ...] = ()
    estimated: Mapping[tuple[str, UsageKey], int] = field(default_factory=dict)
    unrated: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a document is made from.

    totals: of this account, by month: the one to invoice, and earlier ones that are finalised.
    documents: what was finalised before and counts: no invoice whose month was opened again, but
    every credit note. contracts: by month, where there is one. projects: id -> name. provisional:
    the month is not over.
    """

    account: str
    period: str
    totals: Mapping[str, Sequence[Total]]
    tariffs: Mapping[str, Tariff]
    form: Form
    rates: Sequence[StoredRate] = ()
    contracts: Mapping[str, Contract] = field(default_factory=dict)
    documents: Sequence[Document] = ()
    evidence: Evidence = Evidence()
    projects: Mapping[str, str] = field(default_factory=dict)
    kind: DocumentKind = "invoice"
    provisional: bool = False


def draft(facts: Facts) -> Document:
    """Write the document.

    Raises:
        DraftError: an unknown price list, or sums that do not agree.
        MissingRateError: prices are in a currency that no stored rate leads from.
        UncoveredError: an earlier invoice charged for what is not there.
    """
    return _Draft(facts).write()


class _Draft:
    """The lines so far, and the rates that they needed."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.totals = {
            month: [t for t in rows if not is_imported(t.key)]
            for month, rows in facts.totals.items()
        }
        self.contract = self._contract(facts.period)
        self._check_known()
        self.currency = facts.form.currency or self._book_currency()
        self.unit = facts.form.rounding(self.currency)
        self.rates: dict[str, Fx] = {}
        self.lines: list[Line] = []

    def _contract(self, period: str) -> Contract:
        """That of a month; one of nothing where there is none."""
        none = Contract(account=self.facts.account, since=period)
        return self.facts.contracts.get(period, none)

    def _named(self) -> set[str]:
        return {t.sale_tariff for rows in self.totals.values() for t in rows if t.sale_tariff}

    def _check_known(self) -> None:
        unknown = sorted(self._named() - self.facts.tariffs.keys())
        if unknown:
            raise DraftError(f"unknown price lists {', '.join(unknown)}: run `stillhouse verify`")

    def _book_currency(self) -> str:
        """That of the prices which were used; in an empty month, of the sale prices."""
        known = self.facts.tariffs
        used = sorted({known[name].currency for name in self._named()})
        sold = sorted({t.currency for t in known.values() if t.book == "sale"})
        if len(used) > 1:
            raise DraftError(
                f"prices in {' and '.join(used)}: set the invoice's currency, and rates to it"
            )
        return (used or (sold if len(sold) == 1 else ["USD"]))[0]

    def write(self) -> Document:
        facts = self.facts
        self._usage()
        self._corrections()
        self._minimum()
        self._drawn()
        start, end = month_bounds(facts.period)
        amounts = [line.amount for line in self.lines if line.amount is not None]
        subtotal = summed(amounts, self.unit)
        taxes = tuple(self._tax(rule) for rule in facts.form.taxes)
        tax = summed([t.amount for t in taxes], self.unit)
        nets = Fraction(sum(self._net(line) for line in self.lines))
        residue = nets - Fraction(subtotal) * PICO_PER_UNIT
        return Document(
            kind=facts.kind,
            issuer=facts.form.issuer,
            customer=facts.form.customer,
            period=facts.period,
            start=second(start),
            end=second(end),
            currency=self.currency,
            unit=self.unit,
            language=facts.form.language,
            fx=tuple(self.rates[base] for base in sorted(self.rates)),
            lines=tuple(
                msgspec.structs.replace(line, id=at) for at, line in enumerate(self.lines, 1)
            ),
            broken=facts.evidence.broken,
            taxes=taxes,
            subtotal=str(subtotal),
            tax=str(tax),
            total=str(summed([str(subtotal), str(tax)], self.unit)),
            residue=decimal_text(residue * Fraction(1, PICO_PER_UNIT)),
            unrated=facts.evidence.unrated,
            receipts=facts.evidence.proof,
            notes=facts.form.notes,
        )

    # -- usage

    def _usage(self) -> None:
        facts, period = self.facts, self.facts.period
        rows = self.totals.get(period, [])
        now = late(self._used(period), invoiced(facts.documents, period))
        covered, provisioned = cover(self.contract, rows, facts.tariffs, period=period)
        covered = {k: min(n, now.quantities.get(k, 0)) for k, n in covered.items()}
        paid = {k: n - covered.get(k, 0) for k, n in now.quantities.items()}
        self._add_usage(Usage(paid, now.receipts), period, self.contract)
        for key in self._sorted(covered):
            line = self._usage_line(key, covered[key], period, now)
            self.lines.append(
                msgspec.structs.replace(
                    line, kind="covered", exact_pico="0", unit_price="0.00", amount=self._zero()
                )
            )
        for each in provisioned:
            self._capacity(each)

    def _used(self, period: str) -> Usage:
        """Charged usage of a month, and that it is what its receipts were charged."""
        rows = self.totals.get(period, [])
        found = used(rows)
        prices = self.facts.tariffs
        charged = sum(
            n * max(prices[key[3]].prices[_PLACE[key[4]]], 0) for key, n in found.quantities.items()
        )
        if charged != sum(t.charge for t in rows):
            raise DraftError(
                f"usage x prices of {period} comes to {charged} pico-units and the receipts to"
                f" {sum(t.charge for t in rows)}: run `stillhouse verify`"
            )
        return found

    def _add_usage(self, usage: Usage, period: str, contract: Contract) -> None:
        for key in self._sorted(usage.quantities):
            n = usage.quantities[key]
            tariff, meter = self.facts.tariffs[key[3]], key[4]
            if n and not (meter is Meter.REQUESTS and tariff.price(meter) == 0):
                line = self._usage_line(key, n, period, usage)
                if line.amount is not None:
                    line = self._priced(line, discount_bp=contract.discount(key[2]))
                self.lines.append(line)

    def _sorted(self, keys: Iterable[UsageKey]) -> list[UsageKey]:
        names = self.facts.projects
        return sorted(keys, key=lambda k: (names.get(k[0], k[0]), *k[:4], _PLACE[k[4]]))

    def _usage_line(self, key: UsageKey, n: int, period: str, usage: Usage) -> Line:
        project, workload, model, name, meter = key
        tariff = self.facts.tariffs[name]
        price = tariff.prices[_PLACE[meter]]
        unit = REQUEST if meter is Meter.REQUESTS else TOKENS
        unit_price = None if price == UNPRICED else published(price, unit)
        estimated = self.facts.evidence.estimated.get((period, key), 0)
        return Line(
            id=0,
            kind="usage" if period == self.facts.period else "correction",
            amount=None if unit_price is None else "0",
            exact_pico="0" if unit_price is None else str(due(n, unit, unit_price)),
            price_currency=tariff.currency,
            rate=self._rate(tariff.currency),
            period=period,
            project=project,
            project_name=self.facts.projects.get(project, ""),
            workload=workload,
            model=model,
            meter=meter.value,
            tariff=name,
            quantity=str(n),
            unit=unit,
            unit_price=unit_price,
            receipts=usage.receipts.get(key[:4], 0),
            estimated=str(min(estimated, n)),
        )

    def _capacity(self, each: Provisioned) -> None:
        c = each.capacity
        parts: list[tuple[LineKind, int]] = [
            ("capacity", each.used),
            ("capacity_unused", each.unused),
        ]
        for kind, seconds in parts:
            if seconds:
                line = Line(
                    id=0,
                    kind=kind,
                    amount="0",
                    exact_pico=str(due(seconds, UNIT_HOUR, c.unit_price)),
                    price_currency=self.contract.currency,
                    rate=self._rate(self.contract.currency),
                    period=self.facts.period,
                    model=c.model,
                    quantity=str(seconds),
                    unit=UNIT_HOUR,
                    unit_price=c.unit_price,
                    item=c.id,
                )
                self.lines.append(self._priced(line))

    # -- what earlier months left

    def _corrections(self) -> None:
        facts = self.facts
        for period in sorted(facts.totals):
            if period < facts.period:
                more = late(self._used(period), invoiced(facts.documents, period))
                self._add_usage(more, period, self._contract(period))

    # -- what the contract adds and takes

    def _minimum(self) -> None:
        least = pico(self.contract.minimum)
        if not least:
            return
        rate = self._rate(self.contract.currency)
        owed = payable(net(least, rate=rate), self.unit)
        of_month = [
            line.amount
            for line in self.lines
            if line.amount is not None and line.period == self.facts.period
        ]
        missing = Fraction(owed) - Fraction(summed(of_month, self.unit))
        if missing > 0:
            self._plain("minimum", missing, "minimum")

    def _drawn(self) -> None:
        facts, contract = self.facts, self.contract
        if not (contract.commitments or contract.prepaid):
            return
        before = drawn(facts.documents)
        rate = self._rate(contract.currency)
        draws = self._draw(contract.commitments, rate, before)
        for each in draws:
            self._plain("commitment", -each.owed, each.item.id, each.drawn)
            before[each.item.id] = before.get(each.item.id, 0) + each.drawn
        for commitment in contract.commitments:
            if ends_in(commitment, facts.period):
                self._shortfall(commitment, rest(commitment, before), rate)
        for each in self._draw(contract.prepaid, rate, before):
            self._plain("prepaid", -each.owed, each.item.id, each.drawn)

    def _draw(
        self, items: Iterable[Commitment | Prepaid], rate: str, before: Mapping[str, int]
    ) -> list[Draw]:
        amounts = [line.amount for line in self.lines if line.amount is not None]
        left = Fraction(summed(amounts, self.unit))
        return draw(
            items,
            period=self.facts.period,
            left=left,
            rate=rate,
            unit=self.unit,
            used=before,
        )

    def _shortfall(self, item: Commitment, missing: int, rate: str) -> None:
        owed = Fraction(payable(net(missing, rate=rate), self.unit))
        if missing:
            self._plain("shortfall", Fraction(0) if item.paid else owed, item.id, missing)

    def _plain(self, kind: LineKind, amount: Fraction, item: str, taken: int | None = None) -> None:
        """A line in the document's own currency that stands on its amount."""
        line = Line(
            id=0,
            kind=kind,
            amount="0",
            exact_pico=str((amount * PICO_PER_UNIT).numerator),
            price_currency=self.currency,
            period=self.facts.period,
            quantity="0" if taken is None else str(taken),
            unit="" if taken is None else f"{DRAWN}{self.contract.currency}",
            item=item,
        )
        self.lines.append(self._priced(line))

    # -- amounts

    def _rate(self, base: str) -> str:
        if base == self.currency:
            return "1"
        if base not in self.rates:
            self.rates[base] = choose(
                self.facts.rates,
                base=base,
                quote=self.currency,
                policy=self.facts.form.fx_policy,
                period=self.facts.period,
                provisional=self.facts.provisional,
            )
        return self.rates[base].rate

    def _priced(self, line: Line, *, discount_bp: int = 0) -> Line:
        amount = payable(
            net(int(line.exact_pico), rate=line.rate, discount_bp=discount_bp), self.unit
        )
        return msgspec.structs.replace(line, discount_bp=discount_bp, amount=str(amount))

    def _net(self, line: Line) -> Fraction | int:
        return net(int(line.exact_pico), rate=line.rate, discount_bp=line.discount_bp)

    def _zero(self) -> str:
        return str(payable(0, self.unit))

    def _tax(self, rule: TaxRule) -> Tax:
        amounts = [
            line.amount
            for line in self.lines
            if line.amount is not None and (not rule.kinds or line.kind in rule.kinds)
        ]
        base = summed(amounts, self.unit)
        return Tax(
            name=rule.name,
            rate_bp=rule.rate_bp,
            base=str(base),
            amount=str(tax_due(Fraction(base), rule.rate_bp, self.unit)),
            kinds=rule.kinds,
        )


@lru_cache(maxsize=4096)
def published(price: int, unit: str) -> str:
    """Pico-units per token or request as people write a price: two places at least."""
    scale = 12 if unit == REQUEST else 6
    whole, decimals = divmod(price, 10**scale)
    return f"{whole}.{f'{decimals:0{scale}d}'.rstrip('0'):0<2}"


def second(at: int) -> str:
    """An instant to the second: 2026-11-01T00:00:00Z."""
    return moment(at).strftime("%Y-%m-%dT%H:%M:%SZ")
