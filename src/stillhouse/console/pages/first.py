"""The first request: make a key, copy a call, watch it arrive; or learn by name what stops it.

Checks come before the call: each thing that would make the gateway refuse is looked at here, where
its remedy can be said, since a call that is refused leaves no receipt.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from stillhouse.console.gate import Visit, allowed
from stillhouse.console.house import Desk, NotHereError
from stillhouse.console.i18n import Reader
from stillhouse.console.pages import choices, links
from stillhouse.console.pages.calls import tone
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.keys import find
from stillhouse.console.pages.periods import bounds, today
from stillhouse.console.roles import Permission
from stillhouse.console.views import Call, CallQuery, Days
from stillhouse.tenants import Account, Standing

router = APIRouter(include_in_schema=False)
Making = Annotated[Visit, Depends(allowed(Permission.KEYS_WRITE))]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that could stop the call. remedy: words and where to mend it."""

    good: bool
    said: str
    remedy: str = ""
    href: str = ""


@router.get("/first")
def begin(request: Request, visit: Making) -> Response:
    frame, desk = Frame(request, visit), visit.desk
    r = frame.reader
    return frame.show(
        "guide.html",
        title=r.tell("guide.title"),
        lede=r.say("guide.lede"),
        accounts=choices.accounts(desk.directory()),
        models=desk.deployment_names(),
        may_found=visit.may(Permission.TENANTS_WRITE),
        made=None,
    )


@router.post("/first")
def make(
    request: Request,
    visit: Making,
    model: Annotated[str, Form()],
    account: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
) -> Response:
    """name: of a new account, when no account is chosen."""
    frame, desk = Frame(request, visit), visit.desk
    r = frame.reader
    if not account and not visit.may(Permission.TENANTS_WRITE):
        raise ValueError("choose an account; only an owner or billing makes new ones")
    payer = account.strip() or desk.create_account(name.strip()).id
    made = desk.create_key(account=payer, name=r.tell("guide.key_name"))
    owner = desk.directory().accounts[made.account]
    return frame.show(
        "guide.html",
        title=r.tell("guide.title"),
        lede=r.say("guide.lede_made", account=owner.name),
        made=made,
        model=model,
        account=owner,
        gateway=desk.gateway_url,
        checks=checks(r, desk, owner, model),
    )


def checks(r: Reader, desk: Desk, account: Account, model: str) -> list[Check]:
    """What the gateway will look at, in its order."""
    found = [
        Check(
            account.standing is not Standing.SUSPENDED,
            r.tell("guide.standing"),
            r.tell("guide.standing_remedy"),
            links.account(account.id),
        )
    ]
    try:
        health = {h.deployment: h for h in desk.health()}
        states = {p.name: p for p in desk.providers()}
    except NotHereError:
        health, states = {}, {}
    served = health.get(model)
    if served is not None:
        found.append(
            Check(
                served.sale_price,
                r.tell("guide.price", model=served.priced_as),
                r.tell("guide.price_remedy"),
                links.address("/prices/new", model=served.priced_as),
            )
        )
        provider = states.get(served.provider)
        if provider is not None and provider.kind != "builtin":
            found.append(
                Check(
                    provider.key_from != "none" and provider.key_works is not False,
                    r.tell("guide.provider_key", provider=provider.name),
                    r.tell("guide.provider_key_remedy"),
                    "/providers",
                )
            )
        found.append(
            Check(
                served.state != "down",
                r.tell("guide.healthy", provider=served.provider),
                r.tell("guide.healthy_remedy"),
                "/providers",
            )
        )
    spent = [b for b in desk.budgets(account=account.id) if b.hard and b.free <= 0]
    found.append(
        Check(not spent, r.tell("guide.budget"), r.tell("guide.budget_remedy"), "/budgets")
    )
    return found


@router.get("/first/{ident}/watch")
def watch(request: Request, visit: Making, ident: str) -> Response:
    """A fragment that the page asks for until it says that it is finished."""
    frame, desk = Frame(request, visit), visit.desk
    key = find(desk, ident)
    now = today(desk.at)
    start, end = bounds(Days(now, now))
    calls = desk.calls(CallQuery(start=start, end=end, key=key.id, limit=3)).rows
    flying = [f for f in desk.flying() if f.key == key.id]
    return HTMLResponse(
        frame.html(
            "watch.html",
            call=calls[0] if calls else None,
            tone=tone(calls[0].outcome) if calls else "",
            charge=frame.reader.money(calls[0].charge, calls[0].currency) if calls else "",
            cause=cause(frame.reader, calls[0]) if calls else "",
            flying=len(flying),
        )
    )


def cause(r: Reader, call: Call) -> str:
    """Why it did not end well, by name, with what to do."""
    if call.outcome == "refused" and call.status in {401, 403}:
        return r.tell("guide.cause_key", provider=call.provider)
    if call.outcome == "refused" and call.status == 404:
        return r.tell("guide.cause_model", provider=call.provider, model=call.model)
    if call.outcome == "refused" and call.status == 429:
        return r.tell("guide.cause_limit", provider=call.provider)
    if call.outcome in {"refused", "upstream_cut", "timeout", "unreachable"}:
        return r.tell(f"guide.cause_{call.outcome}", provider=call.provider, status=call.status)
    return ""
