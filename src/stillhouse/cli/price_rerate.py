"""`prices rerate`: what other prices would change in a month, and what to do about it.

A preview. It reads sealed segments and the journals that are not sealed yet, and changes nothing.
"""

from collections.abc import Iterable
from typing import Any

import click

from stillhouse.billing.rerating import Proposal, Rerating
from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import line, plain, show
from stillhouse.cli.price_options import moment
from stillhouse.units.instant import Instant, month_bounds
from stillhouse.units.money import exact

MOVED = ("account", "model", "day", "receipts", "before", "after", "difference")
PROPOSED = ("kind", "account", "number", "line", "model", "meter", "quantity", "amount", "currency")


def _month(_ctx: click.Context, _option: click.Parameter, value: str) -> str:
    try:
        month_bounds(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a month; write it like 2026-11") from None
    return value


@click.command(help="What other prices would change in a month. Changes nothing.")
@click.option("--month", required=True, callback=_month, help="The month, like 2026-11.")
@click.option("--account", help="Name or id: this account's charges only.")
@click.option("--known-at", callback=moment, help="By what was known then.  [default: now]")
@click.option("--version", help="As if this version were approved.")
@on_store()
def rerate(
    desk: Desk,
    *,
    month: str,
    account: str | None,
    known_at: Instant | None,
    version: str | None,
) -> None:
    if known_at is not None and version is not None:
        raise click.UsageError("--known-at and --version are two questions: ask one at a time")
    from stillhouse.compose.rerate import rerate as preview  # noqa: PLC0415 # DuckDB takes a while

    owner = None if account is None else desk.store.find_account(account).id
    found = preview(
        desk.data,
        desk.store,
        month=month,
        account=owner,
        known_at=known_at,
        version=version,
        at=desk.at,
    )
    if desk.as_json:
        line(_document(found))
        return
    names = {ident: a.name for ident, a in desk.store.directory().accounts.items()}
    _print(found, names)


def _document(found: Rerating) -> dict[str, Any]:
    return {
        "month": found.month,
        "currency": found.currency,
        "receipts": found.receipts,
        "changed": found.changed,
        "before": exact(found.before),
        "after": exact(found.after),
        "difference": exact(found.difference),
        "difference_pico": str(found.difference),
        "charges": [
            {
                "account": m.account,
                "model": m.model,
                "day": m.day,
                "receipts": m.receipts,
                "before": exact(m.before),
                "after": exact(m.after),
                "difference": exact(m.after - m.before),
            }
            for m in found.moved
        ],
        "unpriced": [{"model": model, "receipts": n} for model, n in found.unpriced],
        "proposals": [
            {
                "kind": p.kind,
                "account": p.account,
                "number": p.number or None,
                "currency": p.currency,
                "amount": p.amount,
                "lines": [
                    {
                        "line": each.line or None,
                        "project": each.project,
                        "model": each.model,
                        "meter": each.meter,
                        "quantity": each.quantity,
                        "exact_pico": str(each.exact_pico),
                        "amount": each.amount,
                    }
                    for each in p.lines
                ],
            }
            for p in found.proposals
        ],
    }


def _print(found: Rerating, names: dict[str, str]) -> None:
    click.echo(f"{found.month}: {found.receipts:,} charged receipts")
    if found.moved:
        rows = [
            {
                "account": names.get(m.account, m.account),
                "model": m.model,
                "day": m.day,
                "receipts": f"{m.receipts:,}",
                "before": plain(m.before),
                "after": plain(m.after),
                "difference": _signed(m.after - m.before),
            }
            for m in found.moved
        ]
        show(rows, as_json=False, columns=MOVED)
    for model, n in found.unpriced:
        click.echo(f"{model}: {n:,} receipts keep their charge, no price is known for them now")
    click.echo(
        f"\n{found.changed:,} would be priced otherwise: {found.currency}"
        f" {plain(found.before)} -> {plain(found.after)}, {_signed(found.difference)}"
    )
    if found.proposals:
        click.echo("\nTo put it right:")
        show(_proposed(found.proposals, names), as_json=False, columns=PROPOSED)


def _proposed(proposals: Iterable[Proposal], names: dict[str, str]) -> Iterable[dict[str, Any]]:
    for p in proposals:
        for each in p.lines:
            yield {
                "kind": p.kind.replace("_", " "),
                "account": names.get(p.account, p.account),
                "number": p.number or "next invoice",
                "line": each.line or None,
                "model": each.model,
                "meter": each.meter,
                "quantity": f"{each.quantity:,}",
                "amount": each.amount if each.line else _signed(each.exact_pico),
                "currency": p.currency,
            }


def _signed(amount: int) -> str:
    return plain(amount) if amount < 0 else f"+{plain(amount)}"
