"""`fx`: stored exchange rates. Stored once, never edited; the one stored last for a day counts."""

import click
import msgspec

from stillhouse.billing.fx import FxError, StoredRate
from stillhouse.billing.settings import POLICIES, Policy, SettingError
from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import Failure, show
from stillhouse.compose.invoice_settings import InvoiceSettings


@click.group(help="Stored exchange rates: set, list.")
def fx() -> None: ...


@fx.command("set", help="Store a rate: RATE units of QUOTE for one BASE.")
@click.argument("base")
@click.argument("quote")
@click.argument("rate")
@click.option("--date", required=True, help="The day it is for, like 2026-11-30.")
@click.option("--source", required=True, help="Who says so; printed on invoices.")
@click.option("--policy", type=click.Choice(POLICIES), default="month_end", show_default=True)
@on_store(create=True)
def set_(
    desk: Desk, *, base: str, quote: str, rate: str, date: str, source: str, policy: Policy
) -> None:
    stored = StoredRate(
        base=base.upper(),
        quote=quote.upper(),
        rate=rate,
        date=date,
        policy=policy,
        source=source,
    )
    try:
        new = InvoiceSettings(desk.store).set_rate(stored, at=desk.at, actor=desk.actor)
    except (FxError, SettingError) as error:
        raise Failure(str(error)) from None
    what = "stored" if new else "stored before"
    desk.tell(
        {**msgspec.to_builtins(stored), "new": new},
        f"one {stored.base} is {rate} {stored.quote} on {date} ({policy}, {source}): {what}",
    )


@fx.command("list", help="All rates, in the order in which they were stored.")
@on_store()
def list_(desk: Desk) -> None:
    show(
        (msgspec.to_builtins(rate) for rate in InvoiceSettings(desk.store).rates()),
        as_json=desk.as_json,
        columns=("base", "quote", "rate", "date", "policy", "source"),
    )
