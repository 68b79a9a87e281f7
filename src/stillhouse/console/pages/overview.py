"""Overview: is it healthy, what does it cost, what changed. The first page that anybody sees.

sums by account, this month and as many days of the one before; sums by day of the dearest alone
    ─► the sentence ─► columns with the forecast ─► shares and their concentration ─► the table

However many accounts there are, the picture has the dearest and the table a part of them; what the
others come to is the whole less those, so that both sum to it exactly.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markupsafe import Markup

from stillhouse.console.charts.columns import Column as Day
from stillhouse.console.charts.columns import Estimate, Part, columns
from stillhouse.console.charts.shares import Share, strip
from stillhouse.console.charts.spark import spark
from stillhouse.console.charts.svg import Words
from stillhouse.console.gate import Visit, allowed
from stillhouse.console.house import Desk, NotHereError
from stillhouse.console.i18n import MILLION, Reader
from stillhouse.console.money_views import Forecast
from stillhouse.console.pages import links
from stillhouse.console.pages.figures import Change, by_key, change_between, growth_ppm, hhi, rate
from stillhouse.console.pages.figures import tokens as tokens_of
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.periods import Month, alike, every_day, month_of, whole_days
from stillhouse.console.pages.pictures import NARROW, both, hues, units
from stillhouse.console.pages.switch import months_to_choose
from stillhouse.console.pages.table import Cell, Column, Table, as_file
from stillhouse.console.pages.window import Window
from stillhouse.console.roles import Permission
from stillhouse.console.views import Sums
from stillhouse.units.money import exact

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.USAGE_READ))]
SHOWN = 7
"""accounts with a colour of their own in a picture; the others are the rest"""


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str
    note: str = ""
    href: str = ""
    live: str = ""


@router.get("/")
def overview(request: Request, visit: Seen, month: str = "", csv: str = "") -> Response:
    frame, desk = Frame(request, visit, here="overview"), visit.desk
    chosen = month_of(month, desk.at)
    now = desk.sums(["account"], chosen.days)
    past = desk.sums(["account"], alike(chosen))
    view = _View(frame.reader, chosen, now, past, desk, Window(request))
    if csv == "days":
        return as_file(view.days_table(), f"spend-by-day-{chosen.name}")
    if csv:
        return as_file(view.accounts_table(), f"spend-by-account-{chosen.name}")
    empty = not now.whole.receipts and not past.whole.receipts
    return frame.show(
        "overview.html",
        title=frame.reader.tell("menu.overview"),
        asof=frame.reader.tell("frame.asof", at=frame.reader.at(now.as_of), currency=now.currency),
        months=months_to_choose(frame.reader, chosen, desk.at, "/"),
        lede=frame.t("overview.lede_nothing") if empty else view.lede(),
        under="",
        empty=empty,
        first_curl=first_curl(desk),
        **({} if empty else view.shown()),
    )


def first_curl(desk: Desk) -> str:
    """The call that would be the first; its key is made in the guide."""
    model = (desk.deployment_names() or ["MODEL"])[0]
    return (
        f"curl -sS {desk.gateway_url}/v1/chat/completions \\\n"
        '  -H "Authorization: Bearer $STILLHOUSE_KEY" -H "Content-Type: application/json" \\\n'
        f'  -d \'{{"model": "{model}", "messages": [{{"role": "user", "content": "Say hello"}}]}}\''
    )


class _View:
    """One month, written for one reader."""

    def __init__(
        self, reader: Reader, month: Month, now: Sums, past: Sums, desk: Desk, window: Window
    ) -> None:
        self.r, self.month, self.now, self.past, self.desk = reader, month, now, past, desk
        self.hues = hues(desk)
        self.names = {row.keys[0]: row.names[0] for row in (*past.rows, *now.rows)}
        self.sums = {row.keys[0]: row for row in now.rows}
        self.spend = by_key(now.rows, 0)
        ended = whole_days(month)
        self.fair = (
            self.spend
            if ended in {None, month.days}
            else by_key(desk.sums(["account"], ended).rows, 0)
        )
        """spend of the days that are over: what is compared with the month before"""
        self.spent = by_key(past.rows, 0)
        self.order = [row.keys[0] for row in now.rows]
        self.days = desk.sums(["day"], month.days)
        self.forecast = _forecast(desk, month)
        self.part = window.of(
            self.order,
            reader,
            text=lambda a: f"{self.names[a]} {a}",
            keys={
                "account": lambda a: self.names[a].casefold(),
                "spend_pico": self.spend.__getitem__,
                "share_ppm": self.spend.__getitem__,
                "growth_ppm": self.growth_key,
                "calls": lambda a: self.sums[a].receipts,
                "tokens": lambda a: tokens_of(self.sums[a].usage),
            },
        )
        drawn = [] if window.whole else [*self.order[:SHOWN], *self.part.shown]
        self.by_day_of = {
            row.keys: row.charge
            for row in desk.sums(["account", "day"], month.days, only={"account": drawn}).rows
        }

    def growth_key(self, account: str) -> int:
        growth = growth_ppm(self.fair.get(account, 0), self.spent.get(account, 0))
        return -MILLION if growth is None else growth

    def money(self, pico: int) -> str:
        return self.r.money_short(pico, self.now.currency)

    def lede(self) -> Markup:
        """The month in one sentence, with why it changed."""
        change = change_between(sum(self.fair.values()), self.past.whole.charge)
        calls = links.calls(self.month.days.first, self.month.days.last)
        amount = _door(calls, self.money(self.now.whole.charge))
        said = self.r.say(
            f"overview.lede_{'open' if self.month.open else 'over'}_{change.direction}",
            month=self.r.month_name(self.month.name),
            amount=amount,
            growth=self.r.percent(abs(change.ppm or 0), digits=0),
            before=self.r.month_name(alike(self.month).first[:7]),
        )
        return said + self._because(change)

    def _because(self, change: Change) -> Markup:
        """The account that moved most in the direction of the whole, if that explains half."""
        moves = {
            a: self.fair.get(a, 0) - self.spent.get(a, 0)
            for a in self.fair.keys() | self.spent.keys()
        }
        if not moves or change.direction in {"new", "same"} or len(self.spend) < 2:
            return self.r.say("overview.full_stop")
        sign = 1 if change.direction == "up" else -1
        account = max(moves, key=lambda a: (sign * moves[a], a))
        if sign * moves[account] * 2 < sign * change.difference:
            return self.r.say("overview.full_stop")
        door = _door(links.account(account), self.names[account])
        ppm = growth_ppm(self.fair.get(account, 0), self.spent.get(account, 0))
        if ppm is None:
            return self.r.say("overview.because_new", account=door)
        return self.r.say(
            f"overview.because_{change.direction}",
            account=door,
            growth=self.r.percent(abs(ppm), digits=0),
        )

    def shown(self) -> dict[str, object]:
        legend = [(self.hues.get(a, 0), self.names[a]) for a in self.order[:SHOWN]]
        if len(self.order) > SHOWN:
            legend.append((0, self.r.tell("table.rest", n=len(self.order) - SHOWN)))
        return {
            "facts": self.facts(),
            "by_day": self.by_day(),
            "by_day_note": self.by_day_note(),
            "legend": legend,
            "shares": self.shares(),
            "concentration": self.concentration(),
            "accounts": self.accounts_table(),
            "days": self.days_table(),
        }

    def facts(self) -> list[Fact]:
        r, days = self.r, self.month.days
        change = change_between(sum(self.fair.values()), self.past.whole.charge)
        facts = [
            Fact(
                r.tell("overview.spend"),
                self.money(self.now.whole.charge),
                r.tell(
                    "overview.on_before",
                    growth=r.growth(change.ppm),
                    month=r.month_short(alike(self.month).first[:7]),
                ),
                links.calls(days.first, days.last),
            )
        ]
        if self.forecast is not None:
            error = self.forecast.error_ppm
            facts.append(
                Fact(
                    r.tell("overview.month_end"),
                    "≈ " + self.money(self.forecast.expected),
                    r.tell("overview.error_unknown")
                    if error is None
                    else r.tell(
                        "overview.error", error=r.percent(error, digits=int(error < 100_000))
                    ),
                )
            )
        facts.append(
            Fact(
                r.tell("overview.calls"),
                r.short(self.now.whole.receipts),
                r.tell("overview.tokens", tokens=r.short(tokens_of(self.now.whole.usage))),
                links.calls(days.first, days.last),
            )
        )
        if self.month.open:
            live = self.desk.live()
            facts += [
                Fact(
                    r.tell("overview.rate"),
                    r.number(rate(live.calls, live.over_s), digits=1),
                    r.tell("overview.in_flight", n=live.in_flight),
                    "/calls/flying",
                    "rate",
                ),
                Fact(
                    r.tell("overview.errors"),
                    r.percent(live.errors * MILLION // max(live.calls, 1)),
                    r.tell("overview.over", n=live.over_s),
                    links.address("/calls", {"from": days.last, "to": days.last, "problems": "1"}),
                    "errors",
                ),
            ]
        return facts

    def by_day(self) -> Markup:
        whole = by_key(self.days.rows, 0)
        coming = {d: rest for d, *rest in (self.forecast.days if self.forecast else ())}
        days = []
        for day in every_day(self.month.days):
            here = [(a, self.by_day_of.get((a, day), 0)) for a in self.order[:SHOWN]]
            parts = [
                Part(
                    units(c),
                    self.hues.get(a, 0),
                    f"{self.names[a]}, {self.r.day(day)}: {self.money(c)}",
                    links.calls(day, day, account=a),
                )
                for a, c in here
            ]
            rest = whole.get(day, 0) - sum(c for _, c in here)
            if rest:
                said = self.r.tell("table.rest", n=len(self.order) - SHOWN)
                title = f"{said}, {self.r.day(day)}: {self.money(rest)}"
                parts.append(Part(units(rest), 0, title, links.calls(day, day)))
            still_open = self.month.open and day == self.month.days.last
            likely = units(coming[day][0]) if still_open and day in coming else 0.0
            days.append(Day(str(int(day[8:])), tuple(parts), still_open, likely))
        estimates = [
            Estimate(
                str(int(day[8:])),
                units(low),
                units(expected),
                units(high),
                self.r.tell(
                    "overview.estimate",
                    day=self.r.day(day),
                    expected=self.money(expected),
                    low=self.money(low),
                    high=self.money(high),
                ),
            )
            for day, (expected, low, high) in coming.items()
            if day > self.month.days.last
        ]
        words = Words(
            "spend",
            self.r.tell("overview.by_day"),
            self.r.tell(
                "overview.by_day_says", n=len(days), amount=self.money(self.now.whole.charge)
            ),
        )
        axis = lambda value: self.r.axis(value, self.now.currency)  # noqa: E731
        return both(
            words,
            lambda w, width: columns(
                days,
                estimates,
                words=w,
                axis=axis,
                width=width,
                height=200.0 if width == NARROW else 250.0,
            ),
        )

    def by_day_note(self) -> str:
        said = self.r.tell("overview.utc_days", currency=self.now.currency)
        if self.month.open:
            said += " " + self.r.tell("overview.open_day")
        if self.forecast is not None and self.forecast.days:
            said += " " + self.r.tell("overview.dashed")
        return said

    def shares(self) -> Markup:
        whole = self.now.whole.charge or 1
        parts = [
            Share(
                self.names[a],
                units(self.spend[a]),
                f"{self.r.percent(self.spend[a] * MILLION // whole)} · {self.money(self.spend[a])}",
                self.hues.get(a, 0),
                links.account(a),
            )
            for a in self.order[:SHOWN]
        ]
        rest = sum(self.spend[a] for a in self.order[SHOWN:])
        if rest:
            said = f"{self.r.percent(rest * MILLION // whole)} · {self.money(rest)}"
            name = self.r.tell("table.rest", n=len(self.order) - SHOWN)
            parts.append(Share(name, units(rest), said, 0))
        words = Words("shares", self.r.tell("overview.by_account"), self.concentration())
        return both(words, lambda w, width: strip(parts, words=w, width=width))

    def concentration(self) -> str:
        if not self.order or not self.now.whole.charge:
            return ""
        largest = self.order[0]
        share = self.spend[largest] * MILLION // self.now.whole.charge
        return self.r.tell(
            "overview.concentration",
            account=self.names[largest],
            share=self.r.percent(share, digits=0),
            hhi=hhi(self.spend.values()),
            without=hhi(v for a, v in self.spend.items() if a != largest),
        )

    def accounts_table(self) -> Table:
        r, days, currency = self.r, self.month.days, self.now.currency
        whole = self.now.whole.charge or 1
        rows = []
        for account in self.part.shown:
            row, charge = self.sums[account], self.spend[account]
            growth = growth_ppm(self.fair.get(account, 0), self.spent.get(account, 0))
            trend = [units(self.by_day_of.get((account, d), 0)) for d in every_day(days)]
            rows.append(
                [
                    Cell(
                        self.names[account],
                        self.names[account],
                        links.account(account),
                        dot=self.hues.get(account, 0),
                    ),
                    Cell(account, account),
                    Cell(
                        r.money(charge, currency),
                        charge,
                        links.calls(days.first, days.last, account=account),
                    ),
                    Cell(exact(charge), exact(charge)),
                    Cell(currency, currency),
                    Cell(r.percent(charge * MILLION // whole), charge * MILLION // whole),
                    Cell(r.growth(growth), -MILLION if growth is None else growth),
                    Cell(r.number(row.receipts), row.receipts),
                    Cell(r.short(tokens_of(row.usage)), tokens_of(row.usage)),
                    Cell(
                        spark(
                            trend,
                            name=r.tell("table.trend_of", name=self.names[account]),
                            number=self.hues.get(account, 0),
                            open_=self.month.open,
                        )
                    ),
                ]
            )
        return Table(
            ident="accounts",
            caption=r.tell("overview.accounts"),
            note=r.month(self.month.name)
            + (f", {r.tell('period.open')}" if self.month.open else ""),
            columns=[
                Column("account", r.tell("noun.account")),
                Column("account_id", "", "file"),
                Column("spend_pico", r.tell("noun.spend"), "number"),
                Column("spend", "", "file"),
                Column("currency", "", "file"),
                Column("share_ppm", r.tell("noun.share"), "number"),
                Column("growth_ppm", r.tell("noun.growth"), "number"),
                Column("calls", r.tell("noun.calls"), "number"),
                Column("tokens", r.tell("noun.tokens"), "number"),
                Column("trend", r.tell("noun.trend"), "spark"),
            ],
            rows=rows,
            foot=self.others(),
            pager=self.part.pager,
            csv=links.address("/", month=self.month.name, csv="accounts"),
        )

    def others(self) -> list[Cell]:
        """What the table leaves out: with its rows it is the whole."""
        if not self.part.others:
            return []
        r, whole = self.r, self.now.whole
        shown = [self.sums[a] for a in self.part.shown]
        charge = whole.charge - sum(row.charge for row in shown)
        calls = whole.receipts - sum(row.receipts for row in shown)
        tokens = tokens_of(whole.usage) - sum(tokens_of(row.usage) for row in shown)
        share = charge * MILLION // (whole.charge or 1)
        return [
            Cell(r.tell("table.rest", n=self.part.others)),
            Cell(""),
            Cell(r.money(charge, self.now.currency), charge),
            Cell(exact(charge)),
            Cell(""),
            Cell(r.percent(share), share),
            Cell(""),
            Cell(r.number(calls), calls),
            Cell(r.short(tokens), tokens),
            Cell(""),
        ]

    def days_table(self) -> Table:
        r, currency = self.r, self.now.currency
        charges = by_key(self.days.rows, 0)
        receipts = {row.keys[0]: row.receipts for row in self.days.rows}
        rows = [
            [
                Cell(r.day(day), day),
                Cell(
                    r.money(charges.get(day, 0), currency),
                    charges.get(day, 0),
                    links.calls(day, day),
                ),
                Cell(exact(charges.get(day, 0)), exact(charges.get(day, 0))),
                Cell(r.number(receipts.get(day, 0)), receipts.get(day, 0)),
            ]
            for day in every_day(self.month.days)
        ]
        return Table(
            ident="days",
            caption=r.tell("overview.by_day"),
            columns=[
                Column("day", r.tell("noun.day")),
                Column("spend_pico", r.tell("noun.spend"), "number"),
                Column("spend", "", "file"),
                Column("calls", r.tell("noun.calls"), "number"),
            ],
            rows=rows,
            csv=links.address("/", month=self.month.name, csv="days"),
        )


def _forecast(desk: Desk, month: Month) -> Forecast | None:
    if not month.open:
        return None
    try:
        return desk.forecast(month.name)
    except (NotHereError, ValueError, LookupError):
        return None  # too few days to say anything, or not done here


def _door(href: str, words: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(href, words)
