"""Members, invitations and machine tokens, as the console's owner changes them."""

import secrets
from collections.abc import Sequence

from stillhouse.compose.desks.parts import Part
from stillhouse.console.views import Invitation, MachineToken
from stillhouse.ledger.ports import ConflictError
from stillhouse.tenants.people import Link, Machine, Member, Role, digest, machine_secret
from stillhouse.units.instant import SECOND, Instant

HINT_LENGTH = 13
HOURS_MAX = 24 * 30


class PeoplePart(Part):
    def members(self) -> list[Member]:
        return self.parts.register.members()

    def set_member(self, member: str, *, role: Role, accounts: Sequence[str] = ()) -> Member:
        return self.parts.register.set_member(
            member, role=role, accounts=accounts, at=self.at, actor=self.who.actor
        )

    def end_member(self, member: str) -> Member:
        return self.parts.register.end_member(member, at=self.at, actor=self.who.actor)

    def invitations(self) -> list[Invitation]:
        return [_invitation(link) for link in self.parts.register.links("invitation")]

    def invite(self, role: Role, *, accounts: Sequence[str] = (), hours: int = 72) -> Invitation:
        if not 1 <= hours <= HOURS_MAX:
            raise ConflictError(f"an invitation holds 1 to {HOURS_MAX} hours, not {hours}")
        token = secrets.token_urlsafe(32)
        link = self.parts.register.add_link(
            "invitation",
            digest=digest(token),
            role=role,
            accounts=accounts,
            expires_at=Instant(self.at + hours * 3600 * SECOND),
            at=self.at,
            actor=self.who.actor,
        )
        return _invitation(link, url=f"{self.parts.console_url}/sign-in?token={token}")

    def withdraw_invitation(self, ident: str) -> None:
        self.parts.register.withdraw_link(ident, at=self.at, actor=self.who.actor)

    def tokens(self) -> list[MachineToken]:
        return [_token(machine) for machine in self.parts.register.machines()]

    def create_token(
        self,
        name: str,
        *,
        role: Role,
        accounts: Sequence[str] = (),
        expires_at: Instant | None = None,
    ) -> MachineToken:
        secret = machine_secret(secrets.token_bytes(32))
        machine = self.parts.register.add_machine(
            name,
            digest=digest(secret),
            hint=secret[:HINT_LENGTH],
            role=role,
            accounts=accounts,
            expires_at=expires_at,
            at=self.at,
            actor=self.who.actor,
        )
        return _token(machine, secret=secret)

    def revoke_token(self, ident: str) -> None:
        self.parts.register.revoke_machine(ident, at=self.at, actor=self.who.actor)


def _invitation(link: Link, url: str = "") -> Invitation:
    return Invitation(
        id=link.id,
        role=link.role.value,
        accounts=link.accounts,
        made_by=link.made_by,
        created_at=link.created_at,
        expires_at=link.expires_at,
        used_at=link.used_at,
        url=url,
    )


def _token(machine: Machine, secret: str = "") -> MachineToken:
    return MachineToken(
        id=machine.id,
        name=machine.name,
        role=machine.role.value,
        accounts=machine.accounts,
        hint=machine.hint,
        created_at=machine.created_at,
        expires_at=machine.expires_at,
        revoked_at=machine.revoked_at,
        seen_at=machine.seen_at,
        secret=secret,
    )
