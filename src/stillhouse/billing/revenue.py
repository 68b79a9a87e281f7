"""Who brings in how much, how much hangs on one of them, and whether it grows.

    share    an account's part of the month, a fraction
    HHI      10,000 x sum of squared shares (Herfindahl-Hirschman): 10,000 is one customer, near 0
             is many small ones; a customer of 25 % alone puts 625 points in it
    without  the same among the others, had the largest gone
    growth   (now - before) / before: on the month before, on the same month a year before, and
             of twelve months on the twelve before

A month is *finalised* when everybody's invoice of it is; else it is *open* and its figures are what
was metered so far. Calls that were imported from other logs are *imported*: no invoice of ours will
ever say them. A growth is provisional when either side has open parts.

Amounts are exact fractions of a currency's main unit, shares too; who shows them rounds them.
Amounts of zero and less (credit notes of an idle month) have no share.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Literal

State = Literal["finalised", "imported", "open"]
HHI_SCALE = 10_000
YEAR = 12
ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Earned:
    """What one account brought in one month, from one kind of source.

    amount: in the report's currency, converted as it was billed. constant: the same at the one set
    of rates that serves all months.
    """

    account: str
    month: str
    state: State
    amount: Fraction
    constant: Fraction


@dataclass(frozen=True, slots=True)
class Growth:
    """on: what it is compared with, in words of months. rate None: there was nothing before."""

    on: str
    now: Fraction
    before: Fraction
    rate: Fraction | None
    constant: Fraction | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class Share:
    """One account in the month. cumulative: with all larger ones. committed: still to be used."""

    rank: int
    account: str
    amount: Fraction
    share: Fraction
    cumulative: Fraction
    state: State
    month_on_month: Growth
    year_on_year: Growth


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the whole book."""

    month: str
    amount: Fraction
    constant: Fraction
    state: State


@dataclass(frozen=True, slots=True)
class Revenue:
    """The report of one month. hhi_without_largest None: there is no other account."""

    month: str
    currency: str
    total: Fraction
    state: State
    shares: tuple[Share, ...]
    hhi: Fraction
    hhi_without_largest: Fraction | None
    month_on_month: Growth
    year_on_year: Growth
    year: Growth
    months: tuple[Month, ...]

    def top(self, n: int) -> Fraction:
        """The share of the n largest together."""
        return sum((s.share for s in self.shares[:n]), Fraction(0))


@dataclass(frozen=True, slots=True)
class Exposure:
    """What ends when an account is suspended.

    share: of the month's revenue. committed: of its commitments, in the report's currency, what is
    still to be used. in_flight: its calls that are running and will settle.
    """

    account: str
    amount: Fraction
    share: Fraction
    committed: Fraction
    in_flight: int


def revenue(earned: Iterable[Earned], *, month: str, currency: str) -> Revenue:
    """The report of one month, from everything that was earned in it and before."""
    rows = list(earned)
    months = _months(rows, through=month)
    by_month: dict[str, dict[str, list[Earned]]] = {}
    for row in rows:
        by_month.setdefault(row.month, {}).setdefault(row.account, []).append(row)
    of_month = by_month.get(month, {})
    last, year_ago = before(month, 1), before(month, YEAR)
    of_last, of_year_ago = by_month.get(last, {}), by_month.get(year_ago, {})
    now = {account: _total(r.amount for r in own) for account, own in of_month.items()}
    counts, whole = _counted(now)
    order = sorted(now, key=lambda account: (-counts[account], account))
    parts = shares(now)
    ranked, sofar = [], 0
    for rank, account in enumerate(order, 1):
        sofar += max(counts[account], 0)
        own = of_month[account]
        ranked.append(
            Share(
                rank=rank,
                account=account,
                amount=now[account],
                share=parts[account],
                cumulative=Fraction(sofar, whole or 1),
                state=_state(r.state for r in own),
                month_on_month=_growth(own, of_last.get(account, ()), last),
                year_on_year=_growth(own, of_year_ago.get(account, ()), year_ago),
            )
        )
    return Revenue(
        month=month,
        currency=currency,
        total=_total(now.values()),
        state=_state(r.state for r in rows if r.month == month),
        shares=tuple(ranked),
        hhi=hhi(now),
        hhi_without_largest=hhi({a: now[a] for a in order[1:]}) if len(order) > 1 else None,
        month_on_month=growth(rows, [month], [before(month, 1)]),
        year_on_year=growth(rows, [month], [before(month, YEAR)]),
        year=growth(
            rows,
            [before(month, n) for n in range(YEAR)],
            [before(month, n) for n in range(YEAR, 2 * YEAR)],
        ),
        months=months,
    )


def shares(amounts: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Each account's part of the whole; they sum to 1 unless nobody earned anything."""
    counts, whole = _counted(amounts)
    return {account: Fraction(max(n, 0), whole or 1) for account, n in counts.items()}


def hhi(amounts: Mapping[str, Fraction]) -> Fraction:
    """The index in points, exactly; 0 when nobody earned anything."""
    counts, whole = _counted(amounts)
    return Fraction(HHI_SCALE * sum(n * n for n in counts.values() if n > 0), whole**2 or 1)


def _counted(amounts: Mapping[str, Fraction]) -> tuple[dict[str, int], int]:
    """Amounts in one unit small enough for all of them, and the sum of those above zero.

    Thousands of fractions are added and squared as whole numbers a hundred times faster.
    """
    unit = lcm(*{amount.denominator for amount in amounts.values()})
    counts = {a: amount.numerator * (unit // amount.denominator) for a, amount in amounts.items()}
    return counts, sum(n for n in counts.values() if n > 0)


def growth(rows: Iterable[Earned], now: list[str], past: list[str]) -> Growth:
    """now, past: months to compare, newest first."""
    later = [r for r in rows if r.month in now]
    earlier = [r for r in rows if r.month in past]
    return _growth(later, earlier, past[0] if len(past) == 1 else f"{past[-1]} to {past[0]}")


def _growth(later: Sequence[Earned], earlier: Sequence[Earned], on: str) -> Growth:
    return Growth(
        on=on,
        now=_total(r.amount for r in later),
        before=_total(r.amount for r in earlier),
        rate=_rate((r.amount for r in later), [r.amount for r in earlier]),
        constant=_rate((r.constant for r in later), [r.constant for r in earlier]),
        provisional=any(r.state == "open" for r in (*later, *earlier)),
    )


def _rate(now: Iterable[Fraction], past: list[Fraction]) -> Fraction | None:
    if not past:
        return None
    base = _total(past)
    return Fraction(_total(now) - base, base) if base > 0 else None


def exposure(report: Revenue, account: str, *, committed: Fraction, in_flight: int) -> Exposure:
    """Of one account, whether it earned anything in the month or not."""
    own = next((s for s in report.shares if s.account == account), None)
    return Exposure(
        account=account,
        amount=own.amount if own else Fraction(0),
        share=own.share if own else Fraction(0),
        committed=committed,
        in_flight=in_flight,
    )


def before(month: str, n: int) -> str:
    """The month that is n months earlier."""
    year, number = map(int, month.split("-"))
    whole = year * YEAR + number - 1 - n
    return f"{whole // YEAR:04d}-{whole % YEAR + 1:02d}"


def _months(rows: list[Earned], *, through: str) -> tuple[Month, ...]:
    by_month: dict[str, list[Earned]] = {}
    for row in rows:
        if row.month <= through:
            by_month.setdefault(row.month, []).append(row)
    return tuple(
        Month(
            month=month,
            amount=_total(r.amount for r in own),
            constant=_total(r.constant for r in own),
            state=_state(r.state for r in own),
        )
        for month, own in sorted(by_month.items())
    )


def _total(amounts: Iterable[Fraction]) -> Fraction:
    """Added up by what they are counted in, so that thousands are reduced a few times only."""
    found = list(amounts)
    if len(found) <= 1:
        return found[0] if found else ZERO
    sums: dict[int, int] = {}
    for amount in found:
        sums[amount.denominator] = sums.get(amount.denominator, 0) + amount.numerator
    return sum((Fraction(n, unit) for unit, n in sums.items()), Fraction(0))


def _state(states: Iterable[State]) -> State:
    """Of a whole: open if any part is, finalised if all are; else some of it was imported."""
    found = set(states)
    if "open" in found or not found:
        return "open"
    return "imported" if "imported" in found else "finalised"
