"""Members: who may sign in, as what; invitations by a link; tokens for machines.

A link or a token is shown once, when it is made; afterwards only its digest exists.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from stillhouse.console.gate import Visit, allowed
from stillhouse.console.house import Desk
from stillhouse.console.i18n import Reader
from stillhouse.console.pages import choices
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.table import Cell, Column, Table
from stillhouse.console.roles import Permission, Role
from stillhouse.ledger.ports import NotFoundError

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.MEMBERS_READ))]
Changing = Annotated[Visit, Depends(allowed(Permission.MEMBERS_WRITE))]


@router.get("/members")
def members(request: Request, visit: Seen) -> Response:
    frame, desk = Frame(request, visit, here="members"), visit.desk
    r, found = frame.reader, desk.members()
    here = [m for m in found if m.ended_at is None]
    owners = sum(m.role is Role.OWNER for m in here)
    return frame.show(
        "members.html",
        title=r.tell("menu.members"),
        asof=r.tell("frame.asof_only", at=r.at(desk.at)),
        lede=r.say("members.lede", n=len(here), owners=owners),
        table=_members(r, desk),
        invitations=_invitations(r, desk),
        tokens=_tokens(r, desk),
        roles=_roles(r),
        accounts=choices.accounts(desk.directory()),
    )


def _roles(r: Reader) -> list[tuple[str, str, str]]:
    return [
        (role.value, r.tell(f"role.{role.value}"), r.tell(f"role_may.{role.value}"))
        for role in Role
    ]


def _accounts(r: Reader, desk: Desk, accounts: tuple[str, ...], role: str) -> str:
    if role != Role.MEMBER.value:
        return r.tell("members.all")
    known = desk.directory().accounts
    return ", ".join(known[a].name if a in known else a for a in accounts) or r.tell("members.none")


def _members(r: Reader, desk: Desk) -> Table:
    rows = [
        [
            Cell(m.name or m.email, m.name or m.email, f"/members/{m.id}"),
            Cell(m.email),
            Cell(r.word("role", m.role.value), m.role.value),
            Cell(_accounts(r, desk, m.accounts, m.role.value)),
            Cell(r.at(m.seen_at) if m.seen_at else r.tell("members.never"), m.seen_at or 0),
            Cell(
                r.tell("members.ended" if m.ended_at else "members.may"),
                tag="amber" if m.ended_at else "plain",
            ),
        ]
        for m in sorted(desk.members(), key=lambda m: (m.ended_at is not None, m.email))
    ]
    return Table(
        ident="members",
        caption=r.tell("menu.members"),
        columns=[
            Column("name", r.tell("noun.name")),
            Column("email", r.tell("members.email")),
            Column("role", r.tell("members.role")),
            Column("accounts", r.tell("noun.accounts"), "long"),
            Column("seen", r.tell("members.seen"), "number"),
            Column("state", r.tell("noun.state")),
        ],
        rows=rows,
    )


def _invitations(r: Reader, desk: Desk) -> Table:
    waiting = [i for i in desk.invitations() if i.used_at is None and i.expires_at > desk.at]
    rows = [
        [
            Cell(r.word("role", i.role), i.role),
            Cell(_accounts(r, desk, i.accounts, i.role)),
            Cell(i.made_by),
            Cell(r.at(i.expires_at), i.expires_at),
            Cell(r.tell("members.withdraw"), href=f"/invitations/{i.id}"),
        ]
        for i in waiting
    ]
    return Table(
        ident="invitations",
        caption=r.tell("members.invitations"),
        columns=[
            Column("role", r.tell("members.role")),
            Column("accounts", r.tell("noun.accounts"), "long"),
            Column("made_by", r.tell("members.by")),
            Column("until", r.tell("members.until"), "number"),
            Column("act", r.tell("members.withdraw"), "act"),
        ],
        rows=rows,
        sorts=False,
        empty=r.tell("members.no_invitations"),
    )


def _tokens(r: Reader, desk: Desk) -> Table:
    rows = [
        [
            Cell(t.name, t.name),
            Cell(f"{t.hint}…"),
            Cell(r.word("role", t.role), t.role),
            Cell(r.at(t.seen_at) if t.seen_at else r.tell("members.never"), t.seen_at or 0),
            Cell(r.tell("members.revoke"), href=f"/tokens/{t.id}"),
        ]
        for t in desk.tokens()
        if t.revoked_at is None
    ]
    return Table(
        ident="tokens",
        caption=r.tell("members.tokens"),
        columns=[
            Column("name", r.tell("noun.name")),
            Column("begins", r.tell("key.begins")),
            Column("role", r.tell("members.role")),
            Column("seen", r.tell("members.seen"), "number"),
            Column("act", r.tell("members.revoke"), "act"),
        ],
        rows=rows,
        sorts=False,
        empty=r.tell("members.no_tokens"),
    )


@router.get("/members/{ident}")
def one(request: Request, visit: Changing, ident: str) -> Response:
    frame, desk = Frame(request, visit, here="members"), visit.desk
    r = frame.reader
    member = next((m for m in desk.members() if m.id == ident), None)
    if member is None:
        raise NotFoundError("there is no such member; look at the list of members")
    return frame.show(
        "member.html",
        title=member.name or member.email,
        lede=r.say(
            "members.one",
            name=member.name or member.email,
            role=r.word("role", member.role.value),
            since=r.at(member.created_at),
        ),
        member=member,
        roles=_roles(r),
        accounts=choices.accounts(desk.directory()),
    )


@router.post("/members/{ident}")
def change(
    visit: Changing,
    ident: str,
    role: Annotated[str, Form()],
    account: Annotated[list[str] | None, Form()] = None,
) -> Response:
    visit.desk.set_member(
        ident, role=_role(role), accounts=choices.chosen(visit.desk, account or [])
    )
    return RedirectResponse("/members?said=member_changed", 303)


@router.post("/members/{ident}/end")
def end(visit: Changing, ident: str) -> Response:
    visit.desk.end_member(ident)
    return RedirectResponse("/members?said=member_ended", 303)


@router.post("/invitations")
def invite(
    request: Request,
    visit: Changing,
    role: Annotated[str, Form()],
    account: Annotated[list[str] | None, Form()] = None,
) -> Response:
    frame = Frame(request, visit, here="members")
    r = frame.reader
    made = visit.desk.invite(_role(role), accounts=choices.chosen(visit.desk, account or []))
    return frame.show(
        "once.html",
        title=r.tell("members.invited"),
        lede=r.say(
            "members.invited_lede", role=r.word("role", made.role), until=r.at(made.expires_at)
        ),
        secret=made.url,
        back="/members",
    )


@router.get("/invitations/{ident}")
def weigh_withdrawing(request: Request, visit: Changing, ident: str) -> Response:
    return _confirm(request, visit, "withdraw", f"/invitations/{ident}/withdraw")


@router.post("/invitations/{ident}/withdraw")
def withdraw(visit: Changing, ident: str) -> Response:
    visit.desk.withdraw_invitation(ident)
    return RedirectResponse("/members?said=invitation_withdrawn", 303)


@router.post("/tokens")
def token(
    request: Request,
    visit: Changing,
    name: Annotated[str, Form()],
    role: Annotated[str, Form()],
    account: Annotated[list[str] | None, Form()] = None,
) -> Response:
    frame = Frame(request, visit, here="members")
    r = frame.reader
    made = visit.desk.create_token(
        name.strip(), role=_role(role), accounts=choices.chosen(visit.desk, account or [])
    )
    return frame.show(
        "once.html",
        title=r.tell("members.token_made"),
        lede=r.say("members.token_lede", name=made.name, role=r.word("role", made.role)),
        secret=made.secret,
        back="/members",
    )


@router.get("/tokens/{ident}")
def weigh_revoking(request: Request, visit: Changing, ident: str) -> Response:
    return _confirm(request, visit, "revoke", f"/tokens/{ident}/revoke")


@router.post("/tokens/{ident}/revoke")
def revoke(visit: Changing, ident: str) -> Response:
    visit.desk.revoke_token(ident)
    return RedirectResponse("/members?said=token_revoked", 303)


def _confirm(request: Request, visit: Visit, what: str, action: str) -> Response:
    frame = Frame(request, visit, here="members")
    r = frame.reader
    return frame.show(
        "confirm.html",
        title=r.tell(f"members.{what}_title"),
        lede=r.say(f"members.{what}_lede"),
        undo=r.tell(f"members.{what}_undo"),
        button=r.tell(f"members.{what}"),
        action=action,
        back="/members",
    )


def _role(name: str) -> Role:
    if name not in set(Role):
        raise ValueError("no such role; choose owner, billing, reviewer or member")
    return Role(name)
