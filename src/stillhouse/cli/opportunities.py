"""`opportunities`: the workloads worth owning, ranked by what that would save."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from stillhouse.cli.billing import _month as checked_month
from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.distill_stages import at_costs, costs_of, named_paths, refusing
from stillhouse.cli.output import line, show
from stillhouse.compose.opportunities import of_log, of_month
from stillhouse.compose.terms_paths import served
from stillhouse.config.problem import ConfigError
from stillhouse.distill.economics import told
from stillhouse.distill.opportunity import Opportunity
from stillhouse.imports.formats import FORMATS
from stillhouse.terms import Exposure
from stillhouse.units.instant import period
from stillhouse.units.money import exact, invoice_unit, rounded

COLUMNS = (
    *("workload", "account", "calls", "spend", "student", "terms", "rows", "expected"),
    *("saves", "pays"),
)


def _month(ctx: click.Context, option: click.Parameter, value: str | None) -> str | None:
    return None if value is None else checked_month(ctx, option, value)


@click.command(help="Workloads worth owning: what they cost, may become and would save.")
@click.option("--month", callback=_month, help="[default: this one]")
@click.option("--account", help="Name or id.  [default: all accounts]")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A log with requests and answers, instead of the ledger.",
)
@click.option("--format", "log", type=click.Choice(FORMATS), help="[default: found out]")
@click.option("--path", default="", help="Access path of the log's lines that name none.")
@click.option("--exposure", type=click.Choice([e.value for e in Exposure]), default="internal")
@at_costs
@click.option("--top", default=50, type=click.IntRange(1), help="Rows of the table.")
@on_store(create=True)
def opportunities(
    desk: Desk,
    *,
    month: str | None,
    account: str | None,
    source: Path | None,
    log: Any,
    path: str,
    exposure: str,
    top: int,
    **assumed: Any,
) -> None:
    costs = costs_of(assumed)
    with refusing(desk):
        if source is not None:
            found = of_log(
                source,
                desk.store,
                log=log,
                path=path,
                named=named_paths(),
                exposure=Exposure(exposure),
                costs=costs,
                at=desk.at,
            )
        else:
            found = of_month(
                desk.data,
                desk.store,
                month=month or period(desk.at, "month"),
                account=None if account is None else desk.store.find_account(account).id,
                paths=_paths(),
                exposure=Exposure(exposure),
                costs=costs,
                at=desk.at,
            )
    if desk.as_json:
        for one in found:
            line(_document(one))
        return
    show(map(_row, found[:top]), as_json=False, columns=COLUMNS)
    if len(found) > top:
        click.echo(f"and {len(found) - top:,} more (--top)")


def _paths() -> dict[str, tuple[str, str]]:
    """Deployment -> (access path, licence of weights), of this house's configuration."""
    config = click.get_current_context().params.get("config")
    try:
        rows: Iterable[tuple[str, str, str, str]] = served(config)
    except ConfigError:
        return {}
    return {name: (path, weights) for name, path, _, weights in rows}


def _document(one: Opportunity) -> dict[str, Any]:
    known = one.known
    return {
        "workload": known.workload,
        "account": known.account,
        "calls": known.calls,
        "currency": known.currency or None,
        "spend": None if known.cost is None else exact(known.cost),
        "output": {"kind": known.kind, "size": known.size},
        "terms": {
            kind: {"allowed": str(share), "by": known.clauses[kind]}
            for kind, share in known.allowed.items()
        },
        "allowed": one.allowed,
        "rows": known.rows,
        "rows_needed": one.needed,
        "expected_accuracy": one.expected,
        "saves_month": exact(round(one.month)),
        "economics": None if one.pays is None else told(one.pays),
        "why": one.why,
    }


def _row(one: Opportunity) -> dict[str, Any]:
    known = one.known
    kind = known.kind or "unknown"
    size = f" of {known.size}" if kind == "classifier" else ""
    reached = one.pays.breaks_even if one.pays is not None else None
    if one.pays is None:
        pays = one.why
    elif reached is None:
        pays = f"never: {one.why}"
    else:
        days = "" if reached.days is None else f", {round(reached.days)} days"
        pays = f"after {reached.calls:,} calls{days}"
    expected = "-" if one.expected is None else f"{one.expected[0]:.0%} to {one.expected[1]:.0%}"
    return {
        "workload": known.workload,
        "account": known.account,
        "calls": f"{known.calls:,}",
        "spend": _money(Fraction(known.cost), known.currency) if known.cost is not None else None,
        "student": kind + size,
        "terms": f"{'allow' if one.allowed else 'deny'} ({known.clauses.get(kind, 'unknown')})",
        "rows": f"{known.rows:,} of {one.needed:,}" if one.needed else f"{known.rows:,}",
        "expected": expected,
        "saves": _money(one.month, known.currency) if one.month else None,
        "pays": pays,
    }


def _money(value: Fraction, currency: str) -> str | None:
    if not currency:
        return None
    return f"{currency} {rounded(value, invoice_unit(currency)):,}"
