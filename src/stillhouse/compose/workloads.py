"""Every workload of a month: what it costs, how it grows, how fast it is, what it answers.

    totals ──► spend, calls, tokens, share, growth, days ┐
    receipts (DuckDB) ──► latency, beginning of calls ───┼─► Workload
    samples of answers ──► kind of output ───────────────┘

A workload that is merged into another is counted there; what is merged into it is listed with it.
`explain` is asked for the money, so both say the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Literal

from stillhouse.compose.books import Books
from stillhouse.compose.explain import HISTORY_DAYS, Asked, Explained, Part, explain
from stillhouse.compose.naming import SEPARATOR, Naming
from stillhouse.compose.stores import WholeStore
from stillhouse.ledger.ports import NotFoundError
from stillhouse.store.audit import Audit, Spread
from stillhouse.store.lake import table
from stillhouse.store.rollups import Rolled
from stillhouse.tariff import Tariff
from stillhouse.units.instant import Instant, month_bounds
from stillhouse.units.usage import Meter, Usage
from stillhouse.wire.template import PREFIX
from stillhouse.workloads.answers import Output, Sample, kind
from stillhouse.workloads.caching import Caching, added, caching

Origin = Literal["declared", "template", "none", "other"]
OTHER = "(other)"


@dataclass(frozen=True, slots=True)
class Workload:
    """One task in one month; amounts in pico-units of the report's currency.

    id: as receipts say it. origin: how its calls were told apart. merged: ids that are counted
    here. first, last: days on which it was called, within about a year. p50_us, p95_us: of
    completed calls, None when none completed. caching: None where that is not known. trend: the
    amount of each day of the period.
    """

    account: str
    account_name: str
    id: str
    name: str
    origin: Origin
    merged: tuple[str, ...]
    first: str
    last: str
    calls: int
    tokens_in: int
    tokens_out: int
    amount: Fraction
    before: Fraction
    share: Fraction
    growth: Fraction | None
    p50_us: int | None
    p95_us: int | None
    output: Output
    caching: Caching | None
    trend: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """workloads: the dearest first."""

    explained: Explained
    workloads: tuple[Workload, ...]


def workloads(
    asked: Asked,
    store: WholeStore,
    data: Path,
    *,
    month: str,
    now: Instant,
    account: str | None = None,
    against: str | None = None,
    currency: str | None = None,
    rate: Fraction | None = None,
) -> Listing:
    """All workloads of one account or of all. For the arguments and errors see `explain`."""
    made = explain(
        asked,
        store,
        month=month,
        now=now,
        account=account,
        against=against,
        currency=currency,
        rate=rate,
    )
    naming = Naming(store, several=account is None)
    tariffs = store.tariffs()
    facts = _facts(asked, naming, tariffs, made)
    spreads = _spreads(store, data, facts, made)
    samples = _samples(store, naming)
    days = [f"{month}-{day:02d}" for day in range(1, made.days.count + 1)]
    return Listing(
        made,
        tuple(
            _workload(
                part,
                naming,
                facts.get(part.id),
                spreads.get(part.id, ()),
                samples,
                tariffs,
                days,
            )
            for part in made.parts["workload"]
        ),
    )


def found(listing: Listing, name_or_id: str) -> Workload:
    """One of them, by its name or any of its ids.

    Raises:
        NotFoundError: none is called so, or several are.
    """
    hits = [
        w
        for w in listing.workloads
        if name_or_id in (w.id, w.name, *w.merged) or name_or_id == f"{w.name} ({w.account_name})"
    ]
    if len(hits) == 1:
        return hits[0]
    if hits:
        names = ", ".join(sorted(w.account_name for w in hits))
        raise NotFoundError(f"{name_or_id} is a workload of {names}: choose with --account")
    raise NotFoundError(
        f"no workload {name_or_id} in {listing.explained.days.month} or"
        f" {listing.explained.against.month}; `stillhouse workloads list` shows them all"
    )


@dataclass(slots=True)
class _Facts:
    ids: set[str]
    calls: int
    tokens_in: int
    tokens_out: int
    first: str
    last: str
    daily: dict[str, Fraction]


def _facts(
    asked: Asked, naming: Naming, tariffs: Mapping[str, Tariff], made: Explained
) -> dict[str, _Facts]:
    only = {"account": made.account} if made.account else None
    earliest = (date.fromisoformat(made.days.last) - timedelta(HISTORY_DAYS)).isoformat()
    facts: dict[str, _Facts] = {}
    rows: Sequence[Rolled] = asked(
        ["day", "account", "workload", "sale_tariff"],
        first=min(earliest, made.against.first),
        last=made.days.last,
        only=only,
    )
    rates = made.rates[1]
    for row in rows:
        at, account, workload, tariff = row.keys
        if not tariff:
            continue
        one = facts.setdefault(naming.key(account, workload), _Facts(set(), 0, 0, 0, at, at, {}))
        one.ids.add(workload)
        one.first, one.last = min(one.first, at), max(one.last, at)
        if at >= made.days.first:
            usage = Usage(*row.usage)
            one.calls += row.receipts
            one.tokens_in += usage.tokens_in
            one.tokens_out += usage.tokens_out
            rate = rates[tariffs[tariff].currency]
            one.daily[at] = one.daily.get(at, Fraction(0)) + row.charge * rate
    return facts


def _spreads(
    store: WholeStore, data: Path, facts: Mapping[str, _Facts], made: Explained
) -> dict[str, list[Spread]]:
    books = Books(data, store)
    with books.folder.reading():
        receipts, _ = books.unsealed()
        segments = store.segments()
    start, end = month_bounds(made.days.month)
    # A segment's month is that of its last settlement: an earlier one holds no call of ours.
    month = made.days.month
    paths = [data / s.path for s in segments if Path(s.path).parts[1] >= month]
    groups = {
        (key.partition(SEPARATOR)[0], ident): key for key, one in facts.items() for ident in one.ids
    }
    spreads: dict[str, list[Spread]] = {}
    with Audit(paths, table(receipts), {}) as audit:
        for spread in audit.spread(groups, start=start, end=end, account=made.account or None):
            spreads.setdefault(spread.group, []).append(spread)
    return spreads


def _samples(store: WholeStore, naming: Naming) -> dict[str, Sample]:
    samples: dict[str, Sample] = {}
    for (account, workload), text in store.answers().items():
        key = naming.key(account, workload)
        one = samples.setdefault(key, Sample())
        one.merge(Sample.read(text))
    return samples


def _workload(
    part: Part,
    naming: Naming,
    facts: _Facts | None,
    spreads: Sequence[Spread],
    samples: Mapping[str, Sample],
    tariffs: Mapping[str, Tariff],
    days: Sequence[str],
) -> Workload:
    account, _, ident = part.id.partition(SEPARATOR)
    whole = next((s for s in spreads if s.tariff is None), None)
    timed = whole is not None and whole.p95_us > 0  # imported logs may not say how long it took
    parts = [_caching(s, tariffs[s.tariff]) for s in spreads if s.tariff]
    return Workload(
        account=account,
        account_name=naming.of("account", account),
        id=ident,
        name=naming.workload(account, ident),
        origin=_origin(ident),
        merged=tuple(sorted(facts.ids - {ident})) if facts else (),
        first=facts.first if facts else "",
        last=facts.last if facts else "",
        calls=part.calls,
        tokens_in=facts.tokens_in if facts else 0,
        tokens_out=facts.tokens_out if facts else 0,
        amount=part.amount,
        before=part.before,
        share=part.share,
        growth=part.growth,
        p50_us=whole.p50_us if whole and timed else None,
        p95_us=whole.p95_us if whole and timed else None,
        output=kind(samples.get(part.id, Sample())),
        caching=added(parts) if parts and _origin(ident) in {"declared", "template"} else None,
        trend=tuple(facts.daily.get(day, Fraction(0)) for day in days) if facts else (),
    )


def _origin(ident: str) -> Origin:
    if not ident:
        return "none"
    if ident == OTHER:
        return "other"
    return "template" if ident.startswith(PREFIX) else "declared"


def _caching(spread: Spread, tariff: Tariff) -> Caching:
    return caching(
        calls=spread.calls,
        input_tokens=spread.input_tokens,
        cached_tokens=spread.cached_tokens,
        beginning=spread.beginning,
        input_price=tariff.price(Meter.INPUT),
        cache_price=tariff.price(Meter.CACHE_READ),
    )
