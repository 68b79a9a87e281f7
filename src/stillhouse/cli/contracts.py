"""`contracts`: what an account agreed to beyond the prices, from a file.

A contract has many parts, so it is written in a TOML or JSON file and kept as a version: the file
may go. docs/how-to/close-a-month.md shows one.
"""

import tomllib
from pathlib import Path
from typing import Any

import click
import msgspec

from stillhouse.billing.contract import Contract, ContractError
from stillhouse.billing.settings import SettingError
from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import Failure, show
from stillhouse.compose.invoice_settings import InvoiceSettings

COLUMNS = ("account", "since", "currency", "discounts", "minimum", "items")


@click.group(help="Discounts, minimums, capacity, commitments, credits: set, list.")
def contracts() -> None: ...


@contracts.command("set", help="Keep the contract in FILE (TOML or JSON) as its newest version.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--account", required=True, help="Name or id of the account.")
@on_store()
def set_(desk: Desk, *, file: Path, account: str) -> None:
    owner = desk.store.find_account(account)
    try:
        contract = msgspec.convert({**_read(file), "account": owner.id}, Contract)
        new = InvoiceSettings(desk.store).set_contract(contract, at=desk.at, actor=desk.actor)
    except (ContractError, SettingError, msgspec.ValidationError) as error:
        raise Failure(f"{file}: {error}") from None
    what = "kept" if new else "kept before"
    desk.tell(
        {**msgspec.to_builtins(contract), "new": new},
        f"the contract of {owner.name} ({owner.id}) since {contract.since} is {what}",
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{file} cannot be read: {error}") from None
    try:
        if file.suffix == ".json":
            found: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
            return found
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, msgspec.MsgspecError) as error:
        raise Failure(f"{file} is neither TOML nor JSON (.json): {error}") from None


@contracts.command("list", help="All versions, in the order in which they were kept.")
@click.option("--account", help="Only this account's.")
@on_store()
def list_(desk: Desk, *, account: str | None) -> None:
    found = InvoiceSettings(desk.store).contracts(account)
    if desk.as_json:
        show((msgspec.to_builtins(each) for each in found), as_json=True, columns=())
    else:
        show(map(_row, found), as_json=False, columns=COLUMNS)


def _row(contract: Contract) -> dict[str, Any]:
    items = [c.id for c in contract.capacity]
    items += [c.id for c in contract.commitments]
    items += [p.id for p in contract.prepaid]
    return {
        "account": contract.account,
        "since": contract.since,
        "currency": contract.currency,
        "discounts": [f"{d.model or 'all'}={d.bp}" for d in contract.discounts],
        "minimum": contract.minimum,
        "items": items,
    }
