"""Words of the `prices` commands: times, amounts and counts by meter, bands.

A price is decimal text per million tokens (per request for `--requests`), read exactly or refused.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import click

from stillhouse.tariff.plain import published
from stillhouse.tariff.prices import Tariff
from stillhouse.units.instant import Instant, instant, iso
from stillhouse.units.money import InexactAmountError, pico, pico_per_token
from stillhouse.units.usage import METERS, Meter

COUNT_MAX = 2**40
TABLE = (
    *("id", "book", "model", "account", "tier", "batch", "region", "above", "currency"),
    *("input", "output", "more", "valid_from"),
)


def moment(_ctx: click.Context, _option: click.Parameter, value: str | None) -> Instant | None:
    """A day is its first moment in UTC; a time needs its zone."""
    if value is None:
        return None
    try:
        read = datetime.fromisoformat(value)
        if len(value) == len("2026-01-01"):
            read = read.replace(tzinfo=UTC)
        return instant(read)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{value!r} is no time with a zone; write 2026-01-01 or 2026-01-01T00:00:00Z"
        ) from None


def by_meter(text: str, kind: Any = str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An option for each meter: --input, --cache-read, ..."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        for meter in reversed(METERS):
            option = "--" + meter.value.replace("_", "-")
            command = click.option(option, meter.value, type=kind, help=text.format(meter=meter))(
                command
            )
        return command

    return decorate


def prices_of(given: Mapping[str, Any]) -> dict[Meter, int]:
    """Meters with a price among a command's arguments, in pico-units per unit."""
    return {m: amount(m, given[m.value]) for m in METERS if given.get(m.value) is not None}


def amount(meter: Meter, text: str) -> int:
    try:
        price = pico(text) if meter is Meter.REQUESTS else pico_per_token(text)
    except InexactAmountError as error:
        raise click.UsageError(f"--{meter.value.replace('_', '-')}: {error}") from None
    if price < 0:
        raise click.UsageError(f"--{meter.value.replace('_', '-')}: a price cannot be negative")
    return price


def bands_of(given: tuple[str, ...]) -> dict[int, dict[Meter, int]]:
    """`--above 200000:input=6.00,output=22.50`, each the prices of calls with more input."""
    found: dict[int, dict[Meter, int]] = {}
    for text in given:
        edge, colon, rest = text.partition(":")
        pairs = [pair.partition("=") for pair in rest.split(",")]
        if not (edge.isascii() and edge.isdigit() and int(edge) and colon and rest):
            raise click.UsageError(f'--above "{text}": write it like 200000:input=6.00,output=22.5')
        unknown = [name for name, _, _ in pairs if name not in set(METERS)]
        if unknown:
            raise click.UsageError(f'--above "{text}": no meter is called {", ".join(unknown)}')
        if int(edge) in found:
            raise click.UsageError(f"--above: the band above {edge} is given twice")
        found[int(edge)] = {Meter(name): amount(Meter(name), each) for name, _, each in pairs}
    return found


def row(t: Tariff) -> dict[str, Any]:
    """A tariff for machines."""
    return {
        "id": t.id,
        "book": t.book,
        "model": t.model,
        "account": t.account,
        "tier": t.tier,
        "other_tiers": list(t.also),
        "batch": t.batch,
        "region": t.region,
        "above_input_tokens": t.above,
        "currency": t.currency,
        "prices": {m.value: published(m, p) for m, p in t.by_meter.items()},
        "valid_from": iso(t.valid_from) if t.valid_from else None,
        "known_from": iso(t.known_from) if t.known_from else None,
        "ends": t.ends,
        "source": t.source,
    }


def cells(t: Tariff) -> dict[str, Any]:
    """The same for a table: what inherits its price is not repeated."""
    shown = row(t)
    prices = shown.pop("prices")
    more = {
        name: price
        for name, price in prices.items()
        if name not in {"input", "output"} and price not in {prices.get("input"), "0.00"}
    }
    if t.price(Meter.REASONING) == t.price(Meter.OUTPUT):
        more.pop("reasoning", None)
    if t.price(Meter.IMAGE_OUT) == t.price(Meter.OUTPUT):
        more.pop("image_out", None)
    return {
        **shown,
        "tier": ",".join(filter(None, [t.tier or "standard", *t.also])),
        "above": t.above or None,
        "account": t.account or None,
        "region": t.region or None,
        "batch": t.batch or None,
        "input": prices.get("input"),
        "output": prices.get("output"),
        "more": " ".join(f"{name}={price}" for name, price in more.items()) or None,
        "valid_from": day(t.valid_from),
    }


def day(at: Instant) -> str:
    """A short time: the day alone where it is midnight."""
    if not at:
        return "when approved"
    text = iso(at)
    return text.removesuffix("T00:00:00.000000Z") if text.endswith("T00:00:00.000000Z") else text
