"""Keys: what authenticates. The secret is drawn here, printed once and never stored.

A rotation makes a second key beside the first, so that nobody is cut off while the new secret
travels: the old one ends after the overlap.
"""

import re
import secrets
from datetime import datetime

import click

from stillhouse.cli.budgets import member_of
from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import Failure, show
from stillhouse.ledger.ports import Store
from stillhouse.tenants import Key, Limits, Secret
from stillhouse.tenants.key import digest, hint, secret
from stillhouse.units.instant import SECOND, Instant, instant, iso

UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(\d{1,5})([smhdw])")


@click.group(help="What authenticates: create, list, revoke, rotate.")
def keys() -> None: ...


@keys.command("create", help="Make a key. Its secret is shown once, now.")
@click.option("--account", required=True, help="Name or id of the account that pays.")
@click.option("--project", help='Name or id of the project that spends.  [default: "default"]')
@click.option("--model", "models", multiple=True, help="A deployment that it may call; repeat it.")
@click.option("--expires", help="When it ends: 30d, 12h, or 2026-12-31T00:00:00Z.")
@click.option("--name", default="", help="What it is for.")
@click.option("--member", help="E-mail or id of the member whose it is.")
@on_store()
def create_key(
    desk: Desk,
    *,
    account: str,
    project: str | None,
    models: tuple[str, ...],
    expires: str | None,
    name: str,
    member: str | None,
) -> None:
    owner = desk.store.find_account(account)
    where = desk.store.find_project(project, account=owner.id).id if project else None
    ends = later(expires, desk.at, option="--expires") if expires else None
    drawn = secret(secrets.token_bytes(32))
    key = desk.store.create_key(
        digest=digest(drawn.reveal().encode()),
        hint=hint(drawn),
        account=owner.id,
        project=where,
        name=name,
        models=list(models) or None,
        expires_at=ends,
        member=member_of(desk, member) if member else "",
        at=desk.at,
        actor=desk.actor,
    )
    _tell_once(desk, key, drawn)


@keys.command("list", help="All keys by hint; secrets are not kept.")
@click.option("--account", help="Name or id of the account.")
@on_store()
def list_keys(desk: Desk, account: str | None) -> None:
    only = desk.store.find_account(account).id if account else None
    directory = desk.store.directory()
    rows = [
        _key(key)
        | {
            "account_name": directory.accounts[key.account].name,
            "project_name": directory.projects[key.project].name,
            "state": _state(key, desk.at),
        }
        for key in directory.keys.values()
        if only in {None, key.account}
    ]
    columns = ("id", "hint", "name", "account_name", "project_name", "models", "state")
    show(rows, as_json=desk.as_json, columns=columns)


@keys.command("revoke", help="End a key, now or later. This cannot be undone.")
@click.argument("ident", metavar="ID")
@click.option("--at", "when", help="When it ends: 24h, or 2026-12-31T00:00:00Z.  [default: now]")
@on_store()
def revoke(desk: Desk, ident: str, when: str | None) -> None:
    ends = later(when, desk.at, option="--at") if when else desk.at
    key = desk.store.revoke_key(ident, when=ends, at=desk.at, actor=desk.actor)
    desk.tell(_key(key), f"key {key.id} ({key.hint}...) ends at {_when(key.revoked_at)}")


@keys.command("rotate", help="Make a new key like this one; the old one ends after the overlap.")
@click.argument("ident", metavar="ID")
@click.option("--overlap", default="24h", show_default=True, help="How long both work.")
@on_store()
def rotate(desk: Desk, ident: str, overlap: str) -> None:
    store, ends = desk.store, later(overlap, desk.at, option="--overlap")
    directory = store.directory()
    if ident not in directory.keys:
        raise Failure(f"no key {ident}; `stillhouse keys list` shows them all")
    old = directory.keys[ident]
    if _state(old, desk.at) != "active":
        raise Failure(f"key {ident} has ended; make a new one with `stillhouse keys create`")
    drawn = secret(secrets.token_bytes(32))
    # The old key ends last: a crash before that leaves a key that nobody holds, not a customer
    # without one.
    new = store.create_key(
        digest=digest(drawn.reveal().encode()),
        hint=hint(drawn),
        account=old.account,
        project=old.project,
        name=old.name,
        models=None if old.models is None else sorted(old.models),
        expires_at=old.expires_at,
        member=old.member,
        at=desk.at,
        actor=desk.actor,
    )
    _hand_on(store, old, new, desk)
    store.revoke_key(old.id, when=ends, at=desk.at, actor=desk.actor)
    _tell_once(desk, new, drawn, extra={"replaces": old.id, "replaced_until": iso(ends)})


def _hand_on(store: Store, old: Key, new: Key, desk: Desk) -> None:
    """The new key gets the old one's limits and budgets; the budgets begin at nothing spent."""
    if old.limits != Limits():
        store.set_limits("key", new.id, old.limits, at=desk.at, actor=desk.actor)
    own = [b for b in store.directory().budgets.values() if b.scope_id == old.id]
    for budget in own:
        store.set_budget(
            "key",
            new.id,
            span=budget.span,
            limit=budget.limit,
            hard=budget.hard,
            currency=budget.currency,
            amount=budget.amount,
            fx=budget.fx,
            at=desk.at,
            actor=desk.actor,
        )
    if own:
        click.echo(
            "note: the new key's budgets begin at nothing spent, and both keys work during the"
            " overlap; a budget on the project bounds them together",
            err=True,
        )


def _tell_once(desk: Desk, key: Key, drawn: Secret, extra: dict[str, str] | None = None) -> None:
    desk.tell(
        {"id": key.id, "key": drawn.reveal()} | _key(key) | (extra or {}),
        f"{drawn.reveal()}\n\nkey {key.id}. Keep the secret now: it is not stored and not shown"
        " again.",
    )


def _key(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "hint": key.hint,
        "name": key.name,
        "account": key.account,
        "project": key.project,
        "models": None if key.models is None else sorted(key.models),
        "created_at": _when(key.created_at),
        "expires_at": _when(key.expires_at),
        "revoked_at": _when(key.revoked_at),
    }


def _state(key: Key, at: Instant) -> str:
    if key.revoked_at is not None and key.revoked_at <= at:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= at:
        return "expired"
    return "active"


def _when(at: Instant | None) -> str | None:
    return None if at is None else iso(at)


def later(text: str, at: Instant, *, option: str) -> Instant:
    """A duration from now ("30d") or an instant with a time zone, not in the past."""
    if match := _DURATION.fullmatch(text):
        return Instant(at + int(match[1]) * UNITS_S[match[2]] * SECOND)
    try:
        found = instant(datetime.fromisoformat(text))
    except ValueError as error:
        raise click.BadParameter(
            f'"{text}" is neither a duration (30d, 24h, 90m) nor an instant with a time zone'
            f" (2026-12-31T00:00:00Z): {error}",
            param_hint=option,
        ) from None
    if found < at:
        raise click.BadParameter(f"{text} is in the past", param_hint=option)
    return found
