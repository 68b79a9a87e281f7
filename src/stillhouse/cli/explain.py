"""`explain`: what a month's bill is for, why it changed, and what it will come to."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from stillhouse.billing.bridge import EFFECTS, Effect, shown
from stillhouse.billing.bridge_svg import Bar, waterfall
from stillhouse.billing.forecast import Forecast
from stillhouse.billing.saving import Saving
from stillhouse.cli.billing import _month as checked_month
from stillhouse.cli.billing import _positive as positive
from stillhouse.cli.billing import saving_row
from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import Failure, line, show
from stillhouse.compose.books import Books
from stillhouse.compose.explain import DIMENSIONS, Days, Dimension, Explained, explain, sums_of
from stillhouse.compose.savings import saved
from stillhouse.units.instant import period
from stillhouse.units.money import exact, invoice_unit, rounded

STEADY = Fraction(1, 200)
"""a change below this is told as none"""
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
WORDS: Mapping[Effect, str] = {
    "new": "new workloads",
    "lost": "workloads that ended",
    "volume": "volume: more or fewer calls",
    "mix": "mix: what a call uses",
    "price": "price",
    "fx": "rate of exchange",
}


def _month(ctx: click.Context, option: click.Parameter, value: str | None) -> str | None:
    return None if value is None else checked_month(ctx, option, value)


@click.command("explain", help="What a bill is for, why it changed, what it will come to.")
@click.option("--month", callback=_month, help="The month, like 2026-11.  [default: this one]")
@click.option("--account", help="Name or id of the account.  [default: all accounts]")
@click.option(
    "--by",
    type=click.Choice(DIMENSIONS),
    default="workload",
    show_default=True,
    help="What the table shows.",
)
@click.option("--against", callback=_month, help="Compare with this month.  [default: the last]")
@click.option("--currency", help="Report in this currency (ISO 4217).  [default: the prices']")
@click.option("--fx", callback=positive, help="Units of it for one of the prices'.")
@click.option("--fx-against", callback=positive, help="The same, in the other month.")
@click.option("--top", default=20, type=click.IntRange(1), help="Rows of the table.")
@click.option("--svg", type=click.Path(path_type=Path), help="Write the bridge as a picture.")
@on_store()
def explain_(
    desk: Desk,
    *,
    month: str | None,
    account: str | None,
    by: Dimension,
    against: str | None,
    currency: str | None,
    fx: str | None,
    fx_against: str | None,
    top: int,
    svg: Path | None,
) -> None:
    if fx is not None and currency is None:
        raise click.UsageError("--fx needs --currency: the rate is to which one?")
    if fx_against is not None and fx is None:
        raise click.UsageError("--fx-against needs --fx")
    with sums_of(desk.data, desk.store) as asked:
        made = explain(
            asked,
            desk.store,
            month=month or period(desk.at, "month"),
            now=desk.at,
            account=None if account is None else desk.store.find_account(account).id,
            against=against,
            currency=currency.upper() if currency else None,
            rate=_rate(fx),
            rate_against=_rate(fx_against),
        )
    told = _savings(desk, made)
    if svg is not None:
        _picture(made, svg)
    if desk.as_json:
        line(_document(made, by) | {"savings": [saving_row(s) for s in told]})
    else:
        _print(made, by, top)
        for saving in told:
            click.echo(saving.words)


def _savings(desk: Desk, made: Explained) -> list[Saving]:
    """Of the month that is explained; nothing is read where nothing was released."""
    account = made.account or None
    if not desk.store.releases(account=account):
        return []
    totals = Books(desk.data, desk.store).totals(account=account, month=made.days.month)
    return saved(desk.store, totals, month=made.days.month, account=account)


def _rate(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(Decimal(text))


# -- in words


def sentence(made: Explained) -> str:
    """The first thing to know: how much, how it compares, because of what."""
    whose = f" for {made.account_name}" if made.account_name else ""
    so_far = "" if made.days.whole else " so far"
    words = f"{_named(made.days.month)}{so_far}{whose}: {_money(made, made.amount)}"
    growth = made.growth
    if growth is None:
        return f"{words}; nothing was billed in {_like(made.against)} to compare it with."
    if abs(growth) < STEADY:
        return f"{words}, as much as {_like(made.against)}."
    direction = "above" if growth > 0 else "below"
    return f"{words}, {percent(abs(growth))} {direction} {_like(made.against)}, {_because(made)}."


def _because(made: Explained) -> str:
    """By the largest effect in the direction of the change; of it, the largest workload."""
    up = made.amount > made.before
    sign = 1 if up else -1
    effect = max(EFFECTS, key=lambda e: sign * made.bridge.effects[e])
    change = max(made.bridge.changes, key=lambda c: sign * c.of(effect))
    name = made.names[change.workload]
    match effect:
        case "new":
            return f"because {name} is new ({_money(made, change.new)})"
        case "lost":
            return f"because {name} ended ({_money(made, -change.lost)} before)"
        case "fx":
            return f"because the rate of exchange {'rose' if up else 'fell'}"
        case "price":
            return f"because prices {'rose' if up else 'fell'}, most for {name}"
        case "volume" | "mix":
            by = abs(change.after / change.before - 1) if change.before else Fraction(0)
            moved = "grew" if change.after > change.before else "shrank"
            if change.before and (change.after > change.before) == up and by >= STEADY:
                return f"because {name} {moved} by {percent(by)}"
            more = "more" if up else "less"
            return f"because each call of {name} uses {more}"
    raise AssertionError(effect)


def _named(month: str) -> str:
    return f"{MONTHS[int(month[5:]) - 1]} {month[:4]}"


def _like(days: Days) -> str:
    name = _named(days.month)
    return name if days.whole else f"the first {days.count} days of {name}"


def percent(part: Fraction) -> str:
    return f"{rounded(part * 100 * 10**12, '1' if abs(part) >= Fraction(1, 10) else '0.1')} %"


def _money(made: Explained, amount: Fraction) -> str:
    return f"{made.currency} {rounded(amount, _unit(made)):,}"


def _unit(made: Explained) -> str:
    """Whole units from a thousand on; below, as an invoice; and more digits for very little."""
    most = max(made.amount, made.before)
    if most >= 1000 * 10**12:
        return "1"
    unit = invoice_unit(made.currency)
    return unit if most >= 1000 * Fraction(unit) * 10**12 else "0.000001"


def forecast_words(made: Explained, found: Forecast) -> str:
    words = f"At the month's end: about {_money(made, found.expected)}"
    if found.error is None or found.error_high is None:
        return f"{words} (not enough history to know how wrong such forecasts are)"
    return (
        f"{words}; of {found.windows} earlier forecasts like it, half were wrong by less than"
        f" {percent(found.error)} and nine in ten by less than {percent(found.error_high)}"
    )


# -- printed


def _print(made: Explained, by: Dimension, top: int) -> None:
    click.echo(sentence(made))
    if not made.days.whole:
        found = made.forecast
        click.echo(
            forecast_words(made, found)
            if found is not None
            else "Not enough history to forecast the month's end."
        )
    click.echo(f"\nBy {by}:")
    rows = made.parts[by]
    show(
        [
            {
                by: part.name,
                made.currency: f"{rounded(part.amount, _unit(made)):,}",
                "share": percent(part.share),
                "change": "new" if not part.before else _signed_percent(part.growth),
                "calls": f"{part.calls:,}",
            }
            for part in rows[:top]
        ],
        as_json=False,
        columns=(by, made.currency, "share", "change", "calls"),
    )
    if len(rows) > top:
        click.echo(f"and {len(rows) - top:,} more (--top)")
    before, after, effects = shown(made.bridge, _unit(made))
    click.echo(f"\nWhy it changed, from {_like(made.against)}:")
    show(
        [
            {"": "before", made.currency: f"{rounded(before, _unit(made)):,}"},
            *(
                {"": WORDS[e], made.currency: f"{rounded(effects[e], _unit(made)):+,}"}
                for e in EFFECTS
                if effects[e]
            ),
            {"": "now", made.currency: f"{rounded(after, _unit(made)):,}"},
        ],
        as_json=False,
        columns=("", made.currency),
    )
    if made.unrated:
        click.echo(f"\n{made.unrated:,} receipts used a meter that has no price: in no figure")


def _signed_percent(growth: Fraction | None) -> str:
    if growth is None:
        return "-"
    if growth == -1:
        return "ended"
    return ("+" if growth >= 0 else "-") + percent(abs(growth))


# -- for machines


def _document(made: Explained, by: Dimension) -> dict[str, Any]:
    found = made.bridge
    return {
        "sentence": sentence(made),
        "account": made.account or None,
        "month": made.days.month,
        "days": [made.days.first, made.days.last],
        "complete": made.days.whole,
        "against": made.against.month,
        "against_days": [made.against.first, made.against.last],
        "currency": made.currency,
        "amount": _exact(made.amount),
        "before": _exact(made.before),
        "by": by,
        "parts": [
            {
                "id": part.id,
                "name": part.name,
                "amount": _exact(part.amount),
                "before": _exact(part.before),
                "share": str(part.share),
                "growth": None if part.growth is None else str(part.growth),
                "calls": part.calls,
            }
            for part in made.parts[by]
        ],
        "bridge": {
            "effects": {e: _exact(found.effects[e]) for e in EFFECTS},
            "effects_pico": {e: str(found.effects[e]) for e in EFFECTS},
            "workloads": [
                {
                    "name": made.names[change.workload],
                    "before": _exact(change.before),
                    "after": _exact(change.after),
                    **{e: _exact(change.of(e)) for e in EFFECTS if change.of(e)},
                }
                for change in found.changes
            ],
        },
        "forecast": None if made.forecast is None else _forecast(made.forecast),
        "unrated": made.unrated,
    }


def _forecast(found: Forecast) -> dict[str, Any]:
    return {
        "expected": _exact(found.expected),
        "way": found.way,
        "windows": found.windows,
        "error": None if found.error is None else str(rounded(found.error * 10**12, "0.0001")),
        "error_nine_in_ten": (
            None if found.error_high is None else str(rounded(found.error_high * 10**12, "0.0001"))
        ),
        "days": [{"day": day.isoformat(), "amount": _exact(a)} for day, a in found.days],
    }


def _exact(amount: Fraction) -> str:
    """Decimal text to the pico-unit; `effects_pico` has the fractions that lie below it."""
    return exact(round(amount))


# -- as a picture


def _picture(made: Explained, path: Path) -> None:
    before, after, effects = shown(made.bridge, _unit(made))
    bars = [
        Bar(_short(made.against), before, total=True),
        *(Bar(e, effects[e]) for e in EFFECTS if effects[e]),
        Bar(_short(made.days), after, total=True),
    ]
    text = waterfall(
        bars,
        title=sentence(made),
        said=lambda amount: f"{rounded(amount, _unit(made)):,}",
        axis=made.currency,
    )
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise Failure(f"cannot write {path}: {error.strerror}") from error


def _short(days: Days) -> str:
    name = f"{MONTHS[int(days.month[5:]) - 1][:3]} {days.month[:4]}"
    return name if days.whole else f"1-{days.count} {name}"
