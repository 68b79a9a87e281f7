"""Revenue: how much hangs on whom. Shares, concentration with and without the largest, exposure.

Growth is of finalised invoices where there are any; a month that is not over is hatched.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markupsafe import Markup

from stillhouse.console.charts.columns import Column as MonthColumn
from stillhouse.console.charts.columns import Part, columns
from stillhouse.console.charts.shares import Share, bars
from stillhouse.console.charts.svg import Words
from stillhouse.console.gate import Visit, allowed
from stillhouse.console.i18n import MILLION, NONE, Reader
from stillhouse.console.money_views import Revenue
from stillhouse.console.pages import links
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.periods import month_of
from stillhouse.console.pages.pictures import NARROW, both, hues, units
from stillhouse.console.pages.switch import months_to_choose
from stillhouse.console.pages.table import Cell, Column, Table, as_file
from stillhouse.console.pages.window import Window
from stillhouse.console.roles import Permission
from stillhouse.units.money import exact

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.REVENUE_READ))]
SHOWN = 10


@router.get("/revenue")
def revenue(request: Request, visit: Seen, month: str = "", csv: str = "") -> Response:
    frame, desk = Frame(request, visit, here="revenue"), visit.desk
    r, chosen = frame.reader, month_of(month, desk.at)
    found = desk.revenue(chosen.days)
    colours = hues(desk)
    table = _table(r, found, colours, Window(request), open_=chosen.open)
    if csv:
        return as_file(table, f"revenue-{chosen.name}")
    return frame.show(
        "revenue.html",
        title=r.tell("menu.revenue"),
        asof=r.tell("frame.asof", at=r.at(found.as_of), currency=found.currency),
        months=months_to_choose(r, chosen, desk.at, "/revenue"),
        lede=lede(r, found, open_=chosen.open) if found.shares else r.say("revenue.lede_none"),
        facts=facts(r, found, open_=chosen.open),
        shares=_shares(r, found, colours, open_=chosen.open) if found.shares else None,
        history=_months(r, found) if found.months else None,
        table=table,
    )


def lede(r: Reader, found: Revenue, *, open_: bool = False) -> Markup:
    """A month that is not over has no growth yet: half a month is less than a whole one."""
    first = found.shares[0]
    account = Markup('<a href="{}">{}</a>').format(links.account(first.account), first.account_name)
    said = r.say(
        "revenue.lede",
        account=account,
        share=r.percent(first.share_ppm, digits=0),
        amount=r.money_short(found.whole, found.currency),
    )
    year, month = found.year_on_year_ppm, found.month_on_month_ppm
    if open_:
        said += " " + r.say("revenue.lede_open")
    elif year is not None:
        key = "revenue.lede_year_up" if year >= 0 else "revenue.lede_year_down"
        said += " " + r.say(key, growth=r.percent(abs(year), digits=0))
    elif month is not None:
        key = "revenue.lede_month_up" if month >= 0 else "revenue.lede_month_down"
        said += " " + r.say(key, growth=r.percent(abs(month), digits=0))
    return said


def facts(r: Reader, found: Revenue, *, open_: bool = False) -> list[tuple[str, str, str]]:
    """(what, figure, note)."""
    top = sum(share.share_ppm for share in found.shares[:3])
    return [
        (r.tell("revenue.whole"), r.money_short(found.whole, found.currency), ""),
        (
            r.tell("revenue.hhi"),
            r.number(found.hhi),
            r.tell("revenue.hhi_without", hhi=found.hhi_without_largest),
        ),
        (r.tell("revenue.top"), r.percent(min(top, MILLION), digits=0), ""),
        (
            r.tell("revenue.month"),
            NONE if open_ else r.growth(found.month_on_month_ppm),
            r.tell("revenue.not_yet") if open_ else _known(r, found, months=1),
        ),
        (
            r.tell("revenue.year"),
            NONE if open_ else r.growth(found.year_on_year_ppm),
            r.tell("revenue.not_yet") if open_ else _known(r, found, months=12),
        ),
    ]


def _known(r: Reader, found: Revenue, *, months: int) -> str:
    """Whether growth over so many months is of finalised invoices on both sides."""
    chosen = found.days.last[:7]
    at = int(chosen[:4]) * 12 + int(chosen[5:]) - 1 - months
    before = f"{at // 12:04d}-{at % 12 + 1:02d}"
    open_ = {month for month, _, still_open in found.months if still_open}
    return r.tell("revenue.open" if open_ & {chosen, before} else "revenue.finalised")


def _shares(r: Reader, found: Revenue, colours: dict[str, int], *, open_: bool) -> Markup:
    parts = [
        Share(
            share.account_name,
            units(share.charge),
            f"{r.percent(share.share_ppm)} · {r.money_short(share.charge, found.currency)}",
            colours.get(share.account, 0),
            links.account(share.account),
        )
        for share in found.shares[:SHOWN]
    ]
    rest = sum(share.charge for share in found.shares[SHOWN:])
    if rest:
        name = r.tell("table.rest", n=len(found.shares) - SHOWN)
        said = f"{r.percent(rest * MILLION // found.whole)} · {r.money_short(rest, found.currency)}"
        parts.append(Share(name, units(rest), said, 0))
    words = Words("revenue", r.tell("revenue.shares"), r.tell("revenue.shares_says"))
    return both(words, lambda w, width: bars(parts, words=w, width=width, open_=open_))


def _months(r: Reader, found: Revenue) -> Markup:
    drawn = [
        MonthColumn(
            r.month_short(month),
            (Part(units(charge), 1, f"{r.month(month)}: {r.money_short(charge, found.currency)}"),),
            open=still_open,
        )
        for month, charge, still_open in found.months
    ]
    words = Words("months", r.tell("revenue.by_month"), r.tell("revenue.by_month_says"))
    return both(
        words,
        lambda w, width: columns(
            drawn,
            words=w,
            axis=lambda v: r.axis(v, found.currency),
            width=width,
            height=170.0 if width == NARROW else 200.0,
        ),
    )


def _table(
    r: Reader, found: Revenue, colours: dict[str, int], window: Window, *, open_: bool
) -> Table:
    days = found.days
    part = window.of(
        found.shares,
        r,
        text=lambda s: f"{s.account_name} {s.account}",
        keys={
            "account": lambda s: s.account_name.casefold(),
            "revenue_pico": lambda s: s.charge,
            "share_ppm": lambda s: s.charge,
            "growth_ppm": lambda s: -MILLION if s.growth_ppm is None else s.growth_ppm,
            "margin_pico": lambda s: s.charge - s.cost,
        },
    )
    left = found.whole - sum(s.charge for s in part.shown)
    costs_left = sum(s.cost for s in found.shares) - sum(s.cost for s in part.shown)
    costs = any(share.cost for share in found.shares)
    rows = [
        [
            Cell(
                s.account_name,
                s.account_name,
                links.account(s.account),
                dot=colours.get(s.account, 0),
            ),
            Cell(
                r.money(s.charge, found.currency),
                s.charge,
                links.calls(days.first, days.last, account=s.account),
            ),
            Cell(exact(s.charge), exact(s.charge)),
            Cell(found.currency, found.currency),
            Cell(r.percent(s.share_ppm), s.share_ppm),
            Cell(
                NONE if open_ else r.growth(s.growth_ppm),
                -MILLION if s.growth_ppm is None or open_ else s.growth_ppm,
            ),
            Cell(r.money(s.charge - s.cost, found.currency), s.charge - s.cost),
            Cell(r.tell("revenue.exposure"), href=f"{links.account(s.account)}/standing"),
        ]
        for s in part.shown
    ]
    return Table(
        ident="shares",
        caption=r.tell("revenue.shares"),
        columns=[
            Column("account", r.tell("noun.account")),
            Column("revenue_pico", r.tell("revenue.amount"), "number"),
            Column("revenue", "", "file"),
            Column("currency", "", "file"),
            Column("share_ppm", r.tell("noun.share"), "number"),
            Column("growth_ppm", r.tell("noun.growth"), "number"),
            Column("margin_pico", r.tell("revenue.margin"), "number" if costs else "file"),
            Column("act", r.tell("revenue.exposure"), "act"),
        ],
        rows=rows,
        foot=[
            Cell(r.tell("table.rest", n=part.others)),
            Cell(r.money(left, found.currency), left),
            Cell(exact(left)),
            Cell(""),
            Cell(r.percent(left * MILLION // (found.whole or 1))),
            Cell(""),
            Cell(r.money(left - costs_left, found.currency)),
            Cell(""),
        ]
        if part.others
        else (),
        pager=part.pager,
        csv=links.address("/revenue", month=days.first[:7], csv="shares") if rows else None,
    )
