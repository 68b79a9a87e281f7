"""Keys: make one and show its secret once; rotate with an overlap; revoke, with what that stops."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from stillhouse.console.gate import Visit, allowed
from stillhouse.console.house import Desk
from stillhouse.console.pages import links
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.key_table import state
from stillhouse.console.pages.periods import bounds, today
from stillhouse.console.roles import Permission
from stillhouse.console.views import Days, NewKey
from stillhouse.ledger.ports import NotFoundError
from stillhouse.tenants import Key
from stillhouse.units.instant import Instant

router = APIRouter(include_in_schema=False)
Changing = Annotated[Visit, Depends(allowed(Permission.KEYS_WRITE))]
HOUR_S = 3600
OVERLAPS_H = (0, 1, 24, 72, 168)


@router.post("/accounts/{ident}/keys")
def create(
    request: Request,
    visit: Changing,
    ident: str,
    name: Annotated[str, Form()] = "",
    project: Annotated[str, Form()] = "",
    model: Annotated[list[str] | None, Form()] = None,
    until: Annotated[str, Form()] = "",
    member: Annotated[str, Form()] = "",
) -> Response:
    made = visit.desk.create_key(
        account=ident,
        project=project,
        name=name.strip(),
        models=[m for m in model or [] if m],
        expires_at=_end(until),
        member=member,
    )
    return _secret(request, visit, made)


def _end(day: str) -> Instant | None:
    """The end of this day, UTC."""
    if not day:
        return None
    try:
        date.fromisoformat(day)
    except ValueError:
        raise ValueError("a day is written as 2026-11-23; correct the last day") from None
    return bounds(Days(day, day))[1]


def _secret(request: Request, visit: Visit, made: NewKey) -> Response:
    frame = Frame(request, visit, here="accounts")
    r = frame.reader
    return frame.show(
        "secret.html",
        title=r.tell("key.new"),
        made=made,
        account=visit.desk.directory().accounts[made.account],
        model=(visit.desk.deployment_names() or ["MODEL"])[0],
        gateway=visit.desk.gateway_url,
    )


def find(desk: Desk, ident: str) -> Key:
    key = desk.directory().keys.get(ident)
    if key is None:
        raise NotFoundError("there is no such key; look at the keys of its account")
    return key


@router.get("/keys/{ident}")
def one(request: Request, visit: Changing, ident: str) -> Response:
    frame, desk = Frame(request, visit, here="accounts"), visit.desk
    key, r = find(desk, ident), frame.reader
    now = today(desk.at)
    week = Days((date.fromisoformat(now) - timedelta(days=6)).isoformat(), now)
    sums = desk.sums(["key"], week, only={"account": key.account, "key": key.id})
    account = desk.directory().accounts[key.account]
    return frame.show(
        "key.html",
        title=r.tell("key.title", name=key.name or key.hint),
        asof=r.tell("frame.asof", at=r.at(desk.at), currency=sums.currency),
        key=key,
        account=account,
        state=state(key, desk.at),
        calls=links.calls(week.first, week.last, key=key.id),
        lede=r.say(
            "key.lede" if sums.whole.receipts else "key.lede_idle",
            n=sums.whole.receipts,
            charge=r.money(sums.whole.charge, sums.currency),
            account=account.name,
        ),
        overlaps=[
            (str(h), r.tell("key.overlap_none") if h == 0 else r.tell("unit.hours", n=h))
            for h in OVERLAPS_H
        ],
    )


@router.post("/keys/{ident}/rotate")
def rotate(
    request: Request, visit: Changing, ident: str, overlap_h: Annotated[int, Form()] = 24
) -> Response:
    """The old key works on for so many hours, so that nothing stops while it is replaced."""
    find(visit.desk, ident)
    return _secret(request, visit, visit.desk.rotate_key(ident, overlap_s=overlap_h * HOUR_S))


@router.post("/keys/{ident}/revoke")
def revoke(visit: Changing, ident: str) -> Response:
    key = find(visit.desk, ident)
    visit.desk.revoke_key(key.id)
    return RedirectResponse(f"{links.account(key.account)}?said=key_revoked", 303)
