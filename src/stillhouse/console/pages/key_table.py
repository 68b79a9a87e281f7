"""Keys in a table: what each spends, and whether it still opens anything."""

from collections.abc import Sequence

from stillhouse.console.house import Desk
from stillhouse.console.i18n import NONE, Reader
from stillhouse.console.pages import links
from stillhouse.console.pages.figures import by_key
from stillhouse.console.pages.table import Cell, Column, Table
from stillhouse.console.views import Days
from stillhouse.tenants import Key
from stillhouse.units.instant import Instant, period


def state(key: Key, at: Instant) -> str:
    """active, ending (it has an end), revoked or expired."""
    if key.revoked_at is not None:
        return "revoked" if key.revoked_at <= at else "ending"
    if key.expires_at is not None:
        return "expired" if key.expires_at <= at else "ending"
    return "active"


def keys_table(r: Reader, desk: Desk, keys: Sequence[Key], days: Days) -> Table:
    projects, members = desk.directory().projects, desk.directory().members
    spend: dict[str, int] = {}
    currency = "USD"
    for account in {k.account for k in keys}:
        sums = desk.sums(["key"], days, only={"account": account})
        spend |= by_key(sums.rows, 0)
        currency = sums.currency
    rows = []
    for key in sorted(
        keys, key=lambda k: (state(k, desk.at) in {"revoked", "expired"}, -k.created_at)
    ):
        now = state(key, desk.at)
        end = key.revoked_at or key.expires_at
        rows.append(
            [
                Cell(key.name or key.hint, key.name or key.hint, f"/keys/{key.id}"),
                Cell(f"{key.hint}…", key.hint, note=members.get(key.member, "")),
                Cell(projects[key.project].name if key.project in projects else key.project),
                Cell(
                    r.tell("key.all_models")
                    if key.models is None
                    else ", ".join(sorted(key.models))
                ),
                Cell(
                    r.word("key_state", now),
                    now,
                    tag="plain" if now == "active" else "amber" if now == "ending" else "",
                    note=r.at(end) if end and now == "ending" else "",
                ),
                Cell(r.day(period(key.created_at, "day")), key.created_at),
                Cell(
                    r.money(spend[key.id], currency) if key.id in spend else NONE,
                    spend.get(key.id, 0),
                    links.calls(days.first, days.last, key=key.id) if key.id in spend else None,
                ),
            ]
        )
    return Table(
        ident="keys",
        caption=r.tell("noun.keys"),
        note=r.tell("key.note"),
        columns=[
            Column("key", r.tell("noun.name")),
            Column("hint", r.tell("key.begins")),
            Column("project", r.tell("noun.project")),
            Column("models", r.tell("noun.models"), "long"),
            Column("state", r.tell("noun.state")),
            Column("created", r.tell("noun.created"), "number"),
            Column("spend_pico", r.tell("noun.spend"), "number"),
        ],
        rows=rows,
        empty=r.tell("key.none"),
    )
