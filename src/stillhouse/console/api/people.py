"""Members, invitations and machine tokens."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from stillhouse.console.api.shapes import (
    Asked,
    Ident,
    MemberShape,
    Name,
    ReadsMembers,
    WritesMembers,
    member_of,
)
from stillhouse.console.views import Invitation, MachineToken
from stillhouse.tenants.people import Role
from stillhouse.units.instant import SECOND, Instant

router = APIRouter(tags=["members"])


class NewRole(Asked):
    """accounts: ids or names, for role member only."""

    role: Role
    accounts: list[Name] = Field(default_factory=list)


class NewInvitation(NewRole):
    hours: Annotated[int, Field(ge=1, le=720)] = 72


class NewToken(NewRole):
    name: Name
    expires_in_s: Annotated[int | None, Field(ge=60, le=10 * 366 * 86_400)] = None


@router.get("/members", summary="Who may use the console")
def members(visit: ReadsMembers) -> list[MemberShape]:
    return [member_of(m) for m in visit.desk.members()]


@router.put("/members/{member}", summary="Give a member another role")
def set_member(visit: WritesMembers, member: Ident, asked: NewRole) -> MemberShape:
    return member_of(visit.desk.set_member(member, role=asked.role, accounts=asked.accounts))


@router.post("/members/{member}/end", summary="Sign a member out everywhere, for good")
def end_member(visit: WritesMembers, member: Ident) -> MemberShape:
    return member_of(visit.desk.end_member(member))


@router.get("/invitations", summary="Invitations, used and unused")
def invitations(visit: ReadsMembers) -> list[Invitation]:
    return visit.desk.invitations()


@router.post("/invitations", status_code=201, summary="Make an invitation; its link is shown once")
def invite(visit: WritesMembers, asked: NewInvitation) -> Invitation:
    return visit.desk.invite(asked.role, accounts=asked.accounts, hours=asked.hours)


@router.delete("/invitations/{invitation}", status_code=204, summary="Withdraw an invitation")
def withdraw(visit: WritesMembers, invitation: Ident) -> None:
    visit.desk.withdraw_invitation(invitation)


@router.get("/tokens", summary="Machine tokens by hint; secrets are not kept")
def tokens(visit: ReadsMembers) -> list[MachineToken]:
    return visit.desk.tokens()


@router.post("/tokens", status_code=201, summary="Make a machine token; it is shown once")
def create_token(visit: WritesMembers, asked: NewToken) -> MachineToken:
    ends = None
    if asked.expires_in_s is not None:
        ends = Instant(visit.desk.at + asked.expires_in_s * SECOND)
    return visit.desk.create_token(
        asked.name, role=asked.role, accounts=asked.accounts, expires_at=ends
    )


@router.delete("/tokens/{token}", status_code=204, summary="End a machine token")
def revoke_token(visit: WritesMembers, token: Ident) -> None:
    visit.desk.revoke_token(token)
