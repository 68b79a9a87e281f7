"""Who may use the console, from the command line: members, invitations, machine tokens."""

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import get_args

import click

from stillhouse.cli.budgets import PRICE_CURRENCY, in_dollars
from stillhouse.cli.console import DEFAULT_URL, running_url
from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.keys import later
from stillhouse.cli.output import plain, show
from stillhouse.compose.way_in import open_register
from stillhouse.store.sqlite_desk import SQLiteDesk
from stillhouse.tenants import MemberDefault
from stillhouse.tenants.people import Machine, Member, Role, digest, machine_secret
from stillhouse.units.instant import SECOND, Instant, Span, iso
from stillhouse.units.money import exact

HINT_LENGTH = 13
ROLES = click.Choice([role.value for role in Role])


@contextmanager
def _register(desk: Desk) -> Iterator[SQLiteDesk]:
    with closing(open_register(desk.data)) as register:
        yield register


@click.group(help="Who may use the console: list, invite, set, end, tokens.")
def members() -> None: ...


@members.command("list", help="All members with their roles.")
@on_store()
def list_members(desk: Desk) -> None:
    with _register(desk) as register:
        rows = [_member(m) for m in register.members()]
    show(rows, as_json=desk.as_json, columns=("id", "email", "name", "role", "accounts", "seen_at"))


@members.command("invite", help="Print an invitation: a link that makes a member, once.")
@click.option("--role", type=ROLES, required=True)
@click.option("--account", "accounts", multiple=True, help="For role member: name or id; repeat.")
@click.option("--expires", default="72h", show_default=True, help="How long it opens.")
@on_store()
def invite(desk: Desk, *, role: str, accounts: tuple[str, ...], expires: str) -> None:
    token = secrets.token_urlsafe(32)
    with _register(desk) as register:
        link = register.add_link(
            "invitation",
            digest=digest(token),
            role=Role(role),
            accounts=accounts,
            expires_at=later(expires, desk.at, option="--expires"),
            at=desk.at,
            actor=desk.actor,
        )
    url = f"{running_url(desk) or DEFAULT_URL}/sign-in?token={token}"
    desk.tell(
        {"id": link.id, "role": role, "accounts": list(link.accounts), "url": url},
        f"{url}\n\nIt opens once, until {iso(link.expires_at)}, for a {role}.",
    )


@members.command("set", help="Give a member another role.")
@click.argument("member")
@click.option("--role", type=ROLES, required=True)
@click.option("--account", "accounts", multiple=True, help="For role member: name or id; repeat.")
@on_store()
def set_member(desk: Desk, *, member: str, role: str, accounts: tuple[str, ...]) -> None:
    with _register(desk) as register:
        found = register.set_member(
            member, role=Role(role), accounts=accounts, at=desk.at, actor=desk.actor
        )
    desk.tell(_member(found), f"{found.email} is {found.role.value}")


@members.command("end", help="Sign a member out everywhere, for good.")
@click.argument("member")
@on_store()
def end(desk: Desk, member: str) -> None:
    with _register(desk) as register:
        found = register.end_member(member, at=desk.at, actor=desk.actor)
    desk.tell(_member(found), f"{found.email} may not sign in any more")


@members.group("defaults", help="Budgets that a new member gets: set, list, remove.")
def defaults() -> None: ...


@defaults.command("set", help="Whoever joins with role member gets this budget for himself.")
@click.option("--period", "span", type=click.Choice(get_args(Span)), required=True)
@click.option("--hard", help="Refuse calls before this amount would be exceeded.")
@click.option("--soft", help="Only warn above this amount.")
@click.option("--currency", default=PRICE_CURRENCY, show_default=True, help="ISO 4217 code.")
@click.option("--fx", help="Units of the currency for one US dollar.")
@on_store()
def set_default(
    desk: Desk, *, span: Span, hard: str | None, soft: str | None, currency: str, fx: str | None
) -> None:
    amount = hard if hard is not None else soft
    if amount is None or (hard is not None and soft is not None):
        raise click.UsageError("give either --hard or --soft, with the amount")
    limit, rate = in_dollars(amount, currency=currency.upper(), fx=fx)
    default = MemberDefault(span, limit, hard is not None, currency.upper(), amount, rate)
    desk.store.set_member_default(default, at=desk.at, actor=desk.actor)
    desk.tell(_default(default), f"who joins from now on may spend USD {plain(limit)} per {span}")


@defaults.command("list", help="What a new member gets.")
@on_store()
def list_defaults(desk: Desk) -> None:
    rows = [_default(default) for default in desk.store.member_defaults()]
    show(rows, as_json=desk.as_json, columns=("span", "kind", "limit", "currency", "amount"))


@defaults.command("remove", help="New members do not get it any more.")
@click.option("--period", "span", type=click.Choice(get_args(Span)), required=True)
@on_store()
def remove_default(desk: Desk, *, span: Span) -> None:
    desk.store.remove_member_default(span, at=desk.at, actor=desk.actor)
    desk.tell({"span": span, "removed": True}, f"new members get no budget for a {span} any more")


def _default(d: MemberDefault) -> dict[str, object]:
    return {
        "span": d.span,
        "kind": "hard" if d.hard else "soft",
        "limit": exact(d.limit),
        "currency": d.currency,
        "amount": d.amount,
        "fx": d.fx,
    }


@members.group("tokens", help="Tokens for scripts: create, list, revoke.")
def tokens() -> None: ...


@tokens.command("create", help="Make a token for the Admin API. It is shown once, now.")
@click.argument("name")
@click.option("--role", type=ROLES, required=True)
@click.option("--account", "accounts", multiple=True, help="For role member: name or id; repeat.")
@click.option("--expires", help="When it ends: 30d, 12h, or 2026-12-31T00:00:00Z.")
@on_store()
def create_token(
    desk: Desk, *, name: str, role: str, accounts: tuple[str, ...], expires: str | None
) -> None:
    secret = machine_secret(secrets.token_bytes(32))
    with _register(desk) as register:
        made = register.add_machine(
            name,
            digest=digest(secret),
            hint=secret[:HINT_LENGTH],
            role=Role(role),
            accounts=accounts,
            expires_at=later(expires, desk.at, option="--expires") if expires else None,
            at=desk.at,
            actor=desk.actor,
        )
    desk.tell(
        _machine(made, desk.at) | {"secret": secret},
        f"token {made.id} ({role}). It is shown this once:\n\n    {secret}",
    )


@tokens.command("list", help="All tokens by hint; secrets are not kept.")
@on_store()
def list_tokens(desk: Desk) -> None:
    with _register(desk) as register:
        rows = [_machine(m, desk.at) for m in register.machines()]
    show(rows, as_json=desk.as_json, columns=("id", "hint", "name", "role", "accounts", "state"))


@tokens.command("revoke", help="End a token, now. This cannot be undone.")
@click.argument("ident", metavar="ID")
@on_store()
def revoke_token(desk: Desk, ident: str) -> None:
    with _register(desk) as register:
        ended = register.revoke_machine(ident, at=desk.at, actor=desk.actor)
    desk.tell(_machine(ended, Instant(desk.at + SECOND)), f"token {ended.id} has ended")


def _member(m: Member) -> dict[str, object]:
    return {
        "id": m.id,
        "email": m.email,
        "name": m.name,
        "role": m.role.value,
        "accounts": list(m.accounts),
        "created_at": iso(m.created_at),
        "seen_at": iso(m.seen_at) if m.seen_at is not None else None,
        "ended_at": iso(m.ended_at) if m.ended_at is not None else None,
    }


def _machine(m: Machine, at: Instant) -> dict[str, object]:
    return {
        "id": m.id,
        "hint": m.hint,
        "name": m.name,
        "role": m.role.value,
        "accounts": list(m.accounts),
        "state": "works" if m.holds(at) else "ended",
        "expires_at": iso(m.expires_at) if m.expires_at is not None else None,
    }
