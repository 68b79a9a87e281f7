"""Accounts: who pays, what he spends, and whether he may. Keys, projects and standing of each.

Suspending shows what is at stake before the button does anything, and says how to undo it.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from stillhouse.console.charts.columns import Column as Day
from stillhouse.console.charts.columns import Part, columns
from stillhouse.console.charts.svg import Words
from stillhouse.console.gate import Visit, allowed
from stillhouse.console.house import Desk
from stillhouse.console.i18n import MILLION, NONE, Reader
from stillhouse.console.pages import links
from stillhouse.console.pages.figures import by_key, change_between, growth_ppm
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.key_table import keys_table
from stillhouse.console.pages.periods import Month, alike, every_day, month_of, whole_days
from stillhouse.console.pages.pictures import NARROW, both, hues, units
from stillhouse.console.pages.switch import months_to_choose
from stillhouse.console.pages.table import Cell, Column, Table, as_file
from stillhouse.console.pages.window import Window
from stillhouse.console.roles import Permission
from stillhouse.ledger.ports import NotFoundError
from stillhouse.tenants import Account, Standing
from stillhouse.units.money import exact

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.TENANTS_READ))]
Changing = Annotated[Visit, Depends(allowed(Permission.TENANTS_WRITE))]
Judging = Annotated[Visit, Depends(allowed(Permission.STANDING_WRITE))]
TONES = {Standing.ACTIVE: "plain", Standing.RESTRICTED: "amber", Standing.SUSPENDED: "red"}


@router.get("/accounts")
def everyone(request: Request, visit: Seen, csv: str = "") -> Response:
    frame, desk = Frame(request, visit, here="accounts"), visit.desk
    table = _table(frame.reader, desk, month_of("", desk.at), Window(request))
    if csv:
        return as_file(table, "accounts")
    r, accounts = frame.reader, desk.directory().accounts.values()
    stopped = sum(a.standing is Standing.SUSPENDED for a in accounts)
    slowed = sum(a.standing is Standing.RESTRICTED for a in accounts)
    return frame.show(
        "accounts.html",
        title=r.tell("menu.accounts"),
        asof=r.tell("frame.asof_only", at=r.at(desk.at)),
        lede=r.say("accounts.lede", n=len(accounts))
        + " "
        + (
            r.say("accounts.lede_stopped", stopped=stopped, slowed=slowed)
            if stopped or slowed
            else r.say("accounts.lede_well")
        ),
        table=table,
    )


def _table(r: Reader, desk: Desk, month: Month, window: Window) -> Table:
    directory = desk.directory()
    sums = desk.sums(["account"], month.days)
    spend = by_key(sums.rows, 0)
    spent = by_key(desk.sums(["account"], alike(month)).rows, 0)
    fair = by_key(desk.sums(["account"], whole_days(month) or month.days).rows, 0)
    colours = hues(desk)
    keys: dict[str, int] = {}
    for key in directory.keys.values():
        if key.revoked_at is None:
            keys[key.account] = keys.get(key.account, 0) + 1
    growths = {
        a: growth_ppm(fair.get(a, 0), spent.get(a, 0)) for a in directory.accounts.keys() | fair
    }
    part = window.of(
        sorted(directory.accounts.values(), key=lambda a: (-spend.get(a.id, 0), a.name)),
        r,
        text=lambda a: f"{a.name} {a.id} {r.word('standing', a.standing.value)}",
        keys={
            "account": lambda a: a.name.casefold(),
            "standing": lambda a: a.standing.value,
            "spend_pico": lambda a: spend.get(a.id, 0),
            "growth_ppm": lambda a: -MILLION if (g := growths[a.id]) is None else g,
            "keys": lambda a: keys.get(a.id, 0),
        },
    )
    rows = []
    for account in part.shown:
        charge = spend.get(account.id, 0)
        growth = growths[account.id]
        calls = links.calls(month.days.first, month.days.last, account=account.id)
        rows.append(
            [
                Cell(
                    account.name, account.name, links.account(account.id), dot=colours[account.id]
                ),
                Cell(account.id, account.id),
                Cell(
                    r.word("standing", account.standing.value),
                    account.standing.value,
                    tag=TONES[account.standing],
                ),
                Cell(r.money(charge, sums.currency), charge, calls),
                Cell(exact(charge), exact(charge)),
                Cell(sums.currency, sums.currency),
                Cell(r.growth(growth), -MILLION if growth is None else growth),
                Cell(r.number(keys.get(account.id, 0)), keys.get(account.id, 0)),
            ]
        )
    left = sums.whole.charge - sum(spend.get(a.id, 0) for a in part.shown)
    return Table(
        ident="accounts",
        caption=r.tell("menu.accounts"),
        note=r.tell("accounts.note", month=r.month(month.name)),
        columns=[
            Column("account", r.tell("noun.account")),
            Column("account_id", "", "file"),
            Column("standing", r.tell("noun.standing")),
            Column("spend_pico", r.tell("noun.spend"), "number"),
            Column("spend", "", "file"),
            Column("currency", "", "file"),
            Column("growth_ppm", r.tell("noun.growth"), "number"),
            Column("keys", r.tell("noun.keys"), "number"),
        ],
        rows=rows,
        foot=[
            Cell(r.tell("table.rest", n=part.others)),
            Cell(""),
            Cell(""),
            Cell(r.money(left, sums.currency), left),
            Cell(exact(left)),
            Cell(""),
            Cell(""),
            Cell(r.number(sum(keys.values()) - sum(keys.get(a.id, 0) for a in part.shown))),
        ]
        if part.others
        else (),
        pager=part.pager,
        csv="/accounts?csv=accounts" if rows else None,
        empty=r.tell("accounts.none"),
    )


@router.post("/accounts")
def create(visit: Changing, name: Annotated[str, Form()]) -> Response:
    account = visit.desk.create_account(name.strip())
    return RedirectResponse(f"{links.account(account.id)}?said=account_made", 303)


@router.get("/accounts/{ident}")
def one(request: Request, visit: Seen, ident: str, month: str = "") -> Response:
    frame, desk = Frame(request, visit, here="accounts"), visit.desk
    directory = desk.directory()
    account = _account(desk, ident)
    chosen = month_of(month, desk.at)
    r = frame.reader
    projects = [p for p in directory.projects.values() if p.account == account.id]
    return frame.show(
        "account.html",
        title=account.name,
        asof=r.tell("frame.asof", at=r.at(desk.at), currency="USD"),
        months=months_to_choose(r, chosen, desk.at, links.account(account.id)),
        account=account,
        tone=TONES[account.standing],
        standing=r.word("standing", account.standing.value),
        lede=_lede(r, desk, account, chosen),
        by_day=_by_day(r, desk, account, chosen),
        projects=_projects(r, desk, account, chosen),
        project_names=[(p.id, p.name) for p in projects],
        deployments=desk.deployment_names(),
        members=list(directory.members.items()),
        keys=keys_table(
            r, desk, [k for k in directory.keys.values() if k.account == account.id], chosen.days
        ),
    )


def _account(desk: Desk, ident: str) -> Account:
    account = desk.directory().accounts.get(ident)
    if account is None:
        raise NotFoundError("there is no such account; look at the list of accounts")
    return account


def _lede(r: Reader, desk: Desk, account: Account, month: Month) -> Markup:
    only = {"account": account.id}
    now = desk.sums(["account"], month.days, only=only)  # type: ignore[arg-type]
    past = desk.sums(["account"], alike(month), only=only)  # type: ignore[arg-type]
    if not now.whole.receipts and not past.whole.receipts:
        return r.say("account.lede_none", account=account.name)
    fair = desk.sums(["account"], whole_days(month) or month.days, only=only)  # type: ignore[arg-type]
    change = change_between(fair.whole.charge, past.whole.charge)
    calls = links.calls(month.days.first, month.days.last, account=account.id)
    amount = Markup('<a href="{}">{}</a>').format(
        calls, r.money_short(now.whole.charge, now.currency)
    )
    return r.say(
        f"account.lede_{change.direction}",
        account=account.name,
        amount=amount,
        month=r.month_name(month.name),
        calls=r.short(now.whole.receipts),
        growth=r.percent(abs(change.ppm or 0), digits=0),
        before=r.month_name(alike(month).first[:7]),
    )


def _by_day(r: Reader, desk: Desk, account: Account, month: Month) -> Markup:
    sums = desk.sums(["day"], month.days, only={"account": account.id})
    charges = by_key(sums.rows, 0)
    number = hues(desk)[account.id]
    days = [
        Day(
            str(int(day[8:])),
            (
                Part(
                    units(charges.get(day, 0)),
                    number,
                    f"{r.day(day)}: {r.money(charges.get(day, 0), sums.currency)}",
                    links.calls(day, day, account=account.id),
                ),
            ),
            open=month.open and day == month.days.last,
        )
        for day in every_day(month.days)
    ]
    words = Words(
        "spend",
        r.tell("overview.by_day"),
        r.tell(
            "overview.by_day_says",
            n=len(days),
            amount=r.money_short(sums.whole.charge, sums.currency),
        ),
    )
    return both(
        words,
        lambda w, width: columns(
            days,
            words=w,
            axis=lambda v: r.axis(v, sums.currency),
            width=width,
            height=150.0 if width == NARROW else 170.0,
        ),
    )


def _projects(r: Reader, desk: Desk, account: Account, month: Month) -> Table:
    sums = desk.sums(["project"], month.days, only={"account": account.id})
    found = {row.keys[0]: row for row in sums.rows}
    whole = sums.whole.charge or 1
    rows = []
    for project in desk.directory().projects.values():
        if project.account != account.id:
            continue
        row = found.get(project.id)
        charge, receipts = (row.charge, row.receipts) if row else (0, 0)
        calls = links.calls(month.days.first, month.days.last, project=project.id)
        rows.append(
            [
                Cell(project.name, project.name),
                Cell(r.money(charge, sums.currency), charge, calls if receipts else None),
                Cell(r.percent(charge * MILLION // whole), charge),
                Cell(r.number(receipts), receipts),
            ]
        )
    return Table(
        ident="projects",
        caption=r.tell("noun.projects"),
        note=r.month(month.name),
        columns=[
            Column("project", r.tell("noun.project")),
            Column("spend_pico", r.tell("noun.spend"), "number"),
            Column("share", r.tell("noun.share"), "number"),
            Column("calls", r.tell("noun.calls"), "number"),
        ],
        rows=rows,
        empty=r.tell("account.no_projects"),
    )


@router.post("/accounts/{ident}/projects")
def add_project(visit: Changing, ident: str, name: Annotated[str, Form()]) -> Response:
    visit.desk.create_project(name.strip(), account=ident)
    return RedirectResponse(f"{links.account(ident)}?said=project_made", 303)


@router.get("/accounts/{ident}/standing")
def weigh(request: Request, visit: Judging, ident: str) -> Response:
    """What is at stake, before anybody presses anything."""
    frame, desk = Frame(request, visit, here="accounts"), visit.desk
    account, r = _account(desk, ident), frame.reader
    stake = desk.exposure(account.id)
    return frame.show(
        "standing.html",
        title=r.tell("standing.title", account=account.name),
        asof=r.tell("frame.asof", at=r.at(stake.as_of), currency=stake.currency),
        account=account,
        lede=r.say(
            "standing.lede",
            account=account.name,
            share=r.percent(stake.share_ppm),
            amount=r.money_short(stake.charge, stake.currency),
            month=r.month(stake.month),
        ),
        stake=[
            (r.tell("standing.in_flight"), r.number(stake.in_flight)),
            (r.tell("standing.keys"), r.number(stake.keys)),
            (
                r.tell("standing.committed"),
                r.money_short(stake.committed, stake.currency) if stake.committed else NONE,
            ),
        ],
        standings=[(s.value, r.word("standing", s.value)) for s in Standing],
    )


@router.post("/accounts/{ident}/standing")
def judge(
    visit: Judging,
    ident: str,
    standing: Annotated[str, Form()],
    reason: Annotated[str, Form()],
) -> Response:
    if standing not in set(Standing):
        raise ValueError("no such standing; choose active, restricted or suspended")
    visit.desk.set_standing(ident, Standing(standing), reason=reason.strip())
    return RedirectResponse(f"{links.account(ident)}?said=standing_set", 303)
