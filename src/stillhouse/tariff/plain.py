"""Tariffs as plain values, for JSON: nothing is lost on the way there and back.

Prices are decimal text of pico-units per unit, by meter; what is at its default is left out.
"""

from collections.abc import Mapping
from typing import Any

from stillhouse.tariff.prices import EVER, STANDARD, Tariff, tariff
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Meter

DEFAULTS: dict[str, Any] = {
    "account": "",
    "region": "",
    "batch": False,
    "tier": STANDARD,
    "above": 0,
    "known_from": EVER,
    "also": (),
    "ends": False,
}


def terms(given: Tariff) -> dict[str, Any]:
    """What it is for beside its model, where that is not the default."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, default in DEFAULTS.items()
        if (value := getattr(given, name)) != default
    }


def to_plain(given: Tariff) -> dict[str, Any]:
    return {
        "book": given.book,
        "model": given.model,
        "currency": given.currency,
        "valid_from": given.valid_from,
        "prices": {meter.value: str(price) for meter, price in given.by_meter.items()},
        "source": given.source,
        **terms(given),
    }


def from_plain(value: Mapping[str, Any]) -> Tariff:
    """Raises KeyError or ValueError where `value` is not what `to_plain` wrote."""
    rest = {name: value[name] for name in DEFAULTS if name in value}
    return tariff(
        book=value["book"],
        model=value["model"],
        currency=value["currency"],
        valid_from=Instant(value["valid_from"]),
        prices={Meter(meter): int(price) for meter, price in value["prices"].items()},
        source=value["source"],
        **rest,
    )


def published(meter: Meter | str, price: int) -> str:
    """A price as people write it: per million tokens, or per request; two decimals at least."""
    scale = 12 if meter == Meter.REQUESTS else 6
    whole, decimals = divmod(price, 10**scale)
    return f"{whole}.{f'{decimals:0{scale}d}'.rstrip('0'):0<2}"
