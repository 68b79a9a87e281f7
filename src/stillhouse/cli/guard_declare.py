"""`guard declare`, `purposes`: what an account's calls are for, agreed before anybody asks."""

import click

from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.keys import later
from stillhouse.cli.output import show
from stillhouse.guard.ports import Declared
from stillhouse.units.instant import iso


@click.command(help="Agree that an account evaluates: informational within so many calls a day.")
@click.argument("account")
@click.option("--calls-a-day", type=click.IntRange(1), required=True)
@click.option("--until", "ends", default="90d", show_default=True, help="When it ends.")
@click.option("--as", "name", required=True, help="Who agrees to it.")
@click.option("--reason", required=True, help="What is evaluated.")
@on_store()
def declare(
    desk: Desk, *, account: str, calls_a_day: int, ends: str, name: str, reason: str
) -> None:
    owner = desk.store.find_account(account)
    until = later(ends, desk.at, option="--until")
    lane = Declared(owner.id, "evaluation", calls_a_day, until, name)
    desk.store.declare_purpose(lane, reason=reason, at=desk.at, actor=desk.actor)
    desk.tell(
        _row(lane, owner.name),
        f"{owner.name} evaluates: up to {calls_a_day:,} calls a day until {iso(until)}",
    )


@click.command("purposes", help="What accounts have declared, and until when.")
@on_store()
def purposes(desk: Desk) -> None:
    names = {a.id: a.name for a in desk.store.directory().accounts.values()}
    rows = [_row(lane, names.get(a, a)) for a, lane in desk.store.purposes().items()]
    columns = ("account", "purpose", "calls_a_day", "until", "agreed_by")
    show(rows, as_json=desk.as_json, columns=columns)


def _row(lane: Declared, name: str) -> dict[str, object]:
    return {
        "account": name,
        "account_id": lane.account,
        "purpose": lane.purpose,
        "calls_a_day": lane.calls_a_day,
        "until": iso(lane.until),
        "agreed_by": lane.agreed_by,
    }
