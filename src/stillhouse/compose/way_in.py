"""The console's way in for whoever has the machine: one-time sign-in links, and keys kept here.

A link is 256 random bits, stored as a digest; it opens once, within minutes. While nobody is a
member yet it makes the first owner; afterwards it signs in a member who exists.
"""

import os
import secrets
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from stillhouse.compose.log import log
from stillhouse.compose.stores import DATABASE
from stillhouse.config.settings import Settings
from stillhouse.ledger.ports import ConflictError, UnavailableError
from stillhouse.store.sqlite_desk import SQLiteDesk
from stillhouse.store.vault import open_vault
from stillhouse.tenants.people import Member, Role, digest
from stillhouse.units.instant import SECOND, Instant


def open_register(data: Path) -> SQLiteDesk:
    """The register of a data folder whose store exists. Raises as `open_store` does."""
    return SQLiteDesk(data / DATABASE)


def nobody_yet(data: Path) -> bool:
    with closing(open_register(data)) as register:
        return not register.members()


def new_link(
    register: SQLiteDesk, *, url: str, minutes: float, member: str = "", at: Instant, actor: str
) -> tuple[str, Member | None]:
    """A new one-time link, and whom it signs in; None: whoever opens it becomes the first owner.

    member: id or e-mail; "": the owner who was there first.
    """
    known = register.member(member) if member else _first_owner(register.members())
    token = secrets.token_urlsafe(32)
    register.add_link(
        "sign_in",
        digest=digest(token),
        role=known.role if known else Role.OWNER,
        accounts=known.accounts if known else (),
        member=known.id if known else "",
        expires_at=Instant(at + int(minutes * 60 * SECOND)),
        at=at,
        actor=actor,
    )
    return f"{url}/sign-in?token={token}", known


def _first_owner(members: Sequence[Member]) -> Member | None:
    owners = [m for m in members if m.role is Role.OWNER and m.ended_at is None]
    if members and not owners:
        raise ConflictError("there are members and no owner; name one with --member")
    return owners[0] if owners else None


def with_kept_keys(settings: Settings, data: Path) -> Settings:
    """Settings with the providers' keys that are kept in the store in place of the configured.

    One that cannot be opened is said and left out: the other providers go on.
    """
    try:
        with closing(open_register(data)) as register:
            kept = register.provider_keys()
    except (UnavailableError, ConflictError) as error:
        log("provider_keys_not_read", error=str(error))
        return settings
    providers = dict(settings.providers)
    for name, key in kept.items():
        if name not in providers:
            continue
        try:
            opened = open_vault(data, os.environ).open(key.sealed, name=name)
        except (UnavailableError, ConflictError) as error:
            log("provider_key_not_opened", provider=name, error=str(error))
            continue
        providers[name] = msgspec.structs.replace(providers[name], api_key=opened)
    return msgspec.structs.replace(settings, providers=providers)
