"""Workloads, why a bill changed and what it will come to, at the console's desk.

`compose.explain` and `compose.revenue` in the words of its pages, over sums that this process keeps
in memory. Their exact fractions become whole pico-units here, each rounded once; of a bridge's
steps the largest takes the rest, so that they still sum to the difference.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

from stillhouse.billing.bridge import EFFECTS
from stillhouse.billing.forecast import forecast
from stillhouse.billing.revenue import Growth
from stillhouse.compose import revenue as earned
from stillhouse.compose.desks.coarse import Coarse
from stillhouse.compose.desks.parts import CURRENCY, Part
from stillhouse.compose.explain import HISTORY_DAYS, Explained, explain
from stillhouse.console.house import NotHereError
from stillhouse.console.money_views import (
    Bridge,
    Capture,
    Forecast,
    Revenue,
    Share,
    Step,
    WorkloadRow,
)
from stillhouse.console.views import Days, Exposure
from stillhouse.ledger.ports import NotFoundError
from stillhouse.units.instant import period
from stillhouse.units.money import PICO_PER_UNIT
from stillhouse.units.usage import Usage
from stillhouse.workloads.answers import Sample, kind

PPM = 1_000_000
STEPS_SHOWN = 8
WORKLOADS_SHOWN = 500
PAYERS_SHOWN = 5_000
TREND_DAYS_MAX = 62


class WhyPart(Part):
    def workloads(self, days: Days, *, account: str = "") -> list[WorkloadRow]:
        """The dearest `WORKLOADS_SHOWN` of the period; shares are of all, accounts the dearest."""
        seen_by = self._seen(account)
        sums = self.parts.newest.sums
        whole = sum(row.charge for row in sums([], days, only=seen_by))
        dearest = sums(["workload"], days, only=seen_by, limit=WORKLOADS_SHOWN)
        only = {**seen_by, "workload": [row.keys[0] for row in dearest]}
        paid_by: dict[str, list[str]] = {}
        for row in sums(["workload", "account"], days, only=only, limit=PAYERS_SHOWN):
            paid_by.setdefault(row.keys[0], []).append(row.keys[1])
        old = sums(["workload"], _before(days), only=only)
        before = {row.keys[0]: row.charge for row in old}
        trends = self._trends(days, only)
        decided = {(row.account, row.id): row for row in self.parts.store.workloads()}
        samples = self.parts.store.answers()
        found = []
        for row in dearest:
            ident, charge, usage = row.keys[0], row.charge, Usage(*row.usage)
            accounts = tuple(sorted(paid_by.get(ident, ())))
            names = {decided[a, ident].name for a in accounts if (a, ident) in decided} - {""}
            seen = Sample()
            for a in accounts:
                if (a, ident) in samples:
                    seen.merge(Sample.read(samples[a, ident]))
            output = kind(seen)
            found.append(
                WorkloadRow(
                    id=ident,
                    name=min(names) if names else ident,
                    named_by="person"
                    if names
                    else "found"
                    if ident.startswith("t:")
                    else "declared",
                    accounts=accounts,
                    calls=row.receipts,
                    tokens_in=usage.tokens_in,
                    tokens_out=usage.tokens_out,
                    charge=charge,
                    currency=CURRENCY,
                    share_ppm=charge * PPM // whole if whole else 0,
                    growth_ppm=_growth(charge, before.get(ident, 0)),
                    latency_p50_us=None,
                    output="" if output.kind == "unknown" else output.kind,
                    labels=output.size if output.kind == "closed labels" else None,
                    cacheable_ppm=None,
                    trend=trends.get(ident, ()),
                )
            )
        return sorted(found, key=lambda row: (-row.charge, row.id))

    def answers(self, workloads: Collection[str]) -> dict[str, tuple[str, int | None]]:
        """By workload, over the accounts that he sees."""
        seen: dict[str, Sample] = {}
        for (account, workload), text in self.parts.store.answers().items():
            if workload in workloads and self.who.sees(account):
                seen.setdefault(workload, Sample()).merge(Sample.read(text))
        kinds = {workload: kind(sample) for workload, sample in seen.items()}
        return {
            workload: (found.kind, found.size if found.kind == "closed labels" else None)
            for workload, found in kinds.items()
            if found.kind != "unknown"
        }

    def _trends(self, days: Days, only: Mapping[str, Sequence[str]]) -> dict[str, tuple[int, ...]]:
        """Charges by day, oldest first, of the last days that fit a small picture."""
        last = min(date.fromisoformat(days.last), date.fromisoformat(period(self.at, "day")))
        first = max(date.fromisoformat(days.first), last - timedelta(TREND_DAYS_MAX - 1))
        if first > last:
            return {}
        names = [(first + timedelta(n)).isoformat() for n in range((last - first).days + 1)]
        asked = Days(names[0], names[-1])
        rows = self.parts.newest.sums(["workload", "day"], asked, only=only)
        charges: dict[str, dict[str, int]] = {}
        for row in rows:
            charges.setdefault(row.keys[0], {})[row.keys[1]] = row.charge
        return {w: tuple(by.get(name, 0) for name in names) for w, by in charges.items()}

    def rename_workload(self, workload: str, name: str) -> None:
        """In every account that has it and that he sees."""
        for account in self._accounts_of(workload):
            self.parts.store.rename_workload(
                account, workload, name, at=self.at, actor=self.who.actor
            )

    def merge_workloads(self, workloads: Sequence[str], into: str) -> None:
        for workload in workloads:
            for account in self._accounts_of(workload):
                self.parts.store.merge_workload(
                    account, workload, into, at=self.at, actor=self.who.actor
                )

    def _accounts_of(self, workload: str) -> list[str]:
        only = {**self._seen(""), "workload": [workload]}
        rows = self.parts.newest.sums(["account"], Days("", "~"), only=only)
        if not rows:
            raise NotFoundError(f"no workload {workload}; the page of workloads shows them")
        return sorted(row.keys[0] for row in rows)

    def _seen(self, account: str) -> dict[str, Sequence[str]]:
        if account:
            return {"account": [self.account_id(account)]}
        return {} if self.who.accounts is None else {"account": sorted(self.who.accounts)}

    # -- why

    def bridge(self, month: str, *, account: str = "") -> Bridge:
        found = self._explained(month, account)
        before, after = _pico(found.before), _pico(found.amount)
        return Bridge(
            month=month,
            month_before=found.against.month,
            before=before,
            after=after,
            currency=found.currency,
            steps=_steps(found, after - before),
        )

    def forecast(self, month: str, *, account: str = "") -> Forecast:
        """Raises NotFoundError: the month is over, or there are too few days to go by."""
        today = _day(period(self.at, "day"))
        found = None
        currency, daily = self._daily(today, self._seen(account))
        if month == period(self.at, "month"):
            found = forecast(daily, today=today)
        if found is None:
            raise NotFoundError(f"no forecast of {month}; it is over, or too few days are known")
        band = (found.error if found.error_high is None else found.error_high) or Fraction(0)
        to_come = found.expected - found.so_far
        return Forecast(
            month=month,
            so_far=_pico(found.so_far),
            expected=_pico(found.expected),
            low=_pico(found.so_far + to_come * max(1 - band, Fraction(0))),
            high=_pico(found.so_far + to_come * (1 + band)),
            currency=currency,
            error_ppm=None if found.error is None else round(found.error * PPM),
            days=tuple(
                (
                    day.isoformat(),
                    _pico(each),
                    _pico(each * max(1 - band, Fraction(0))),
                    _pico(each * (1 + band)),
                )
                for day, each in found.days
            ),
            method=found.way,
            as_of=self.at,
        )

    def _daily(self, today: date, only: Mapping[str, Sequence[str]]) -> tuple[str, dict[date, int]]:
        """(currency, charges by day) as far back as a forecast looks."""
        days = Days((today - timedelta(HISTORY_DAYS)).isoformat(), today.isoformat())
        currencies = {name: t.currency for name, t in self.parts.store.tariffs().items()}
        daily: dict[date, int] = {}
        found = set()
        for row in self.parts.newest.sums(["day", "sale_tariff"], days, only=only):
            day, tariff = row.keys
            if tariff:
                found.add(currencies.get(tariff, CURRENCY))
                at = date.fromisoformat(day)
                daily[at] = daily.get(at, 0) + row.charge
        if len(found) > 1:
            raise NotHereError(f"charges are in {', '.join(sorted(found))}; see one account")
        return (found.pop() if found else CURRENCY), daily

    def _explained(self, month: str, account: str) -> Explained:
        """Of one account; of all of them, the dearest workloads apart and the others as one."""
        only = self._seen(account)
        if len(only.get("account", ())) > 1:
            raise NotHereError("a bill is explained for one account at a time; name it")
        one = only["account"][0] if only else None
        asked = self.parts.newest.asked if one else Coarse(self.parts.newest)
        return explain(
            asked,
            self.parts.store,
            month=month,
            now=self.at,
            account=one,
            dimensions=(),
            directory=self.parts.directory(),
        )

    # -- revenue

    def revenue(self, days: Days) -> Revenue:
        """Of the month that the days end in."""
        report = self._report(days.last[:7], ())
        made = report.revenue
        return Revenue(
            days=days,
            currency=made.currency,
            whole=_money(made.total),
            shares=tuple(
                Share(
                    account=s.account,
                    account_name=report.names.get(s.account, s.account),
                    charge=_money(s.amount),
                    cost=0,
                    share_ppm=round(s.share * PPM),
                    growth_ppm=_ppm(s.month_on_month),
                )
                for s in made.shares
            ),
            hhi=round(made.hhi),
            hhi_without_largest=round(made.hhi_without_largest or 0),
            month_on_month_ppm=_ppm(made.month_on_month),
            year_on_year_ppm=_ppm(made.year_on_year),
            months=tuple((m.month, _money(m.amount), m.state == "open") for m in made.months),
            as_of=self.at,
        )

    def exposure(self, account: str) -> Exposure:
        """Of this month, in the currency of the report, with what is still committed."""
        ident, month = self.account_id(account), period(self.at, "month")
        report = self._report(month, [ident])
        [one], made = report.exposures, report.revenue
        directory = self.parts.directory()
        return Exposure(
            account=ident,
            account_name=directory.accounts[ident].name,
            month=month,
            charge=_money(one.amount),
            whole=_money(made.total),
            share_ppm=round(one.share * PPM),
            in_flight=one.in_flight,
            keys=sum(
                key.account == ident and (key.revoked_at is None or key.revoked_at > self.at)
                for key in directory.keys.values()
            ),
            committed=_money(one.committed),
            currency=made.currency,
            as_of=self.at,
        )

    def _report(self, month: str, accounts: Sequence[str]) -> earned.Report:
        return earned.report(
            self.parts.data,
            self.parts.store,
            month=month,
            accounts=accounts,
            asked=self.parts.newest.asked,
            opens=[o for _, o in self.parts.newest.opens()],
            directory=self.parts.directory(),
            shelf=self.parts.shelf,
        )

    def captured(self, days: Days) -> list[Capture]:
        raise NotHereError("what providers say is not shown here yet; use the command line")


def _before(days: Days) -> Days:
    """As many days before; of whole months the months before."""
    first, last = date.fromisoformat(days.first), _day(days.last)
    end = first - timedelta(1)
    if first.day == 1 and (last + timedelta(1)).day == 1 and first.month == last.month:
        return Days(end.replace(day=1).isoformat(), end.isoformat())
    return Days((end - (last - first)).isoformat(), end.isoformat())


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _named_by(workload: str) -> str:
    return "found" if workload.startswith("t:") else "declared" if workload else ""


def _growth(now: int, before: int) -> int | None:
    return (now - before) * PPM // before if before else None


def _ppm(growth: Growth) -> int | None:
    return None if growth.rate is None else round(growth.rate * PPM)


def _pico(amount: Fraction | int) -> int:
    return round(amount)


def _money(amount: Fraction) -> int:
    """Main units -> pico-units; those that are whole without a fraction's arithmetic."""
    whole, rest = divmod(PICO_PER_UNIT, amount.denominator)
    return amount.numerator * whole if not rest else round(amount * PICO_PER_UNIT)


def _named(found: Explained, workload: str) -> str:
    """Of all accounts together, a workload has no account to be named with."""
    return found.names.get(workload, workload).removesuffix(" ((none))")


def _steps(found: Explained, difference: int) -> tuple[Step, ...]:
    """The largest effects by workload, and the rest of each kind; they sum to the difference."""
    every = [
        (effect, change.workload, change.of(effect))
        for change in found.bridge.changes
        for effect in EFFECTS
        if change.of(effect)
    ]
    every.sort(key=lambda e: -abs(e[2]))
    rest: dict[str, Fraction] = {}
    for effect, _, amount in every[STEPS_SHOWN:]:
        rest[effect] = rest.get(effect, Fraction(0)) + amount
    shown = [
        Step(kind=effect, what=_named(found, workload), amount=_pico(amount))
        for effect, workload, amount in every[:STEPS_SHOWN]
    ]
    shown += [Step(kind=e, what="", amount=_pico(amount)) for e, amount in rest.items()]
    left = difference - sum(step.amount for step in shown)
    if left and shown:
        first = shown[0]
        shown[0] = Step(kind=first.kind, what=first.what, amount=first.amount + left)
    order: dict[str, int] = {effect: place for place, effect in enumerate(EFFECTS)}
    return tuple(sorted(shown, key=lambda s: order[s.kind]))
