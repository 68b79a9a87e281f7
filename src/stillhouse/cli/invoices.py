"""`invoices`: draft, approve, finalise, credit, list, prove; and the settings they are made by.

With `--json` a finalised document is printed as its canonical text: saved to a file, that is the
invoice which `stillhouse verify-invoice` and any other program can check.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click
import msgspec

from stillhouse.billing.contract import ContractError
from stillhouse.billing.corrections import UncoveredError
from stillhouse.billing.credit import CreditError, Take
from stillhouse.billing.document import DRAWN, Document, Line, to_json
from stillhouse.billing.draft import DraftError
from stillhouse.billing.fx import FxError, MissingRateError
from stillhouse.billing.settings import DEFAULT_ISSUER, POLICIES, SettingError, TaxRule
from stillhouse.billing.states import StepError
from stillhouse.cli.bars import bars
from stillhouse.cli.billing import _month
from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import Failure, line, plain, show
from stillhouse.compose.invoice_settings import InvoiceSettings
from stillhouse.compose.invoices import Invoices, Row, Stage
from stillhouse.compose.month import Month, Result

COLUMNS = ("line", "kind", "period", "for", "quantity", "unit_price", "unit", "amount")
LIST_COLUMNS = ("state", "number", "account_name", "period", "currency", "total", "credited", "due")
REFUSALS = (
    StepError,
    CreditError,
    ContractError,
    DraftError,
    FxError,
    MissingRateError,
    SettingError,
    UncoveredError,
)


class _Refusing(click.Group):
    """Errors of the domain as one sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except REFUSALS as error:
            raise Failure(str(error)) from error


@click.group(cls=_Refusing, help="Invoices: draft, approve, finalise, credit, list, prove.")
def invoices() -> None: ...


_account = click.option("--account", help="Name or id of the account.")
_all = click.option("--all", "every", is_flag=True, help="Of all accounts, one after the other.")
_of_month = click.option("--month", required=True, callback=_month, help="The month, like 2026-11.")


@invoices.command("draft", help="Work out an account's invoice of a month; nothing is owed yet.")
@_account
@_all
@_of_month
@on_store()
def draft(desk: Desk, *, account: str | None, every: bool, month: str) -> None:
    if owner := _one(account, every=every):
        _print(desk, _desk(desk).draft(owner, month, at=desk.at, actor=desk.actor))
    else:
        _results(desk, _prepared(desk, month).draft())


@invoices.command("approve", help="Approve the draft as it stands.")
@_account
@_all
@_of_month
@on_store()
def approve(desk: Desk, *, account: str | None, every: bool, month: str) -> None:
    if owner := _one(account, every=every):
        stage = _desk(desk).approve(owner, month, at=desk.at, actor=desk.actor)
        _told(desk, stage, "is approved by " + stage.approved_by)
    else:
        _results(desk, _of_all(desk, month).approve())


@invoices.command("finalise", help="Give the approved draft its number, for good.")
@_account
@_all
@_of_month
@click.option("--leave-unpriced", is_flag=True, help="Leave usage without a price on it, unpaid.")
@on_store()
def finalise(
    desk: Desk, *, account: str | None, every: bool, month: str, leave_unpriced: bool
) -> None:
    if owner := _one(account, every=every):
        stage = _desk(desk).finalise(
            owner, month, leave_unpriced=leave_unpriced, at=desk.at, actor=desk.actor
        )
        _told(desk, stage, f"is {stage.row.number}, due {stage.row.due}")
    else:
        _results(desk, _prepared(desk, month).finalise(leave_unpriced=leave_unpriced))


@invoices.command("prepare", help="Read a month's receipts ahead, so that its close is quick.")
@_of_month
@on_store()
def prepare(desk: Desk, *, month: str) -> None:
    """Work that closing a month needs and that does not depend on prices; safe to repeat."""
    n = _read_ahead(_of_all(desk, month))
    desk.tell({"month": month, "segments": n}, f"{month} is prepared: {n:,} segments were read.")


def _one(account: str | None, *, every: bool) -> str | None:
    if every == bool(account):
        raise click.UsageError("name an account by --account, or take --all")
    return account


def _of_all(desk: Desk, month: str) -> Month:
    return Month(desk.data, desk.store, month, at=desk.at, actor=desk.actor)


def _prepared(desk: Desk, month: str) -> Month:
    found = _of_all(desk, month)
    _read_ahead(found)
    return found


def _read_ahead(month: Month) -> int:
    with bars() as on:
        return month.prepare(lambda done, of: on.bar("reading receipts", of).to(done))


def _results(desk: Desk, results: Iterable[Result]) -> None:
    """A line each as it comes, then how many; exit 1 if any failed."""
    counts: Counter[str] = Counter()
    for each in results:
        counts[each.state] += 1
        if desk.as_json:
            line(asdict(each))
            continue
        said = f"{each.number or each.state} {each.currency} {each.total}".rstrip()
        click.echo(f"{each.account_name} ({each.account}): {each.error or said}")
    if not desk.as_json:
        click.echo(", ".join(f"{n:,} {state}" for state, n in counts.items()) or "nothing to do")
    if counts["failed"]:
        click.get_current_context().exit(1)


@invoices.command("show", help="One document by its number, or an account's month as it stands.")
@click.argument("number", required=False)
@click.option("--account", help="Name or id of the account.")
@click.option("--month", help="The month, like 2026-11.")
@on_store()
def show_(desk: Desk, *, number: str | None, account: str | None, month: str | None) -> None:
    found = _desk(desk)
    if number:
        _print(desk, found.document(number))
    elif account and month:
        month = _month(click.get_current_context(), click.Option(["--month"]), month)
        _print(desk, found.get(account, month, at=desk.at))
    else:
        raise click.UsageError("name a document's NUMBER, or --account and --month")


@invoices.command("list", help="Drafts, then documents in the order of their numbers.")
@click.option("--account", help="Only this account's.")
@click.option("--month", help="Only of this month.")
@on_store()
def list_(desk: Desk, *, account: str | None, month: str | None) -> None:
    rows = [_row(row) for row in _desk(desk).rows(account=account, period=month)]
    show(rows, as_json=desk.as_json, columns=LIST_COLUMNS)


@invoices.command("credit", help="Take back a finalised invoice, or lines of it.")
@click.argument("number")
@click.option("--line", "lines", multiple=True, help="A line's id, or ID=AMOUNT of it. Repeat.")
@click.option("--quantity", "quantities", multiple=True, help="ID=N: this much of a line. Repeat.")
@click.option("--reason", required=True, help="Why, for the customer.")
@click.option("--reopen", is_flag=True, help="All of it: its month may be invoiced again.")
@on_store()
def credit(
    desk: Desk,
    *,
    number: str,
    lines: Sequence[str],
    quantities: Sequence[str],
    reason: str,
    reopen: bool,
) -> None:
    takes = [_take(text) for text in lines] + [_take(text, quantity=True) for text in quantities]
    stage = _desk(desk).credit(
        number, takes, reason=reason, reopen=reopen, at=desk.at, actor=desk.actor
    )
    row = stage.row
    _told(desk, stage, f"takes back {row.currency} {row.total.lstrip('-')} of {number}")


def _take(text: str, *, quantity: bool = False) -> Take:
    ident, equals, much = text.partition("=")
    if not ident.isdigit() or (quantity and not much.isdigit()) or (equals and not much):
        form = "ID=N" if quantity else "ID or ID=AMOUNT"
        raise click.BadParameter(f"{text!r} is not {form}")
    if quantity:
        return Take(int(ident), quantity=int(much))
    return Take(int(ident), amount=much or None)


@invoices.command("proof", help="Prove that these receipts are on a finalised invoice.")
@click.argument("number")
@click.argument("receipts", nargs=-1, required=True)
@on_store()
def proof(desk: Desk, *, number: str, receipts: Sequence[str]) -> None:
    """RECEIPTS are ids like w7-1234, or files with one on each line. Prints the proof file."""
    from stillhouse.cli.verify_invoice import receipt_ids  # noqa: PLC0415 # its own command

    wanted = list(receipt_ids(receipts))
    made = _desk(desk).proof(number, wanted)
    click.echo(msgspec.json.encode(made).decode())


# -- settings


@invoices.command("settings", help="Who issues and in what form; with --account, what differs.")
@click.option("--account", help="Name or id of an account: its own settings.")
@click.option("--issuer", default=None, help="Which issuer.  [default: default]")
@click.option("--name", help="Name on the invoice.")
@click.option("--address", multiple=True, help="A line of the address. Repeat.")
@click.option("--tax-id", help="Tax number.")
@click.option("--email", help="Where to write to.")
@click.option("--bank", multiple=True, help="A line of how to pay. Repeat. Issuers only.")
@click.option("--prefix", help="Of the numbers, like INV-. Issuers only.")
@click.option("--currency", help="ISO 4217.  [default: that of the prices]")
@click.option("--unit", help='What lines are rounded to, like "0.01" or "1".')
@click.option("--language", type=click.Choice(["en", "id"]), help="Of the printed invoice.")
@click.option("--tax", "taxes", multiple=True, help="NAME=BASIS_POINTS, like PPN=1100; or none.")
@click.option("--due-days", type=int, help="Days to pay.")
@click.option("--fx-policy", type=click.Choice(POLICIES), help="Which stored rate is taken.")
@click.option("--note", "notes", multiple=True, help="A line at the end. Repeat.")
@on_store(create=True)
def settings(desk: Desk, *, account: str | None, issuer: str | None, **given: Any) -> None:
    known = InvoiceSettings(desk.store)
    taxes = given.pop("taxes")
    changes = {name: value for name, value in given.items() if value not in {None, ()}}
    if taxes:
        changes["taxes"] = _taxes(taxes)
    if "currency" in changes:
        changes["currency"] = changes["currency"].upper()
    if account is None:
        found = known.issuer(issuer or DEFAULT_ISSUER)
        if changes:
            found = msgspec.structs.replace(found, **changes)
            known.set_issuer(found, at=desk.at, actor=desk.actor)
        _settings(desk, found)
        return
    for name in {"bank", "prefix"} & changes.keys():
        raise click.UsageError(f"--{name} is an issuer's: leave --account out")
    own = known.customer(account)
    if issuer is not None:
        changes["issuer"] = issuer
    if changes:
        own = msgspec.structs.replace(own, **changes)
        known.set_customer(account, own, at=desk.at, actor=desk.actor)
    _settings(desk, own)


def _taxes(texts: Sequence[str]) -> tuple[TaxRule, ...]:
    if list(texts) == ["none"]:
        return ()
    rules = []
    for text in texts:
        name, _, bp = text.rpartition("=")
        if not name or not bp.isdigit():
            raise click.BadParameter(f"{text!r} is not NAME=BASIS_POINTS; 11 % is 1100")
        rules.append(TaxRule(name=name, rate_bp=int(bp)))
    return tuple(rules)


def _settings(desk: Desk, now: msgspec.Struct) -> None:
    found = {name: getattr(now, name) for name in now.__struct_fields__}
    found["taxes"] = None if found["taxes"] is None else [_tax(t) for t in found["taxes"]]
    if desk.as_json:
        line(msgspec.to_builtins(found))
        return
    for name, value in found.items():
        shown = "; ".join(map(str, value)) if isinstance(value, list | tuple) else value
        click.echo(f"{name:10} {'(as the issuer)' if shown is None else shown}")


def _tax(rule: TaxRule) -> str:
    return f"{rule.name}={rule.rate_bp}"


# -- printing


def _desk(desk: Desk) -> Invoices:
    return Invoices(desk.data, desk.store)


def _row(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(row)
    return found


def _told(desk: Desk, stage: Stage, what: str) -> None:
    row = stage.row
    name = f"{row.account_name} {row.period}: {row.currency} {row.total}"
    desk.tell(_row(row), f"{name} {what}")


def _print(desk: Desk, stage: Stage) -> None:
    document, row = stage.document, stage.row
    if desk.as_json:
        click.echo(to_json(document))
        return
    click.echo(
        f"{row.number or row.state}: {document.customer.name} ({row.account}), {document.period},"
        f" {document.receipts.count:,} receipts\n"
    )
    rows = [_line(each) for each in document.lines]
    show(rows, as_json=False, columns=COLUMNS)
    _sums(document)
    if row.notes:
        click.echo(f"credited {document.currency} {row.credited} by {', '.join(row.notes)}")


def _line(each: Line) -> Mapping[str, Any]:
    quantity = f"{int(each.quantity):,}"
    if each.unit.startswith(DRAWN):
        quantity = plain(int(each.quantity))
    what = [each.project_name or each.project, each.workload, each.model, each.meter, each.item]
    return {
        "line": each.id,
        "kind": each.kind,
        "period": each.period,
        "for": " / ".join(part for part in what if part),
        "quantity": None if each.quantity == "0" else quantity,
        "unit_price": each.unit_price and f"{each.unit_price} {each.price_currency}",
        "unit": each.unit.removeprefix(DRAWN),
        "amount": "no price" if each.amount is None else each.amount,
    }


def _sums(document: Document) -> None:
    click.echo(f"\nSubtotal {document.currency} {document.subtotal}")
    for tax in document.taxes:
        click.echo(f"{tax.name} ({tax.rate_bp} bp on {tax.base}) {document.currency} {tax.amount}")
    click.echo(f"Total {document.currency} {document.total}")
    for fx in document.fx:
        click.echo(f"at {fx.rate} {fx.quote} for one {fx.base}, {fx.source}, {fx.date}")
    click.echo(f"rounding left out {document.currency} {document.residue}")
    if document.unrated:
        click.echo(f"{document.unrated:,} receipts used a meter that has no price")
