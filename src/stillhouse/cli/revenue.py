"""`revenue`: who brings in how much, how much hangs on one of them, and whether it grows."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from stillhouse.billing.revenue import Exposure, Growth, Share
from stillhouse.billing.shares_svg import Bar, draw
from stillhouse.cli.billing import _month as checked_month
from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import Failure, line, show
from stillhouse.compose.revenue import Report, report
from stillhouse.units.instant import period
from stillhouse.units.money import PICO_PER_UNIT, invoice_unit, rounded

TOPS = (1, 3, 5, 10)


def _month(ctx: click.Context, option: click.Parameter, value: str | None) -> str | None:
    return None if value is None else checked_month(ctx, option, value)


@click.command(help="Revenue of a month: shares, concentration, growth, exposure.")
@click.option("--month", callback=_month, default=None, help="The month.  [default: this one]")
@click.option("--currency", help="Report in this currency (ISO 4217).  [default: the only one]")
@click.option(
    "--rates",
    callback=_month,
    default=None,
    help="Month whose stored rates the constant-currency view uses.  [default: --month]",
)
@click.option("--account", "accounts", multiple=True, help="Tell what hangs on this account.")
@click.option("--top", default=20, type=click.IntRange(1), help="Accounts in the table.")
@click.option("--svg", type=click.Path(path_type=Path), help="Write the shares as a picture.")
@on_store()
def revenue(
    desk: Desk,
    *,
    month: str | None,
    currency: str | None,
    rates: str | None,
    accounts: tuple[str, ...],
    top: int,
    svg: Path | None,
) -> None:
    made = report(
        desk.data,
        desk.store,
        month=month or period(desk.at, "month"),
        currency=currency.upper() if currency else None,
        rates=rates,
        accounts=accounts,
    )
    if svg is not None:
        _picture(made, svg, top)
    if desk.as_json:
        line(_document(made))
    else:
        _print(made, top)


def sentence(made: Report) -> str:
    """The first thing to know, in words."""
    said = made.revenue
    if not said.shares:
        return f"Nobody brought in anything in {said.month}."
    largest = said.shares[0]
    words = (
        f"Revenue of {said.month} is {said.currency} {_amount(said.total, said.currency)}"
        f"{_mark(said.state)}; {_name(made, largest.account)} is {percent(largest.share)} of it"
    )
    if len(said.shares) > 1:
        words += f", of {len(said.shares):,} accounts"
    year = said.year_on_year
    if year.rate is not None:
        words += f"; {_change(year.rate)} than a year before{_mark('open', year.provisional)}"
    return words + "."


def percent(part: Fraction, unit: str = "0.1") -> str:
    return f"{rounded(part * 100 * PICO_PER_UNIT, unit)} %"


def _change(rate: Fraction) -> str:
    return f"{percent(abs(rate))} {'more' if rate >= 0 else 'less'}"


def _mark(state: str, marked: bool = True) -> str:  # noqa: FBT001, FBT002
    words = {"open": " (open: not all is invoiced)", "imported": " (from imported logs)"}
    return words.get(state, "") if marked else ""


def _name(made: Report, account: str) -> str:
    return made.names.get(account, account)


def _amount(amount: Fraction, currency: str) -> str:
    return f"{rounded(amount * PICO_PER_UNIT, invoice_unit(currency)):,}"


def _plain(amount: Fraction, currency: str) -> str:
    return str(rounded(amount * PICO_PER_UNIT, invoice_unit(currency)))


def _points(points: Fraction) -> str:
    return str(rounded(points * PICO_PER_UNIT, "0.1"))


def _print(made: Report, top: int) -> None:
    said = made.revenue
    click.echo(sentence(made))
    if not said.shares:
        return
    click.echo()
    show(
        (_row(made, share) for share in said.shares[:top]),
        as_json=False,
        columns=("rank", "account", "amount", "share", "cumulative", "month", "year", "state"),
    )
    if len(said.shares) > top:
        click.echo(f"and {len(said.shares) - top:,} more; --top shows them")
    tops = ", ".join(f"{n}: {percent(said.top(n))}" for n in TOPS if n <= len(said.shares))
    click.echo(f"\nlargest {tops}")
    without = said.hhi_without_largest
    rest = "" if without is None else f"; without the largest {_points(without)}"
    click.echo(f"HHI {_points(said.hhi)} of 10,000{rest}")
    for word, growth in _growths(made).items():
        if growth.rate is not None:
            same = ""
            if growth.constant not in {None, growth.rate}:
                same = f", {percent(growth.constant or Fraction(0))} at the rates of {made.rates}"
            click.echo(
                f"{word}: {percent(growth.rate)} on {growth.on}{same}"
                f"{_mark('open', growth.provisional)}"
            )
    for exposed in made.exposures:
        click.echo(exposure_words(made, exposed))
    if made.unrated:
        click.echo(f"{made.unrated:,} receipts used what nothing prices: in no figure here")


def _growths(made: Report) -> dict[str, Growth]:
    said = made.revenue
    return {
        "month on month": said.month_on_month,
        "year on year": said.year_on_year,
        "twelve months": said.year,
    }


def exposure_words(made: Report, exposed: Exposure) -> str:
    currency = made.revenue.currency
    words = f"if {_name(made, exposed.account)} is suspended: {percent(exposed.share)} of revenue"
    if exposed.committed:
        words += f", {currency} {_amount(exposed.committed, currency)} of committed spend"
    else:
        words += ", no committed spend"
    return f"{words}, {exposed.in_flight:,} calls in flight"


def _row(made: Report, share: Share) -> dict[str, Any]:
    return {
        "rank": share.rank,
        "account": _name(made, share.account),
        "amount": _amount(share.amount, made.revenue.currency),
        "share": percent(share.share, "0.01"),
        "cumulative": percent(share.cumulative),
        "month": _rate(share.month_on_month),
        "year": _rate(share.year_on_year),
        "state": share.state,
    }


def _rate(growth: Growth) -> str | None:
    return (
        None if growth.rate is None else f"{'+' if growth.rate >= 0 else ''}{percent(growth.rate)}"
    )


def _document(made: Report) -> dict[str, Any]:
    said = made.revenue
    currency = said.currency
    return {
        "sentence": sentence(made),
        "month": said.month,
        "currency": currency,
        "total": _plain(said.total, currency),
        "state": said.state,
        "accounts": [
            {
                "rank": s.rank,
                "account": s.account,
                "name": _name(made, s.account),
                "amount": _plain(s.amount, currency),
                "share": str(s.share),
                "share_percent": _decimal(s.share * 100),
                "state": s.state,
                "month_on_month": _growth(s.month_on_month),
                "year_on_year": _growth(s.year_on_year),
            }
            for s in said.shares
        ],
        "top_percent": {str(n): _decimal(said.top(n) * 100) for n in TOPS},
        "hhi": _decimal(said.hhi),
        "hhi_without_largest": (
            None if said.hhi_without_largest is None else _decimal(said.hhi_without_largest)
        ),
        "rates_of": made.rates,
        "month_on_month": _growth(said.month_on_month),
        "year_on_year": _growth(said.year_on_year),
        "twelve_months": _growth(said.year),
        "months": [
            {
                "month": m.month,
                "amount": _plain(m.amount, currency),
                "constant": _plain(m.constant, currency),
                "state": m.state,
            }
            for m in said.months
        ],
        "exposure": [
            {
                "account": e.account,
                "name": _name(made, e.account),
                "share_percent": _decimal(e.share * 100),
                "amount": _plain(e.amount, currency),
                "committed": _plain(e.committed, currency),
                "in_flight": e.in_flight,
            }
            for e in made.exposures
        ],
        "unrated": made.unrated,
    }


def _growth(growth: Growth) -> dict[str, Any]:
    return {
        "on": growth.on,
        "percent": None if growth.rate is None else _decimal(growth.rate * 100),
        "constant_percent": None if growth.constant is None else _decimal(growth.constant * 100),
        "provisional": growth.provisional,
    }


def _decimal(value: Fraction) -> str:
    """Decimal text of at most six places, without zeros that say nothing."""
    text = str(rounded(value * PICO_PER_UNIT, "0.000001"))
    return f"{Decimal(text).normalize():f}"


def _picture(made: Report, file: Path, top: int) -> None:
    said = made.revenue
    bars = [Bar(_name(made, s.account), s.share, percent(s.share)) for s in said.shares[:top]]
    title = (
        f"Revenue {said.month}, {said.currency} {_amount(said.total, said.currency)}, by account"
    )
    try:
        file.write_text(draw(bars, title=title), encoding="utf-8")
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}") from None
