"""`reconcile`: what providers say against what was metered; sale less cost."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import Any, get_args

import click

from stillhouse.billing.reconcile import Comparison, Margin, Row
from stillhouse.cli.billing import _month
from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import Failure, line, show
from stillhouse.cli.revenue import percent
from stillhouse.compose import margin as margins_of
from stillhouse.compose import reconcile as reconciling
from stillhouse.imports.statements import StatementFormat
from stillhouse.units.instant import period
from stillhouse.units.money import PICO_PER_UNIT, rounded

THRESHOLD = "99.5"
SHOWN = 20
PLACES = "0.000001"


def _optional_month(ctx: click.Context, option: click.Parameter, value: str | None) -> str | None:
    return None if value is None else _month(ctx, option, value)


def _threshold(_ctx: click.Context, _option: click.Parameter, value: str) -> Fraction:
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or not 0 <= number <= 100:
        raise click.BadParameter(f"{value!r} is no percentage; write it like 99.5")
    return Fraction(number) / 100


def _pairs(
    _ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    found = {}
    for value in values:
        name, equals, other = value.partition("=")
        if not (name and equals and other):
            raise click.BadParameter(f"{value!r} is no pair; write it like gpt-4o-0806=gpt-4o")
        found[name] = other
    return found


def _alone(command: Callable[..., None]) -> Callable[..., None]:
    """Run a group's own command only where no other command of it is named."""

    @wraps(command)
    def run(**options: Any) -> None:
        if click.get_current_context().invoked_subcommand is None:
            command(**options)

    return run


@click.group(
    "reconcile",
    invoke_without_command=True,
    help="What providers say they bill against what was metered, by day, model and meter.",
)
@click.option("--month", callback=_optional_month, help="The month.  [default: this one]")
@click.option(
    "--threshold",
    callback=_threshold,
    default=THRESHOLD,
    show_default=True,
    help="Exit code 1 when less than this percentage of a statement is accounted for.",
)
@click.option(
    "--model", "models", multiple=True, callback=_pairs, help="A provider's name of a model=ours."
)
@_alone
@on_store()
def reconcile(
    desk: Desk, *, month: str | None, threshold: Fraction, models: dict[str, str]
) -> None:
    said = reconciling.reconcile(
        desk.data, desk.store, month=month or period(desk.at, "month"), models=models
    )
    below = False
    for compared in said.comparisons:
        below = below or compared.below(threshold)
        if desk.as_json:
            line(_document(said.month, compared, threshold))
        else:
            _print(said.month, compared, threshold)
    for note in said.notes:
        click.echo(note, err=True)
    if below:
        click.get_current_context().exit(1)


@reconcile.command("import", help="Keep what a provider's export says; the same again is nothing.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--format",
    "form",
    required=True,
    type=click.Choice(get_args(StatementFormat)),
    help="What wrote it.",
)
@click.option("--source", help="The provider, as receipts name it.  [default: by format]")
@click.option("--timezone", help="Whose days these are, like UTC or Asia/Jakarta.")
@click.option("--currency", default="", help="Of amounts that name none (csv).")
@click.option(
    "--column",
    "columns",
    multiple=True,
    callback=_pairs,
    help="Which column is which (csv): day=..., amount=..., currency=, model=, meter=, item=.",
)
@on_store()
def import_(
    desk: Desk,
    *,
    files: tuple[Path, ...],
    form: StatementFormat,
    source: str | None,
    timezone: str | None,
    currency: str,
    columns: dict[str, str],
) -> None:
    done = reconciling.import_statement(
        desk.store,
        [_text(file) for file in files],
        form=form,
        source=source,
        timezone=timezone,
        currency=currency,
        columns=columns,
        at=desk.at,
        actor=desk.actor,
    )
    amounts = {unit or "tokens": f"{n.normalize():f}" for unit, n in sorted(done.amounts.items())}
    what = {
        "statement": done.number,
        "source": done.source,
        "lines": done.lines,
        "skipped": done.skipped,
        "first": done.first,
        "last": done.last,
        "amounts": amounts,
    }
    sums = ", ".join(f"{unit} {amount}" for unit, amount in amounts.items())
    span = f"{done.lines:,} lines of {done.source}, {done.first} to {done.last}: {sums}"
    if done.number is None:
        sentence = f"this statement was imported before; nothing changed ({span})"
    else:
        sentence = f"statement {done.number}: {span}"
    if done.skipped:
        sentence += f"; {done.skipped:,} rows of other services passed over"
    desk.tell(what, sentence)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{file} cannot be read: {error}") from None


@reconcile.command("margin", help="Sale less cost of a month, by account and model.")
@click.option("--month", callback=_optional_month, help="The month.  [default: this one]")
@click.option("--currency", help="Report in this currency (ISO 4217).  [default: the only one]")
@on_store()
def margin(desk: Desk, *, month: str | None, currency: str | None) -> None:
    made = margins_of.margins(
        desk.data,
        desk.store,
        month=month or period(desk.at, "month"),
        currency=currency.upper() if currency else None,
    )
    if not desk.as_json:
        charge = sum((m.charge for m in made.rows), Fraction(0))
        cost = sum((m.cost for m in made.rows), Fraction(0))
        part = f", {percent((charge - cost) / charge)} of the charges" if charge else ""
        click.echo(
            f"Margin of {made.month}: {made.currency} {_plain(charge - cost)}"
            f" ({_plain(charge)} less {_plain(cost)}){part}.\n"
        )
    show(
        (_margin(m, made.names, made.currency) for m in made.rows),
        as_json=desk.as_json,
        columns=("account_name", "model", "calls", "charge", "cost", "margin", "rate", "unknown"),
    )
    unknown = sum(m.unknown for m in made.rows)
    if unknown and not desk.as_json:
        click.echo(f"{unknown:,} calls have no cost price: their cost is not in these figures")


def _margin(m: Margin, names: dict[str, str], currency: str) -> dict[str, Any]:
    return {
        "account": m.account,
        "account_name": names.get(m.account, m.account),
        "model": m.model,
        "calls": m.calls,
        "currency": currency,
        "charge": _plain(m.charge),
        "cost": _plain(m.cost),
        "reported_cost": _plain(m.reported),
        "margin": _plain(m.margin),
        "rate": None if m.rate is None else percent(m.rate),
        "unknown": m.unknown,
        "unrated": m.unrated,
    }


def sentence(month: str, c: Comparison, threshold: Fraction) -> str:
    """The first thing to know, in words."""
    if c.capture is None:
        return f"{c.source} says nothing for {month}."
    words = "less than" if c.below(threshold) else "at least"
    return (
        f"{c.source} says {c.unit} {_plain(c.theirs)} for {month};"
        f" our receipts account for {percent(c.capture, '0.01')} of it,"
        f" {words} the {percent(threshold, '0.01')} that are asked for."
    )


def _print(month: str, c: Comparison, threshold: Fraction) -> None:
    click.echo(sentence(month, c, threshold))
    click.echo(f"{c.kind} by {', '.join(c.grain)}, days of {c.timezone}; {c.unit}\n")
    for names in ((), ("model",), ("meter",)):
        if names and names[0] in c.grain:
            show(map(_row, c.by(*names)), as_json=False, columns=(*names, *_FIGURES))
            click.echo()
    off = sorted((r for r in c.rows if r.difference), key=lambda r: (-abs(r.difference), r.day))
    if off:
        show(map(_row, off[:SHOWN]), as_json=False, columns=(*c.grain, *_FIGURES))
        more = f", the largest {SHOWN} shown" if len(off) > SHOWN else ""
        click.echo(f"{len(off):,} of {len(c.rows):,} rows differ{more}\n")


_FIGURES = ("ours", "theirs", "difference", "capture")


def _row(row: Row) -> dict[str, Any]:
    return {
        "day": row.day,
        "model": row.model,
        "meter": row.meter,
        "ours": _plain(row.ours),
        "theirs": _plain(row.theirs),
        "difference": _plain(row.difference),
        "capture": percent(row.captured / row.theirs, "0.01") if row.theirs > 0 else None,
    }


def _document(month: str, c: Comparison, threshold: Fraction) -> dict[str, Any]:
    return {
        "sentence": sentence(month, c, threshold),
        "month": month,
        "source": c.source,
        "kind": c.kind,
        "unit": c.unit,
        "timezone": c.timezone,
        "grain": list(c.grain),
        "ours": _plain(c.ours),
        "theirs": _plain(c.theirs),
        "difference": _plain(c.ours - c.theirs),
        "capture_percent": None if c.capture is None else _plain(c.capture * 100),
        "below_threshold": c.below(threshold),
        "rows": [_row(row) for row in c.rows],
    }


def _plain(value: Fraction) -> str:
    """Decimal text of at most six places, without zeros that say nothing."""
    return f"{Decimal(str(rounded(value * PICO_PER_UNIT, PLACES))).normalize():f}"
