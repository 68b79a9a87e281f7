"""Budgets and limits: what may be spent in a period, and how fast. A hard budget is never passed.

Spent is what is settled; set aside is what gateways hold for calls that are under way. Both count.
"""

from typing import Annotated, cast, get_args

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from stillhouse.console.charts.shares import meter
from stillhouse.console.gate import Visit, allowed
from stillhouse.console.house import Desk, NotHereError
from stillhouse.console.i18n import MILLION, NONE, Reader
from stillhouse.console.pages import choices, links
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.table import Cell, Column, Table, as_file
from stillhouse.console.pages.window import Window
from stillhouse.console.roles import Permission
from stillhouse.console.views import BudgetState
from stillhouse.ledger.ports import NotFoundError
from stillhouse.tenants import Directory, Limits, Scope
from stillhouse.units.instant import Span
from stillhouse.units.money import exact

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.TENANTS_READ))]
Changing = Annotated[Visit, Depends(allowed(Permission.BUDGETS_WRITE))]
NEAR_PPM = 800_000
"""from here on a budget needs a person"""


@router.get("/budgets")
def budgets(request: Request, visit: Seen, csv: str = "") -> Response:
    frame, desk = Frame(request, visit, here="budgets"), visit.desk
    r, states = frame.reader, desk.budgets()
    table = _table(r, states, Window(request))
    if csv:
        return as_file(table, "budgets")
    near = [b for b in states if used_ppm(b) >= NEAR_PPM]
    directory = desk.directory()
    return frame.show(
        "budgets.html",
        title=r.tell("menu.budgets"),
        asof=r.tell(
            "frame.asof", at=r.at(desk.at), currency=states[0].currency if states else "USD"
        ),
        lede=_lede(r, states, near),
        table=table,
        limits=_limits(r, directory),
        defaults=_defaults(r, desk),
        scopes=scopes(r, directory),
        provided=[] if choices.scopes_are_many(directory) else shared(r, desk),
        spans=[(s, r.word("span", s)) for s in get_args(Span)],
    )


def used_ppm(state: BudgetState) -> int:
    return (state.posted + state.leased) * MILLION // state.limit if state.limit else MILLION


def _lede(r: Reader, states: list[BudgetState], near: list[BudgetState]) -> Markup:
    if not states:
        return r.say("budgets.lede_none")
    if not near:
        return r.say("budgets.lede_well", n=len(states))
    first = max(near, key=used_ppm)
    return r.say(
        "budgets.lede_near",
        n=len(near),
        name=first.scope_name,
        used=r.percent(used_ppm(first), digits=0),
        free=r.money(max(first.free, 0), first.currency),
    )


def _table(r: Reader, states: list[BudgetState], window: Window) -> Table:
    part = window.of(
        sorted(states, key=lambda b: -used_ppm(b)),
        r,
        text=lambda b: f"{b.scope_name} {b.scope_id} {r.word('scope', b.scope)}",
        keys={
            "whose": lambda b: b.scope_name.casefold(),
            "span": lambda b: b.span,
            "kind": lambda b: b.hard,
            "limit_pico": lambda b: b.limit,
            "spent_pico": lambda b: b.posted,
            "set_aside_pico": lambda b: b.leased,
            "free_pico": lambda b: b.free,
            "used_ppm": used_ppm,
        },
    )
    rows = []
    for b in part.shown:
        used = used_ppm(b)
        rows.append(
            [
                Cell(
                    b.scope_name,
                    b.scope_name,
                    links.account(b.account) if b.account else None,
                    note=r.word("scope", b.scope),
                ),
                Cell(r.word("span", b.span), b.span, note=b.period if b.period != "total" else ""),
                Cell(
                    r.tell("budgets.hard") if b.hard else r.tell("budgets.soft"),
                    "hard" if b.hard else "soft",
                ),
                Cell(r.money(b.limit, b.currency), b.limit, note=_written(b)),
                Cell(exact(b.limit), exact(b.limit)),
                Cell(r.money(b.posted, b.currency), b.posted),
                Cell(r.money(b.leased, b.currency), b.leased),
                Cell(r.money(max(b.free, 0), b.currency), b.free),
                Cell(
                    meter(
                        b.posted / (b.limit or 1),
                        (b.posted + b.leased) / (b.limit or 1),
                        name=r.tell("budgets.used", used=r.percent(used, digits=0)),
                        kind="red" if used >= MILLION else "amber" if used >= NEAR_PPM else "",
                    )
                ),
                Cell(r.percent(used, digits=0), used),
                Cell(r.tell("budgets.change"), href=f"/budgets/{b.id}"),
            ]
        )
    return Table(
        ident="budgets",
        caption=r.tell("noun.budgets"),
        note=r.tell("budgets.note"),
        columns=[
            Column("whose", r.tell("budgets.whose")),
            Column("span", r.tell("budgets.span")),
            Column("kind", r.tell("budgets.kind")),
            Column("limit_pico", r.tell("budgets.limit"), "number"),
            Column("limit", "", "file"),
            Column("spent_pico", r.tell("budgets.spent"), "number"),
            Column("set_aside_pico", r.tell("budgets.leased"), "number"),
            Column("free_pico", r.tell("budgets.free"), "number"),
            Column("bar", "", "spark"),
            Column("used_ppm", r.tell("budgets.use"), "number"),
            Column("act", r.tell("budgets.change"), "act"),
        ],
        rows=rows,
        pager=part.pager,
        csv="/budgets?csv=budgets" if rows else None,
        empty=r.tell("budgets.none"),
    )


def _written(b: BudgetState) -> str:
    """As its author wrote it, when that was in another currency."""
    return f"{b.written_currency} {b.written}" if b.written_currency != b.currency else ""


def scopes(r: Reader, directory: Directory) -> list[tuple[str, list[tuple[str, str]]]] | None:
    """What a budget or a limit may be for, in groups: "account:ID" and its name; None: too many."""
    accounts = directory.accounts
    if choices.scopes_are_many(directory):
        return None
    owner = {a.id: a.name for a in accounts.values()}
    return [
        (r.tell("noun.accounts"), [(f"account:{a.id}", a.name) for a in accounts.values()]),
        (
            r.tell("noun.projects"),
            [
                (f"project:{p.id}", f"{owner.get(p.account, '')} / {p.name}")
                for p in directory.projects.values()
            ],
        ),
        (
            r.tell("noun.keys"),
            [
                (f"key:{k.id}", f"{owner.get(k.account, '')} / {k.name or k.hint}")
                for k in directory.keys.values()
                if k.revoked_at is None
            ],
        ),
    ]


def shared(r: Reader, desk: Desk) -> list[tuple[str, list[tuple[str, str]]]]:
    """What only a budget may be for: all keys of a member, all that a provider serves."""
    members = desk.directory().members
    return [
        (r.tell("menu.members"), [(f"member:{i}", email) for i, email in members.items()]),
        (r.tell("menu.providers"), [(f"provider:{p}", p) for p in providers(desk)]),
    ]


def providers(desk: Desk) -> list[str]:
    try:
        return [p.name for p in desk.providers()]
    except NotHereError:  # who may not see them gives them no budget
        return []


def _defaults(r: Reader, desk: Desk) -> Table:
    rows = [
        [
            Cell(r.word("span", d.span), d.span),
            Cell(r.tell("budgets.hard") if d.hard else r.tell("budgets.soft")),
            Cell(
                r.money(d.limit, "USD"),
                d.limit,
                note=f"{d.currency} {d.amount}" if d.currency != "USD" else "",
            ),
        ]
        for d in desk.member_defaults()
    ]
    return Table(
        ident="defaults",
        caption=r.tell("budgets.defaults"),
        note=r.tell("budgets.defaults_note"),
        columns=[
            Column("span", r.tell("budgets.span")),
            Column("kind", r.tell("budgets.kind")),
            Column("limit", r.tell("budgets.limit"), "number"),
        ],
        rows=rows,
        sorts=False,
        empty=r.tell("budgets.no_defaults"),
    )


def _limits(r: Reader, directory: Directory) -> Table:
    named = [
        *((r.tell("noun.account"), a.name, a.limits) for a in directory.accounts.values()),
        *((r.tell("noun.project"), p.name, p.limits) for p in directory.projects.values()),
        *((r.tell("noun.key"), k.name or k.hint, k.limits) for k in directory.keys.values()),
    ]
    rows = [
        [
            Cell(name, name, note=kind),
            *(
                Cell(NONE if value is None else r.number(value), -1 if value is None else value)
                for value in (x.requests_per_minute, x.tokens_per_minute, x.concurrent)
            ),
        ]
        for kind, name, x in named
        if x != Limits()
    ]
    return Table(
        ident="limits",
        caption=r.tell("budgets.limits"),
        columns=[
            Column("whose", r.tell("budgets.whose")),
            Column("requests_per_minute", r.tell("budgets.rpm"), "number"),
            Column("tokens_per_minute", r.tell("budgets.tpm"), "number"),
            Column("concurrent", r.tell("budgets.concurrent"), "number"),
        ],
        rows=rows,
        empty=r.tell("budgets.no_limits"),
    )


def _scope(desk: Desk, whose: str) -> tuple[Scope, str]:
    scope, ident = choices.scope(desk, whose)
    if scope not in get_args(Scope):
        raise ValueError("choose one of the list")
    return cast("Scope", scope), ident


@router.post("/budgets")
def add(
    visit: Changing,
    whose: Annotated[str, Form()],
    span: Annotated[str, Form()],
    amount: Annotated[str, Form()],
    currency: Annotated[str, Form()] = "USD",
    fx: Annotated[str, Form()] = "1",
    hard: Annotated[str, Form()] = "",
) -> Response:
    scope, ident = _scope(visit.desk, whose)
    visit.desk.set_budget(
        scope,
        ident,
        span=_span(span),
        amount=amount.strip().replace(" ", ""),
        hard=bool(hard),
        currency=currency.strip().upper() or "USD",
        fx=fx.strip() or "1",
    )
    return RedirectResponse("/budgets?said=budget_set", 303)


@router.post("/budget-defaults")
def set_default(
    visit: Changing,
    span: Annotated[str, Form()],
    amount: Annotated[str, Form()] = "",
    hard: Annotated[str, Form()] = "",
) -> Response:
    """An empty amount takes it away. In US dollars; the API knows other currencies too."""
    given = amount.strip().replace(" ", "")
    if given:
        visit.desk.set_member_default(_span(span), amount=given, hard=bool(hard))
    else:
        visit.desk.remove_member_default(_span(span))
    return RedirectResponse("/budgets?said=default_set", 303)


def _span(span: str) -> Span:
    if span not in get_args(Span):
        raise ValueError("no such period; choose one of the list")
    return cast("Span", span)


@router.get("/budgets/{ident}")
def one(request: Request, visit: Changing, ident: str) -> Response:
    frame, desk = Frame(request, visit, here="budgets"), visit.desk
    r = frame.reader
    state = next((b for b in desk.budgets() if b.id == ident), None)
    if state is None:
        raise NotFoundError("there is no such budget; look at the list of budgets")
    return frame.show(
        "budget.html",
        title=r.tell("budgets.one", name=state.scope_name, span=r.word("span", state.span)),
        asof=r.tell("frame.asof", at=r.at(desk.at), currency=state.currency),
        budget=state,
        lede=r.say(
            "budgets.one_lede",
            used=r.percent(used_ppm(state), digits=0),
            limit=r.money(state.limit, state.currency),
            free=r.money(max(state.free, 0), state.currency),
        ),
    )


@router.post("/budgets/{ident}/remove")
def remove(visit: Changing, ident: str) -> Response:
    visit.desk.remove_budget(ident)
    return RedirectResponse("/budgets?said=budget_removed", 303)


@router.post("/limits")
def limit(
    visit: Changing,
    whose: Annotated[str, Form()],
    requests_per_minute: Annotated[str, Form()] = "",
    tokens_per_minute: Annotated[str, Form()] = "",
    concurrent: Annotated[str, Form()] = "",
) -> Response:
    scope, ident = _scope(visit.desk, whose)
    limits = Limits(_count(requests_per_minute), _count(tokens_per_minute), _count(concurrent))
    visit.desk.set_limits(scope, ident, limits)
    return RedirectResponse("/budgets?said=limits_set", 303)


def _count(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isascii() or not text.strip().isdigit() or not int(text):
        raise ValueError("a limit is a whole number above zero; leave it empty for none")
    return int(text)
