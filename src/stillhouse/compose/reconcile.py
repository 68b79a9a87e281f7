"""Providers' statements against our receipts, by day, model and meter.

    files -> imports.statements -> store (once) ─┐
    raw receipts, by provider and quarter hour ──┼─> billing.reconcile -> comparison
    what imported logs say they cost ────────────┘

A statement's days are in its own time zone, so ours are summed from receipts, not from the ledger's
UTC days. Only days that a statement covers are compared.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stillhouse.billing.fx import MissingRateError
from stillhouse.billing.reconcile import Comparison, Metered, Stated, compare
from stillhouse.compose.books import Books
from stillhouse.compose.exchange import Rates
from stillhouse.compose.stores import WholeStore
from stillhouse.imports.items import BILLED, without_version
from stillhouse.imports.statements import (
    SOURCES,
    StatementError,
    StatementFormat,
    Zone,
    read,
)
from stillhouse.ledger.entries import canonical
from stillhouse.ledger.ports import ConflictError, NotFoundError, Statement
from stillhouse.store.lake import table
from stillhouse.store.provider_usage import Served, served
from stillhouse.tariff import Tariff
from stillhouse.tariff.prices import UNPRICED
from stillhouse.units.instant import Instant, instant, moment, period
from stillhouse.units.money import PICO_PER_UNIT
from stillhouse.units.usage import METERS, Meter

DEFAULT_CURRENCY = "USD"
UTC = "UTC"


@dataclass(frozen=True, slots=True)
class Imported:
    """number None: this very statement was imported before, and nothing changed."""

    number: int | None
    source: str
    lines: int
    skipped: int
    first: str
    last: str
    amounts: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """comparisons: one per source and kind. days: source -> how many days were compared."""

    month: str
    comparisons: tuple[Comparison, ...]
    providers: tuple[str, ...]
    notes: tuple[str, ...]


def import_statement(
    store: WholeStore,
    texts: Sequence[str],
    *,
    form: StatementFormat,
    source: str | None = None,
    timezone: str | None = None,
    currency: str = "",
    columns: Mapping[str, str] | None = None,
    at: Instant,
    actor: str,
) -> Imported:
    """Read one export, of one or several files, and keep it; the same again changes nothing.

    Args:
        store: where it is kept.
        texts: the files.
        form: what wrote them.
        source: the provider, as receipts name it; None: as the format says.
        timezone: of its days, an IANA name; None: UTC where the format says so.
        currency: of amounts that name none.
        columns: see `imports.statements.read`.
        at: now.
        actor: who asks.

    Raises:
        ConflictError: it cannot be read, or its days or its provider cannot be told.
    """
    who = source or SOURCES[form]
    if not who:
        raise ConflictError("whose statement is it? Name the provider with --source")
    try:
        said = read(
            texts,
            form=form,
            zone=_zone(timezone),
            currency=currency.upper(),
            columns=columns,
        )
    except StatementError as error:
        raise ConflictError(str(error)) from error
    statement = Statement(
        source=who,
        kind="usage" if form == "openai-usage" else "costs",
        format=form,
        timezone=timezone or UTC,
        lines=tuple(said.lines),
    )
    number = store.add_statement(statement, digest=_digest(statement), at=at, actor=actor)
    amounts: dict[str, Decimal] = {}
    for line in said.lines:
        amounts[line.currency] = amounts.get(line.currency, Decimal(0)) + line.amount
    days = [line.day for line in said.lines]
    return Imported(number, who, len(said.lines), said.skipped, min(days), max(days), amounts)


def reconcile(
    data: Path, store: WholeStore, *, month: str, models: Mapping[str, str] | None = None
) -> Reconciliation:
    """Compare every statement of a month with the receipts of its days.

    models: a provider's name of a model -> ours, where matching by name does not do.

    Raises:
        NotFoundError: there is no statement of this month.
        ConflictError: a rate of exchange is missing.
    """
    statements = store.statements(month=month)
    if not statements:
        raise NotFoundError(
            f"no statement of {month}; import one: `stillhouse reconcile import FILE --format F`"
        )
    found: list[Comparison] = []
    notes: list[str] = []
    providers: set[str] = set()
    tariffs = store.tariffs()
    fx = Rates(store.rates())
    for group in _grouped(statements):
        source, kind, timezone = group[0].source, group[0].kind, group[0].timezone
        rows = _served(data, store, month, timezone)
        providers |= {row.provider for row in rows}
        days = {line.day for s in group for line in s.lines}
        zone = _zone(timezone)
        ours = [r for r in rows if r.provider == source and zone.day(r.at) in days]
        theirs = [line for s in group for line in s.lines]
        units = sorted({line.currency for line in theirs})
        unit = units[0] if len(units) == 1 else DEFAULT_CURRENCY
        try:
            if kind == "usage":
                metered = list(_counts(ours, zone))
            else:
                metered = list(_costs(ours, zone, tariffs, fx, unit, month))
                reported, note = _reported(store, source, month, days, timezone, fx, unit)
                metered += reported
                notes += note
            stated = [
                Stated(
                    x.day,
                    x.model,
                    x.meter,
                    Fraction(x.amount) * fx.of(x.currency or unit, unit, month),
                )
                for x in theirs
            ]
        except MissingRateError as error:
            raise ConflictError(str(error)) from error
        found.append(
            compare(
                stated,
                metered,
                source=source,
                kind=kind,
                unit=unit or "tokens",
                timezone=timezone,
                models=models or {},
                family=without_version,
            )
        )
        if source not in {row.provider for row in rows}:
            named = ", ".join(sorted({r.provider for r in rows if r.provider})) or "none"
            notes.append(
                f"no receipt of {month} names the provider {source} (they name: {named});"
                " --source says at import whose statement it is"
            )
    return Reconciliation(month, tuple(found), tuple(sorted(providers)), tuple(notes))


def _zone(name: str | None) -> Zone:
    """Raises ConflictError for a name that no zone has."""
    try:
        zone = ZoneInfo(name or UTC)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConflictError(
            f"there is no time zone {name}; write it like UTC or Asia/Jakarta"
        ) from None

    def day(at: int) -> str:
        return moment(at).astimezone(zone).strftime("%Y-%m-%d")

    return Zone(zone.key, day, said=name is not None)


def _digest(statement: Statement) -> str:
    """Of what it says and of how it was read: the same file in another time zone is another."""
    body = {
        "source": statement.source,
        "kind": statement.kind,
        "timezone": statement.timezone,
        "lines": [
            [x.day, x.item, x.model, x.meter, x.currency, f"{x.amount.normalize():f}"]
            for x in statement.lines
        ],
    }
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def _grouped(statements: Iterable[Statement]) -> list[list[Statement]]:
    """Statements that are compared together: of one source, kind and time zone."""
    groups: dict[tuple[str, str, str], list[Statement]] = {}
    for s in statements:
        groups.setdefault((s.source, s.kind, s.timezone), []).append(s)
    return [groups[key] for key in sorted(groups)]


def _served(data: Path, store: WholeStore, month: str, timezone: str) -> list[Served]:
    """Receipts of the month as that zone's calendar has it."""
    zone = ZoneInfo(timezone)
    year, number = map(int, month.split("-"))
    start = instant(datetime(year, number, 1, tzinfo=zone))
    end = instant(datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone))
    books = Books(data, store)
    with books.folder.reading():
        segments = store.segments()
        receipts, _ = books.unsealed()
    earliest = period(start, "month")
    files = [data / s.path for s in segments if Path(s.path).parts[1] >= earliest]
    return served(files, table(receipts), start=start, end=end)


def _counts(rows: Iterable[Served], zone: Zone) -> Iterable[Metered]:
    for row in rows:
        for meter, n in zip(METERS, row.usage, strict=True):
            if n:
                yield Metered(zone.day(row.at), row.model, _billed(meter), Fraction(n))


def _costs(
    rows: Iterable[Served],
    zone: Zone,
    tariffs: Mapping[str, Tariff],
    fx: Rates,
    unit: str,
    month: str,
) -> Iterable[Metered]:
    """Cost by meter: usage x price, which is what a receipt's cost is the sum of."""
    for row in rows:
        if not row.cost_tariff:
            continue
        if row.cost_tariff not in tariffs:
            raise NotFoundError(f"unknown tariff {row.cost_tariff}: run `stillhouse verify`")
        tariff = tariffs[row.cost_tariff]
        rate = fx.of(tariff.currency, unit, month) / PICO_PER_UNIT
        for meter, n, price in zip(METERS, row.usage, tariff.prices, strict=True):
            if n and price not in {0, UNPRICED}:
                yield Metered(zone.day(row.at), row.model, _billed(meter), n * price * rate)


def _billed(meter: Meter) -> str:
    return BILLED.get(meter, meter).value


def _reported(
    store: WholeStore,
    source: str,
    month: str,
    days: set[str],
    timezone: str,
    fx: Rates,
    unit: str,
) -> tuple[list[Metered], list[str]]:
    """What logs say they cost, for calls whose receipts have no cost of their own."""
    rows = [c for c in store.log_costs(month=month) if c.provider == source and not c.cost_tariff]
    if rows and timezone != UTC:
        note = (
            f"{sum(c.receipts for c in rows)} imported calls have a cost only by UTC days; these"
            f" are {timezone}'s: they are not compared; add cost prices before importing"
        )
        return [], [note]
    return [
        Metered(c.day, c.model, "", Fraction(c.amount) * fx.of(c.currency, unit, month))
        for c in rows
        if c.day in days
    ], []
