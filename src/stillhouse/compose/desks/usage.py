"""Sums, calls, calls in flight: what was used and what happened, right at any moment.

Sums come from the ledger's totals as columns in memory (`store.rollups`) and from journals that are
not sealed yet (`compose.watch`), taken at one moment: no receipt is missed or counted twice.
Calls are searched in the few files that can hold them (`store.calls`).
"""

import re
from collections.abc import Collection, Mapping, Sequence

from stillhouse.compose.desks.parts import CURRENCY, Part
from stillhouse.console.views import (
    Call,
    CallQuery,
    Calls,
    CallStory,
    Days,
    Dimension,
    Flight,
    LiveNow,
    Moment,
    Sum,
    Sums,
)
from stillhouse.ledger.ports import NotFoundError
from stillhouse.ledger.receipt import Open, Receipt, flag_names, receipt_id
from stillhouse.store.calls import Place, Wanted
from stillhouse.store.rollups import Rolled
from stillhouse.tenants import Directory
from stillhouse.units.instant import Instant, period
from stillhouse.units.usage import METERS

SEARCH_MAX = 1_000
LIVE_S = 10
PROVIDER_OF = "provider"
_RECEIPT = re.compile(r"w(\d{1,9})-(\d{1,18})")
_CURSOR = re.compile(r"(-?\d{1,18})\.(-?\d{1,9})\.(-?\d{1,18})")


class UsagePart(Part):
    def sums(
        self,
        by: Sequence[Dimension],
        days: Days,
        *,
        only: Mapping[Dimension, str | Collection[str]] | None = None,
        limit: int | None = None,
    ) -> Sums:
        if len(by) > 4:
            raise ValueError(f"sums go by four dimensions at most, not {len(by)}")
        if not _is_day(days.first) or not _is_day(days.last) or days.first > days.last:
            raise ValueError(f"{days.first} to {days.last} are no days; write 2026-11-01")
        kept = self._kept(only or {})
        asked = [self._dimension(name) for name in by]
        most = None if PROVIDER_OF in by else limit
        rolled = self.parts.newest.sums(asked, days, only=kept, limit=most)
        rows = _merged(rolled, by, self._providers()) if PROVIDER_OF in by else rolled
        whole = rows if most is None else self.parts.newest.sums([], days, only=kept)
        names = self._names(by)
        shown = tuple(_sum(row, names) for row in rows[:limit])
        return Sums(
            by=tuple(by),
            days=days,
            currency=CURRENCY,
            rows=shown,
            whole=_whole(whole),
            as_of=self.at,
            still_open=days.last >= period(self.at, "day"),
        )

    def leading(
        self,
        by: Dimension,
        of: Dimension,
        days: Days,
        *,
        only: Mapping[Dimension, str | Collection[str]] | None = None,
    ) -> Mapping[str, tuple[str, int]]:
        kept, names = self._kept(only or {}), self._known(of)
        found = self.parts.newest.leading(by, of, days, only=kept)
        return {one: (names.get(most, most), count) for one, (most, count) in found.items()}

    def _kept(self, only: Mapping[Dimension, str | Collection[str]]) -> dict[str, Collection[str]]:
        """What to keep, never more than the person may see."""
        kept: dict[str, Collection[str]] = {}
        for name, value in only.items():
            several = [value] if isinstance(value, str) else list(value)
            if name == "account":
                kept["account"] = [self.account_id(account) for account in several]
            elif name == PROVIDER_OF:
                kept["deployment"] = [d for d, p in self._providers().items() if p in several]
            else:
                kept[name] = several
        if "account" not in kept and self.who.accounts is not None:
            kept["account"] = sorted(self.who.accounts)
        return kept

    def _dimension(self, name: Dimension) -> str:
        return "deployment" if name == PROVIDER_OF else name

    def _providers(self) -> dict[str, str]:
        return {name: d.provider for name, d in self.parts.settings.deployments.items()}

    def _names(self, by: Sequence[Dimension]) -> list[Mapping[str, str]]:
        """For each dimension: id -> what people call it, where that is something else."""
        return [self._known(name) for name in by]

    def _known(self, name: Dimension) -> Mapping[str, str]:
        directory = self.parts.directory()
        match name:
            case "account":
                return {a.id: a.name for a in directory.accounts.values()}
            case "project":
                return {p.id: p.name for p in directory.projects.values()}
            case "key":
                return {k.id: k.name or k.hint for k in directory.keys.values()}
            case "workload":
                return self.parts.workload_names()
            case _:
                return {}

    # -- calls

    def calls(self, query: CallQuery) -> Calls:
        accounts: Collection[str] | None = self.who.accounts
        if query.account:
            accounts = [self.account_id(query.account)]
        words = {
            name: value
            for name in ("project", "key", "deployment", "model", "provider", "workload", "outcome")
            if (value := getattr(query, name))
        }
        wanted = Wanted(
            start=query.start,
            end=query.end,
            limit=max(1, min(query.limit, SEARCH_MAX)),
            accounts=accounts,
            words=words,
            status=query.status,
            problems=query.problems,
            before=_place(query.before) if query.before else None,
        )
        page = self.parts.newest.search(wanted)
        directory = self.parts.directory()
        return Calls(
            rows=tuple(_call(r, directory) for r in page.receipts),
            more="" if page.more is None else ".".join(map(str, page.more)),
            as_of=self.at,
            cut=page.cut,
        )

    def call(self, receipt: str) -> CallStory:
        named = _RECEIPT.fullmatch(receipt.strip())
        if named is None:
            raise NotFoundError(
                f'"{receipt}" is no receipt; write it like w7-1234, as x-stillhouse-receipt said'
            )
        writer, seq = int(named[1]), int(named[2])
        found = self.parts.newest.story(writer, seq)
        if found is None or not self.who.sees(found.receipt.open.account):
            raise NotFoundError(f"no receipt {receipt}; a call in flight has none yet")
        directory = self.parts.directory()
        attempts = tuple(_call(r, directory) for r in found.attempts)
        timeline = [m for r in found.attempts for m in _life(r)]
        if found.sealed_at is not None:
            timeline.append(
                Moment(at=found.sealed_at, what="sealed", attempt=receipt, note=found.segment)
            )
        return CallStory(
            receipt=_call(found.receipt, directory),
            attempts=attempts,
            timeline=tuple(sorted(timeline, key=lambda m: m.at)),
            segment=found.segment,
            segment_sha256=found.sha256,
        )

    def flying(self) -> list[Flight]:
        directory = self.parts.directory()
        return sorted(
            (
                _flight(writer, o, directory, self.at)
                for writer, o in self.parts.newest.opens()
                if self.who.sees(o.account)
            ),
            key=lambda flight: flight.admitted_at,
        )

    def live(self) -> LiveNow:
        flying = self.flying()
        recent = self.parts.newest.recent(self.at, LIVE_S, self.who.accounts)
        return LiveNow(
            at=self.at,
            over_s=LIVE_S,
            calls=recent.calls,
            errors=recent.errors,
            in_flight=len(flying),
            charge=recent.charge,
            tokens=recent.tokens,
            oldest_us=flying[0].age_us if flying else 0,
            currency=CURRENCY,
        )


def _is_day(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is not None


def _place(cursor: str) -> Place:
    named = _CURSOR.fullmatch(cursor)
    if named is None:
        raise ValueError("this page does not go on from there; begin the search again")
    return int(named[1]), int(named[2]), int(named[3])


def _merged(
    rows: Sequence[Rolled], by: Sequence[Dimension], providers: Mapping[str, str]
) -> list[Rolled]:
    """Totals are by deployment; add up those of one provider."""
    at = list(by).index("provider")
    sums: dict[tuple[str, ...], Rolled] = {}
    for row in rows:
        keys = tuple(
            providers.get(key, "") if place == at else key for place, key in enumerate(row.keys)
        )
        had = sums.get(keys)
        sums[keys] = Rolled(
            keys,
            row.receipts + (had.receipts if had else 0),
            tuple(map(sum, zip(row.usage, had.usage, strict=True))) if had else row.usage,
            row.charge + (had.charge if had else 0),
            row.cost + (had.cost if had else 0),
            row.unrated + (had.unrated if had else 0),
        )
    in_time = by[0] in {"day", "month"}
    return sorted(sums.values(), key=lambda r: r.keys if in_time else (-r.charge, r.keys))


def _sum(row: Rolled, names: Sequence[Mapping[str, str]]) -> Sum:
    return Sum(
        keys=row.keys,
        names=tuple(n.get(key, key) for key, n in zip(row.keys, names, strict=True)),
        receipts=row.receipts,
        usage=row.usage,
        charge=row.charge,
        cost=row.cost,
        unrated=row.unrated,
    )


def _whole(rows: Sequence[Rolled]) -> Sum:
    return Sum(
        receipts=sum(r.receipts for r in rows),
        usage=tuple(sum(r.usage[i] for r in rows) for i in range(len(METERS))),
        charge=sum(r.charge for r in rows),
        cost=sum(r.cost for r in rows),
        unrated=sum(r.unrated for r in rows),
    )


def _call(receipt: Receipt, directory: Directory) -> Call:
    writer, o, c = receipt
    account, project = directory.accounts.get(o.account), directory.projects.get(o.project)
    key = directory.keys.get(o.key)
    return Call(
        id=receipt.id,
        call=receipt_id(writer, o.call),
        admitted_at=Instant(o.admitted_at),
        settled_at=Instant(c.settled_at),
        account=o.account,
        account_name=account.name if account else o.account,
        project=o.project,
        project_name=project.name if project else o.project,
        key=o.key,
        key_hint=key.hint if key else "",
        deployment=o.deployment,
        provider=o.provider,
        model=o.model,
        surface=o.surface,
        stream=o.stream,
        status=c.status,
        outcome=c.outcome,
        witness=c.witness,
        flags=tuple(flag_names(c.flags)),
        first_byte_us=c.first_byte_us if c.first_byte_us >= 0 else None,
        latency_us=c.latency_us,
        usage=tuple(c.usage),
        charge=c.charge,
        cost=c.cost,
        hold=o.hold,
        currency=CURRENCY,
        sale_tariff=o.sale_tariff,
        cost_tariff=o.cost_tariff,
        budgets=o.budgets,
        workload=o.workload,
    )


def _life(receipt: Receipt) -> list[Moment]:
    """admitted, held, first byte, settled. Holding and admitting are one moment in a receipt."""
    _, o, c = receipt
    life = [Moment(at=Instant(o.admitted_at), what="admitted", attempt=receipt.id, note=o.provider)]
    if o.hold:
        life.append(Moment(at=Instant(o.admitted_at), what="held", attempt=receipt.id))
    if c.first_byte_us >= 0:
        at = Instant(o.admitted_at + c.first_byte_us)
        life.append(Moment(at=at, what="first_byte", attempt=receipt.id))
    at = Instant(o.admitted_at + c.latency_us)
    life.append(Moment(at=at, what="settled", attempt=receipt.id, note=c.outcome))
    return life


def _flight(writer: int, o: Open, directory: Directory, at: Instant) -> Flight:
    account, project = directory.accounts.get(o.account), directory.projects.get(o.project)
    key = directory.keys.get(o.key)
    return Flight(
        id=receipt_id(writer, o.seq),
        admitted_at=Instant(o.admitted_at),
        age_us=max(at - o.admitted_at, 0),
        account=o.account,
        account_name=account.name if account else o.account,
        project=o.project,
        project_name=project.name if project else o.project,
        key=o.key,
        key_hint=key.hint if key else "",
        deployment=o.deployment,
        provider=o.provider,
        model=o.model,
        surface=o.surface,
        stream=o.stream,
        hold=o.hold,
        currency=CURRENCY,
    )
