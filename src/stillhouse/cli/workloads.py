"""`workloads`: the tasks behind the bill; their names, merges and defaults."""

from fractions import Fraction
from typing import Any

import click

from stillhouse.cli.billing import _month as checked_month
from stillhouse.cli.billing import _positive as positive
from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.explain import _rate as rate_of
from stillhouse.cli.explain import percent
from stillhouse.cli.output import Failure, line, show
from stillhouse.compose.explain import sums_of
from stillhouse.compose.workloads import Listing, Workload, found
from stillhouse.compose.workloads import workloads as listed
from stillhouse.ledger.ports import NotFoundError
from stillhouse.units.instant import period
from stillhouse.units.money import exact, invoice_unit, rounded
from stillhouse.workloads.answers import ENOUGH, Output

COLUMNS = ("workload", "account", "amount", "share", "change", "calls", "p50", "p95", "output")


def _month(ctx: click.Context, option: click.Parameter, value: str | None) -> str | None:
    return None if value is None else checked_month(ctx, option, value)


def _asked(command: Any) -> Any:
    """The options of `list` and `show`."""
    for option in reversed(
        (
            click.option("--month", callback=_month, help="[default: this one]"),
            click.option("--account", help="Name or id.  [default: all accounts]"),
            click.option("--against", callback=_month, help="[default: the month before]"),
            click.option("--currency", help="Report in this currency (ISO 4217)."),
            click.option("--fx", callback=positive, help="Units of it for one of the prices'."),
        )
    ):
        command = option(command)
    return command


@click.group(help="The tasks that make up the bill: list, show, name, merge, split.")
def workloads() -> None: ...


def _listing(
    desk: Desk,
    *,
    month: str | None,
    account: str | None,
    against: str | None,
    currency: str | None,
    fx: str | None,
) -> Listing:
    with sums_of(desk.data, desk.store) as asked:
        return listed(
            asked,
            desk.store,
            desk.data,
            month=month or period(desk.at, "month"),
            now=desk.at,
            account=None if account is None else desk.store.find_account(account).id,
            against=against,
            currency=currency.upper() if currency else None,
            rate=rate_of(fx),
        )


@workloads.command("list", help="Every workload of a month, the dearest first.")
@_asked
@click.option("--top", default=50, type=click.IntRange(1), help="Rows of the table.")
@on_store()
def list_(desk: Desk, *, top: int, **asked: str | None) -> None:
    listing = _listing(desk, **asked)
    rows = listing.workloads
    if desk.as_json:
        for workload in rows:
            line(_document(workload, listing))
        return
    show((_row(w, listing) for w in rows[:top]), as_json=False, columns=COLUMNS)
    if len(rows) > top:
        click.echo(f"and {len(rows) - top:,} more (--top)")


@workloads.command("show", help="One workload, by name or id.")
@click.argument("workload")
@_asked
@on_store()
def show_(desk: Desk, *, workload: str, **asked: str | None) -> None:
    listing = _listing(desk, **asked)
    one = found(listing, workload)
    if desk.as_json:
        line(_document(one, listing))
        return
    for name, value in _lines(one, listing):
        click.echo(f"{name:<12}{value}")


def _lines(w: Workload, listing: Listing) -> list[tuple[str, str]]:
    days = listing.explained.days
    said = [
        ("workload", f"{w.name} ({w.account_name})"),
        ("id", f"{w.id or '-'}, {_ORIGINS[w.origin]}"),
        ("called", f"{w.first} to {w.last}" if w.first else "-"),
        ("spend", f"{_money(w.amount, listing)} from {days.first} to {days.last}"),
        ("share", percent(w.share)),
        ("change", f"{_change(w)} on {listing.explained.against.month}"),
        ("calls", f"{w.calls:,}"),
        ("tokens", f"{w.tokens_in:,} in, {w.tokens_out:,} out"),
        (
            "latency",
            "unknown"
            if w.p50_us is None
            else f"half within {_ms(w.p50_us)}, 95 % within {_ms(w.p95_us)}",
        ),
        ("output", _output(w.output)),
        ("cache", _cache(w, listing)),
    ]
    if w.merged:
        said.insert(2, ("merged", ", ".join(w.merged)))
    return said


_ORIGINS = {
    "declared": "declared",
    "template": "found by its template",
    "none": "no template was found and none was declared",
    "other": "names beyond the daily limit of a key",
}


def _row(w: Workload, listing: Listing) -> dict[str, Any]:
    return {
        "workload": w.name,
        "account": w.account_name,
        "amount": _money(w.amount, listing),
        "share": percent(w.share),
        "change": _change(w),
        "calls": f"{w.calls:,}",
        "p50": _ms(w.p50_us),
        "p95": _ms(w.p95_us),
        "output": _output(w.output),
    }


def _change(w: Workload) -> str:
    if w.growth is None:
        return "new"
    if w.growth == -1:
        return "ended"
    return ("+" if w.growth >= 0 else "-") + percent(abs(w.growth))


def _ms(us: int | None) -> str:
    return "-" if us is None else f"{us // 1000:,} ms"


def _output(output: Output) -> str:
    match output.kind:
        case "unknown":
            return f"unknown ({output.looked} of {ENOUGH} answers seen)"
        case "closed labels":
            return f"{output.size} labels"
        case "fixed JSON":
            return "JSON, 1 shape" if output.size == 1 else f"JSON, {output.size} shapes"
        case "free text":
            return "free text"


def _cache(w: Workload, listing: Listing) -> str:
    c = w.caching
    if c is None or not c.input:
        return "unknown"
    words = (
        f"{percent(Fraction(c.cacheable, c.input))} of the input could come from a cache at most,"
        f" {percent(Fraction(c.cached, c.input))} did"
    )
    if not c.saving and c.unused:
        return f"{words}; the price list makes no difference"
    return (
        f"{words}; that would save {listing.explained.currency} {_saving(c.saving or 0, listing)}"
    )


def _saving(saving: int, listing: Listing) -> str:
    rates = list(listing.explained.rates[1].values())
    amount = Fraction(saving) * (rates[0] if len(rates) == 1 else 1)
    return f"{rounded(amount, invoice_unit(listing.explained.currency)):,} at most"


def _money(amount: Fraction, listing: Listing) -> str:
    currency = listing.explained.currency
    return f"{currency} {rounded(amount, invoice_unit(currency)):,}"


def _document(w: Workload, listing: Listing) -> dict[str, Any]:
    c = w.caching
    return {
        "account": w.account,
        "account_name": w.account_name,
        "id": w.id,
        "name": w.name,
        "origin": w.origin,
        "merged": list(w.merged),
        "first": w.first or None,
        "last": w.last or None,
        "month": listing.explained.days.month,
        "currency": listing.explained.currency,
        "amount": exact(round(w.amount)),
        "before": exact(round(w.before)),
        "share": str(w.share),
        "growth": None if w.growth is None else str(w.growth),
        "calls": w.calls,
        "tokens_in": w.tokens_in,
        "tokens_out": w.tokens_out,
        "latency_p50_us": w.p50_us,
        "latency_p95_us": w.p95_us,
        "output": {"kind": w.output.kind, "size": w.output.size, "looked": w.output.looked},
        "caching": None
        if c is None
        else {
            "input_tokens": c.input,
            "cacheable_tokens": c.cacheable,
            "cached_tokens": c.cached,
            "saving_pico": None if c.saving is None else str(c.saving),
        },
        "trend": [exact(round(amount)) for amount in w.trend],
    }


# -- decisions


@workloads.command(help="Give a workload a readable name; an empty one takes it away.")
@click.argument("workload")
@click.argument("name")
@click.option("--account", required=True, help="Name or id of the account.")
@on_store()
def rename(desk: Desk, *, workload: str, name: str, account: str) -> None:
    owner = desk.store.find_account(account)
    ident = _ident(desk, owner.id, workload)
    desk.store.rename_workload(owner.id, ident, name, at=desk.at, actor=desk.actor)
    told = {"account": owner.id, "id": ident, "name": name}
    desk.tell(told, f"{ident} is called {name} now" if name else f"{ident} has no name now")


@workloads.command(help="Count a workload as part of another; past months too.")
@click.argument("workload")
@click.argument("into")
@click.option("--account", required=True, help="Name or id of the account.")
@on_store()
def merge(desk: Desk, *, workload: str, into: str, account: str) -> None:
    owner = desk.store.find_account(account)
    one, other = _ident(desk, owner.id, workload), _ident(desk, owner.id, into)
    desk.store.merge_workload(owner.id, one, other, at=desk.at, actor=desk.actor)
    told = {"account": owner.id, "id": one, "into": other}
    desk.tell(told, f"{one} is counted as {other} now; undo it with `stillhouse workloads split`")


@workloads.command(help="Undo a merge.")
@click.argument("workload")
@click.option("--account", required=True, help="Name or id of the account.")
@on_store()
def split(desk: Desk, *, workload: str, account: str) -> None:
    owner = desk.store.find_account(account)
    ident = _ident(desk, owner.id, workload)
    desk.store.split_workload(owner.id, ident, at=desk.at, actor=desk.actor)
    desk.tell({"account": owner.id, "id": ident}, f"{ident} is counted by itself again")


@workloads.command(help="What calls are for that do not say it; an empty NAME removes it.")
@click.argument("name")
@click.option("--account", help="Name or id of the project's account.")
@click.option("--project", help="Name or id of a project.")
@click.option("--key", help="Id of a key.")
@on_store()
def default(
    desk: Desk, *, name: str, account: str | None, project: str | None, key: str | None
) -> None:
    if (project is None) == (key is None):
        raise click.UsageError("name one: --project or --key")
    if project is not None:
        ident = _project(desk, project, account)
        desk.store.set_workload_default("project", ident, name, at=desk.at, actor=desk.actor)
    else:
        ident = str(key)
        desk.store.set_workload_default("key", ident, name, at=desk.at, actor=desk.actor)
    sentence = f"calls of {project or key} that do not say it are for {name} now"
    if not name:
        sentence = f"calls of {project or key} have no default any more"
    desk.tell({"scope": "project" if project else "key", "id": ident, "workload": name}, sentence)


def _project(desk: Desk, project: str, account: str | None) -> str:
    if account is not None:
        return desk.store.find_project(project, account=account).id
    hits = [p.id for p in desk.store.directory().projects.values() if project in (p.id, p.name)]
    if not hits:
        raise NotFoundError(f"no project {project}; `stillhouse projects list` shows them all")
    if len(hits) > 1:
        raise Failure(f"{len(hits)} accounts have a project {project}: choose with --account")
    return hits[0]


def _ident(desk: Desk, account: str, name_or_id: str) -> str:
    """Of what has a name its id; else as it was written, which is how receipts say it."""
    for row in desk.store.workloads(account=account):
        if row.name == name_or_id:
            return row.id
    return name_or_id
