"""`bill`, `receipts` and `verify`: what an account owes, call by call, and whether it all adds up.

They read sealed segments and the journals that are not sealed yet, so the answer is right while the
service runs and while it does not. Amounts are decimal text.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from stillhouse.billing.invoice import Free, Invoice, InvoiceError, Line, Rate, invoice
from stillhouse.billing.saving import Saving
from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import Failure, line, plain, show
from stillhouse.compose.books import Books
from stillhouse.compose.savings import saved
from stillhouse.ledger.receipt import flag_names, receipt_id
from stillhouse.ledger.verify import Verdict
from stillhouse.tenants import Directory
from stillhouse.tenants.key import is_imported
from stillhouse.units.instant import iso, month_bounds
from stillhouse.units.money import exact, rounded
from stillhouse.units.usage import METERS

PICO = "0.000000000001"
LINE_COLUMNS = ("project", "model", "meter", "quantity", "unit_price", "unit", "amount")


def _month(_ctx: click.Context, _option: click.Parameter, value: str) -> str:
    try:
        month_bounds(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a month; write it like 2026-11") from None
    return value


def _positive(_ctx: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or number <= 0:
        raise click.BadParameter(f"{value!r} is not a number above zero; write it like 16100")
    return value


@click.command(help="An account's bill of one month, up to this moment.")
@click.option("--account", required=True, help="Name or id of the account.")
@click.option("--month", required=True, callback=_month, help="The month, like 2026-11.")
@click.option("--currency", help="Invoice in this currency (ISO 4217).  [default: the prices']")
@click.option("--fx", callback=_positive, help="Units of the currency for one of the prices'.")
@click.option("--fx-source", default="given on the command line", help="Who says so.")
@click.option("--unit", callback=_positive, help='What lines are rounded to, like "0.01" or "1".')
@on_store()
def bill(
    desk: Desk,
    *,
    account: str,
    month: str,
    currency: str | None,
    fx: str | None,
    fx_source: str,
    unit: str | None,
) -> None:
    owner = desk.store.find_account(account)
    totals = Books(desk.data, desk.store).totals(account=owner.id, month=month)
    try:
        made = invoice(
            [t for t in totals if not is_imported(t.key)],  # somebody else billed those
            desk.store.tariffs(),
            account=owner.id,
            period=month,
            currency=currency.upper() if currency else None,
            rate=Rate(fx, fx_source) if fx else None,
            unit=unit,
        )
    except InvoiceError as error:
        raise Failure(f"{error} (--fx)" if "rate" in str(error) else str(error)) from None
    names = desk.store.directory()
    told = saved(desk.store, totals, month=month, account=owner.id)
    if desk.as_json:
        line(_document(made, owner.name, names) | {"savings": [saving_row(s) for s in told]})
    else:
        _print(made, owner.name, names)
        for saving in told:
            click.echo(saving.words)


def _document(made: Invoice, name: str, names: Directory) -> dict[str, Any]:
    return {
        "account": made.account,
        "account_name": name,
        "period": made.period,
        "currency": made.currency,
        "unit": made.unit,
        "price_currency": made.price_currency,
        "fx": None if made.rate is None else {"rate": made.rate.rate, "source": made.rate.source},
        "lines": [_line(each, names) for each in made.lines],
        "not_charged": [_free(each, names) for each in made.free],
        "total": str(made.total),
        "exact_pico": str(made.exact),
        "residue": str(rounded(made.residue, PICO)),
        "receipts": made.receipts,
        "unrated": made.unrated,
    }


def saving_row(saving: Saving) -> dict[str, Any]:
    """A release's saving; in no total."""
    return {
        "release": saving.release,
        "account": saving.account,
        "workload": saving.workload,
        "teacher": saving.teacher,
        "student": saving.student,
        "month": saving.month,
        "calls": saving.calls,
        "would_have_pico": str(saving.would_have),
        "charged_pico": str(saving.charged),
        "saved_pico": str(saving.saved),
        "currency": saving.currency,
    }


def _line(each: Line, names: Directory) -> dict[str, Any]:
    return {
        "project": _project(each.project, names),
        "project_id": each.project,
        "model": each.model,
        "meter": each.meter.value,
        "quantity": each.quantity,
        "unit": each.unit,
        "unit_price": each.unit_price,
        "amount": None if each.amount is None else str(each.amount),
        "exact_pico": str(each.exact),
    }


def _free(each: Free, names: Directory) -> dict[str, Any]:
    return {
        "project": _project(each.project, names),
        "project_id": each.project,
        "model": each.model,
        "receipts": each.receipts,
        "usage": {meter.value: n for meter, n in each.usage.items()},
    }


def _project(ident: str, names: Directory) -> str:
    known = names.projects.get(ident)
    return known.name if known else ident


def _print(made: Invoice, name: str, names: Directory) -> None:
    click.echo(f"{name} ({made.account}), {made.period}, {made.receipts:,} receipts\n")
    rows = []
    for each in made.lines:
        row = _line(each, names)
        row["quantity"] = f"{each.quantity:,}"
        row["unit_price"] = f"{each.unit_price} {made.price_currency}" if each.unit_price else None
        row["amount"] = "no price" if each.amount is None else f"{each.amount:,}"
        rows.append(row)
    show(rows, as_json=False, columns=LINE_COLUMNS)
    click.echo(f"\nTotal {made.currency} {made.total:,}")
    if made.rate is not None:
        click.echo(
            f"at {made.rate.rate} {made.currency} for one {made.price_currency}, {made.rate.source}"
        )
    click.echo(
        f"exact {made.price_currency} {exact(made.exact)};"
        f" rounding left out {made.currency} {plain(round(made.residue))}"
    )
    if made.unrated:
        click.echo(f"{made.unrated:,} receipts used a meter that has no price: not in the total")
    for free in made.free:
        used = ", ".join(f"{n:,} {meter.value}" for meter, n in free.usage.items()) or "nothing"
        click.echo(
            f"not charged: receipts {free.receipts:,}, {_project(free.project, names)},"
            f" {free.model}: {used}"
        )


@click.command(help="What was metered for an account in one month, call by call.")
@click.option("--account", required=True, help="Name or id of the account.")
@click.option("--month", required=True, callback=_month, help="The month, like 2026-11.")
@on_store()
def receipts(desk: Desk, *, account: str, month: str) -> None:
    owner = desk.store.find_account(account)
    tariffs = desk.store.tariffs()
    currencies = {name: t.currency for name, t in tariffs.items()}
    with Books(desk.data, desk.store).receipts(account=owner.id, month=month) as rows:
        show(
            (_receipt(row, currencies) for row in rows),
            as_json=desk.as_json,
            columns=("id", "admitted_at", "project", "model", "outcome", "witness", "charge"),
        )


def _receipt(row: Mapping[str, Any], currencies: Mapping[str, str]) -> dict[str, Any]:
    """A receipt for people and their programs; first_byte_us is null when no byte came."""
    usage = {m.value: row[m.value] for m in METERS if row[m.value]}
    first = row["first_byte_us"]
    return {
        "id": receipt_id(row["writer"], row["seq"]),
        "call": receipt_id(row["writer"], row["call"]),
        "admitted_at": iso(row["admitted_at"]),
        "account": row["account"],
        "project": row["project"],
        "key": row["key"],
        "deployment": row["deployment"],
        "provider": row["provider"],
        "model": row["model"],
        "surface": row["surface"],
        "stream": row["stream"],
        "status": row["status"],
        "outcome": row["outcome"],
        "witness": row["witness"],
        "flags": flag_names(row["flags"]),
        "usage": usage,
        "charge": exact(int(row["charge"])),
        "charge_pico": str(int(row["charge"])),
        "currency": currencies.get(row["sale_tariff"]),
        "cost": exact(int(row["cost"])),
        "cost_pico": str(int(row["cost"])),
        "hold_pico": str(int(row["hold"])),
        "budgets": row["budgets"].split(),
        "sale_tariff": row["sale_tariff"],
        "cost_tariff": row["cost_tariff"],
        "workload": row["workload"],
        "cohort": row["cohort"],
        "terms": row["terms"] or None,
        "first_byte_us": None if first < 0 else first,
        "latency_us": row["latency_us"],
    }


@click.command(help="Check that no receipt is lost, doubled, mispriced or changed.")
@on_store()
def verify(desk: Desk) -> None:
    found = Books(desk.data, desk.store).verify()
    if desk.as_json:
        line(_verdict(found))
    else:
        _explain(found)
    if not found.ok:
        click.get_current_context().exit(1)


def _verdict(found: Verdict) -> dict[str, Any]:
    return {
        "ok": found.ok,
        "receipts": found.receipts,
        "lost": found.lost,
        "duplicated": found.duplicated,
        "mispriced": found.mispriced,
        "open_holds": found.open_holds,
        "in_flight": found.in_flight,
        "problems": [
            {"kind": p.kind, "found": p.found, "remedy": p.remedy} for p in found.problems
        ],
    }


def _explain(found: Verdict) -> None:
    click.echo(
        f"{found.receipts:,} receipts: {found.lost:,} lost, {found.duplicated:,} doubled,"
        f" {found.mispriced:,} mispriced; {found.open_holds:,} holds left open,"
        f" {found.in_flight:,} calls in flight"
    )
    for p in found.problems:
        click.echo(f"\n{p.kind}: {p.found}\n  {p.remedy}")
    click.echo("\nEverything adds up." if found.ok else f"\n{len(found.problems)} problems.")
