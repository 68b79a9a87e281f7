"""`prices`: what is in force, proposing and deciding, and what a call would cost.

A price is in force when the configuration names it, or when it was proposed here and approved.
Nothing is ever edited: a new price is a new row, and a correction is a row that became known later.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import Failure, line, plain, show
from stillhouse.cli.price_options import (
    COUNT_MAX,
    TABLE,
    bands_of,
    by_meter,
    cells,
    day,
    moment,
    prices_of,
    row,
)
from stillhouse.cli.price_rerate import rerate
from stillhouse.compose import catalogue
from stillhouse.compose import prices as desk_prices
from stillhouse.tariff import Tariff, UnpricedMeterError, UnpricedModelError, tariff
from stillhouse.tariff.catalogue import BP
from stillhouse.tariff.plain import published
from stillhouse.tariff.prices import INHERITS, Book
from stillhouse.tariff.version import NOTICE, WHEN_APPROVED, Change, Refused, Version
from stillhouse.units.instant import Instant, iso
from stillhouse.units.money import exact
from stillhouse.units.usage import METERS, Meter, Usage
from stillhouse.wire.tiers import tier as tier_of

VERSIONS = ("id", "state", "rows", "source", "author", "proposed_at", "decided_by", "decided_at")
CHANGES = (
    *("kind", "book", "model", "account", "region", "batch", "tier", "above", "prices"),
    "valid_from",
)
LEFT_OUT = 4
"""Names that are shown of those left out for one reason."""
BOOKS = click.Choice(["sale", "cost"])
Decorator = Callable[[Callable[..., None]], Callable[..., None]]


@click.group(help="Sale and cost prices: look, propose, approve, quote.")
def prices() -> None: ...


def _times(at: str) -> Decorator:
    """--at and --known-at."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        known = "By what was known then.  [default: by all that is known]"
        command = click.option("--known-at", callback=moment, help=known)(command)
        return click.option("--at", callback=moment, help=f"{at}  [default: now]")(command)

    return decorate


@prices.command("list", help="Prices in force, each band a row.")
@click.option("--model", help="Of this model only.")
@click.option("--book", type=BOOKS, help="Of this book only.")
@click.option("--account", help="Name or id: what this account pays, contract and list.")
@_times("In force at this moment.")
@on_store()
def list_prices(
    desk: Desk,
    *,
    model: str | None,
    book: Book | None,
    account: str | None,
    at: Instant | None,
    known_at: Instant | None,
) -> None:
    found = desk_prices.in_force(
        desk.store,
        at=desk.at if at is None else at,
        known_at=known_at,
        model=model,
        book=book,
        account=None if account is None else desk.store.find_account(account).id,
    )
    _show(found, as_json=desk.as_json)


def _show(tariffs: Iterable[Tariff], *, as_json: bool) -> None:
    if as_json:
        show(map(row, tariffs), as_json=True, columns=TABLE)
        return
    rows = [cells(t) for t in tariffs]
    used = [name for name in TABLE if any(r.get(name) is not None for r in rows)]
    show(rows, as_json=False, columns=used or TABLE)


@prices.command("show", help="One price, in force or not, as receipts name it.")
@click.argument("ident", metavar="ID")
@on_store()
def show_price(desk: Desk, *, ident: str) -> None:
    found = desk_prices.find(desk.store, ident)
    if desk.as_json:
        line(row(found))
        return
    for name, value in row(found).items():
        if name == "prices":
            for meter, each in value.items():
                unit = "request" if meter == Meter.REQUESTS else "1000000 tokens"
                click.echo(f"{meter:<20} {each} {found.currency} for {unit}")
        elif value not in ("", None, False, [], 0):
            click.echo(f"{name:<20} {value}")


prices.add_command(rerate)


@prices.command("versions", help="Proposed, approved and rejected versions, the newest first.")
@on_store()
def list_versions(desk: Desk) -> None:
    rows = [_version(v) for v in desk_prices.list_versions(desk.store)]
    show(rows, as_json=desk.as_json, columns=VERSIONS)


@prices.command("set", help="Propose one price by hand; with --approve, approve it at once.")
@click.option("--model", required=True, help="The model, as deployments name it.")
@click.option("--book", type=BOOKS, default="sale", show_default=True)
@click.option("--account", help="Name or id: a contracted price of this account.")
@click.option("--tier", default="", help="The service tier that this is the price of.")
@click.option("--other-tier", multiple=True, help="A tier that this price is for, too.")
@click.option("--region", default="", help="The deployments' region that it is for.")
@click.option("--batch", is_flag=True, help="The price in batches.")
@by_meter("Price of {meter}, per million; like 2.50.")
@click.option("--above", multiple=True, help="A band: 200000:input=6.00,output=22.50.")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217 code.")
@click.option("--valid-from", callback=moment, help="From when.  [default: when approved]")
@click.option("--end", is_flag=True, help="Nothing is priced here any more; the list applies.")
@click.option("--source", default="by hand", show_default=True, help="Where it is from.")
@click.option("--approve", "approved", is_flag=True, help="Approve it, too.")
@on_store(create=True)
def set_price(
    desk: Desk,
    *,
    model: str,
    book: Book,
    account: str | None,
    tier: str,
    other_tier: tuple[str, ...],
    region: str,
    batch: bool,
    above: tuple[str, ...],
    currency: str,
    valid_from: Instant | None,
    end: bool,
    source: str,
    approved: bool,
    **given: Any,
) -> None:
    bands = {0: prices_of(given)} | bands_of(above)
    if end and (above or bands[0]):
        raise click.UsageError("--end prices nothing: leave the prices out")
    if not end and not all(bands.values()):
        raise click.UsageError("name at least one price, like --input 2.50 --output 10.00")
    if tier == "auto" or "auto" in other_tier:
        raise click.UsageError("auto is no tier of its own: the provider says which one it was")
    owner = "" if account is None else desk.store.find_account(account).id
    try:
        rows = [
            tariff(
                book=book,
                model=model,
                valid_from=WHEN_APPROVED if valid_from is None else valid_from,
                prices=by,
                currency=currency.upper(),
                source=source,
                account=owner,
                region=region,
                batch=batch,
                tier=tier_of(tier) or "",
                above=edge,
                also=[tier_of(name) or "" for name in other_tier],
                ends=end,
            )
            for edge, by in bands.items()
        ]
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    made = desk_prices.propose(desk.store, rows, source=source, at=desk.at, actor=desk.actor)
    if made.version is None:
        raise Failure("nothing to propose: this is the price in force already")
    version = made.version
    if approved:
        version = _approve(desk, version.id)
    _tell(desk, version)


def _tell(desk: Desk, version: Version, *, same: int = 0) -> None:
    """A version and what it changes. same: prices that were left out, being in force already."""
    if desk.as_json:
        changes = [_change(c) for c in version.changes]
        line(_version(version) | {"same": same, "changes": changes})
        return
    _show_changes(version.changes)
    _show_refused(version.refused)
    if same:
        click.echo(f"left out: {same} prices that are in force already")
    said = f"\n{version.id} is {version.state}"
    if version.state == "proposed":
        said += f"; `stillhouse prices approve {version.id}` puts it in force"
    elif version.state == "approved":
        said += "; gateways price by it"
    click.echo(said)


@prices.command("import", help="Propose the prices of a public list, with what they change.")
@click.option("--provider", "providers", multiple=True, help="Of this provider, like openai.")
@click.option("--model", "models", multiple=True, help="This model, under this name; any number.")
@click.option("--book", type=BOOKS, required=True, help="What they become.")
@click.option("--markup-bp", type=int, default=0, help="Added to each price, in basis points.")
@click.option("--valid-from", callback=moment, help="From when.  [default: when approved]")
@click.option("--history", is_flag=True, help="Earlier prices too, each from its own date.")
@click.option(
    "--from",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of genai-prices' data.  [default: the installed package]",
)
@on_store(create=True)
def import_prices(
    desk: Desk,
    *,
    providers: tuple[str, ...],
    models: tuple[str, ...],
    book: Book,
    markup_bp: int,
    valid_from: Instant | None,
    history: bool,
    file: Path | None,
) -> None:
    if markup_bp <= -BP:
        raise click.UsageError(f"--markup-bp {markup_bp} leaves no price")
    if history and valid_from is not None:
        raise click.UsageError("--history dates each price itself: leave --valid-from out")
    listed = catalogue.from_package() if file is None else catalogue.from_file(file)
    found = catalogue.taken(
        listed,
        book=book,
        providers=providers,
        models=models,
        markup_bp=markup_bp,
        valid_from=WHEN_APPROVED if valid_from is None else valid_from,
        history=history,
        at=desk.at,
    )
    made = desk_prices.propose(
        desk.store,
        found.rows,
        source=listed.source,
        refused=found.refused,
        at=desk.at,
        actor=desk.actor,
    )
    if made.version is not None:
        _tell(desk, made.version, same=made.same)
        return
    left_out = [[r.what, r.reason] for r in found.refused]
    what = {"id": None, "rows": 0, "same": made.same, "refused": left_out, "source": listed.source}
    if not desk.as_json:
        _show_refused(found.refused)
    desk.tell(what, f"{made.same} prices of {listed.source} are in force already")


@prices.command("diff", help="What a version changes.")
@click.argument("version")
@on_store()
def diff(desk: Desk, *, version: str) -> None:
    found = desk_prices.diff(desk.store, version, at=desk.at)
    if desk.as_json:
        show(map(_change, found), as_json=True, columns=CHANGES)
        return
    _show_changes(found)
    _show_refused(desk_prices.version(desk.store, version).refused)


@prices.command("approve", help="Put a proposed version in force.")
@click.argument("version")
@on_store()
def approve(desk: Desk, *, version: str) -> None:
    _tell(desk, _approve(desk, version))


def _approve(desk: Desk, version: str) -> Version:
    """Approve, and come back when what begins with the approval is in force."""
    made = desk_prices.approve(desk.store, version, at=desk.at, actor=desk.actor)
    if made.decided_at == desk.at and any(row.valid_from == WHEN_APPROVED for row in made.rows):
        begins = desk.at + NOTICE - time.time_ns() // 1000
        time.sleep(min(max(begins, 0), NOTICE) * 1e-6)
    return made


@prices.command("reject", help="Decide that a proposed version is not wanted.")
@click.argument("version")
@click.option("--reason", required=True, help="Why; its author reads it.")
@on_store()
def reject(desk: Desk, *, version: str, reason: str) -> None:
    made = desk_prices.reject(desk.store, version, reason=reason, at=desk.at, actor=desk.actor)
    desk.tell(_version(made), f"{made.id} is rejected: {made.reason}")


@prices.command("quote", help="What one call would be charged, by the function of the bill.")
@click.option("--model", required=True, help="The model, as prices name it.")
@click.option("--book", type=BOOKS, default="sale", show_default=True)
@click.option("--account", help="Name or id: by its contract, where it has one.")
@click.option("--tier", default="", help="The service tier.")
@click.option("--region", default="", help="The deployment's region.")
@click.option("--batch", is_flag=True, help="In a batch.")
@by_meter("Units of {meter}.", click.IntRange(0, COUNT_MAX))
@_times("When the call is admitted.")
@on_store()
def quote(
    desk: Desk,
    *,
    model: str,
    book: Book,
    account: str | None,
    tier: str,
    region: str,
    batch: bool,
    at: Instant | None,
    known_at: Instant | None,
    **given: Any,
) -> None:
    counts = {meter.value: given[meter.value] or 0 for meter in METERS}
    if given[Meter.REQUESTS.value] is None:
        counts[Meter.REQUESTS.value] = 1
    try:
        found = desk_prices.quote(
            desk.store,
            Usage(**counts),
            model=model,
            at=desk.at if at is None else at,
            book=book,
            known_at=known_at,
            account="" if account is None else desk.store.find_account(account).id,
            region=region,
            batch=batch,
            tier=tier_of(tier) or "",
        )
    except (UnpricedModelError, UnpricedMeterError) as error:
        raise Failure(f"{error}; `stillhouse prices list` shows what has a price") from None
    rows = [
        {
            "meter": each.meter.value,
            "quantity": each.quantity,
            "unit_price": published(each.meter, each.price),
            "amount": exact(each.amount) if desk.as_json else plain(each.amount),
        }
        for each in found.lines
    ]
    currency = found.tariff.currency
    if desk.as_json:
        whole = {"price": row(found.tariff), "lines": rows, "currency": currency}
        line(whole | {"charge": exact(found.charge), "charge_pico": str(found.charge)})
        return
    show(rows, as_json=False, columns=("meter", "quantity", "unit_price", "amount"))
    click.echo(f"\n{currency} {plain(found.charge)} by {found.tariff.id}, {found.tariff.slot}")


def _show_changes(found: Iterable[Change]) -> None:
    rows = [_cells(c) for c in found]
    used = [name for name in CHANGES if any(r[name] is not None for r in rows)]
    show(rows, as_json=False, columns=used or CHANGES)


def _show_refused(refused: Iterable[Refused]) -> None:
    """By reason, because one reason often holds for many."""
    by: dict[str, list[str]] = {}
    for each in refused:
        by.setdefault(each.reason, []).append(each.what)
    for reason, names in by.items():
        more = len(names) - LEFT_OUT
        said = ", ".join(names[:LEFT_OUT]) + (f" and {more} more" if more > 0 else "")
        click.echo(f"{said}: {reason}")


def _version(v: Version) -> dict[str, Any]:
    return {
        "id": v.id,
        "state": v.state,
        "rows": len(v.rows),
        "refused": [[r.what, r.reason] for r in v.refused],
        "source": v.source,
        "hash": v.hash,
        "author": v.author,
        "proposed_at": iso(v.proposed_at),
        "decided_by": v.decided_by or None,
        "decided_at": None if v.decided_at is None else iso(v.decided_at),
        "reason": v.reason,
    }


def _change(c: Change) -> dict[str, Any]:
    return {
        "kind": c.kind,
        "book": c.book,
        "model": c.model,
        "account": c.account,
        "tier": c.tier,
        "batch": c.batch,
        "region": c.region,
        "above_input_tokens": c.above,
        "currency": c.currency,
        "valid_from": iso(c.valid_from),
        "replaces": c.replaces or None,
        "before": {meter: published(meter, p) for meter, p in c.before.items()},
        "after": {meter: published(meter, p) for meter, p in c.after.items()},
    }


def _cells(c: Change) -> dict[str, Any]:
    """Meters that change, old -> new, but for those that change as what they inherit from."""
    told = []
    for meter in c.before.keys() | c.after.keys():
        old, new = c.before.get(meter), c.after.get(meter)
        parent = INHERITS.get(Meter(meter), meter)
        alike = parent != meter and (old, new) == (c.before.get(parent), c.after.get(parent))
        if old != new and not alike and not (old is None and new == 0):
            words = [published(meter, p) for p in (old, new) if p is not None]
            gone = [] if new is not None else ["none"]
            told.append((list(METERS).index(Meter(meter)), meter, " -> ".join(words + gone)))
    return {
        "kind": c.kind,
        "book": c.book,
        "model": c.model,
        "account": c.account or None,
        "region": c.region or None,
        "batch": c.batch or None,
        "tier": c.tier or "standard",
        "above": c.above or None,
        "prices": ", ".join(f"{meter} {said}" for _, meter, said in sorted(told)) or None,
        "valid_from": day(c.valid_from),
    }
