"""What a line sold, in FOCUS's words: SKU, meter, direction of tokens, use of caches, units.

Token direction and cache action are not columns of FOCUS 1.2; the working group accepted
`TokenDirection` and `CacheAction` for 1.5 (FOCUS_Spec pull request 2682), so ours have those names
and values behind an x_.
"""

import json
import re
from dataclasses import dataclass
from fractions import Fraction

from stillhouse.billing.document import Line
from stillhouse.billing.exports.exact import written
from stillhouse.billing.exports.focus_columns import Value
from stillhouse.units.usage import INPUT_METERS, OUTPUT_METERS, Meter

_DIRECTION: dict[str, str] = {
    **{meter.value: "Input" for meter in INPUT_METERS},
    **{meter.value: "Output" for meter in OUTPUT_METERS},
}
_CACHE: dict[str, str] = {
    Meter.CACHE_READ: "Read",
    Meter.CACHE_WRITE: "Write",
    Meter.CACHE_WRITE_1H: "Write",
}
_BLOCK = re.compile(r"(\d+) (\w+)")


@dataclass(frozen=True, slots=True)
class Unit:
    """What is consumed, what is priced, and how much of the latter the smallest part is.

    FOCUS 1.2, Unit Format: plural, capitalised, a whole number in front where a block is priced.
    """

    consumed: str
    pricing: str
    of_smallest: Fraction
    smallest: str = ""


def unit_of(line: Line) -> Unit:
    """Of "1000000 tokens", "request", "unit-hour" or any other count."""
    block = _BLOCK.fullmatch(line.unit)
    if block:
        noun = _plural(block[2])
        return Unit(noun, f"{block[1]} {noun}", Fraction(1, max(1, int(block[1]))), noun)
    if line.unit == "unit-hour":
        return Unit("Unit-Hours", "Unit-Hours", Fraction(1, 3600), "Unit-Seconds")
    noun = _plural(line.unit or "unit")
    return Unit(noun, noun, Fraction(1), noun)


def _plural(noun: str) -> str:
    words = noun.strip().capitalize()
    return words if words.endswith("s") else f"{words}s"


def sku(line: Line) -> dict[str, Value]:
    """SkuId is what was sold, SkuPriceId which version of its price."""
    item = "/".join(part for part in (line.model, line.meter or line.kind) if part)
    direction = _DIRECTION.get(line.meter)
    cache = _CACHE.get(line.meter, "None") if direction else None
    details = {
        "x_CacheAction": cache,
        "x_ModelId": line.model or None,
        "x_PriceVersion": line.tariff or None,
        "x_TokenDirection": direction,
    }
    return {
        "SkuId": item,
        "SkuMeter": (line.meter or line.kind).replace("_", " ").capitalize(),
        "SkuPriceId": f"{line.tariff or line.item or 'unlisted'}/{item}",
        "SkuPriceDetails": _object(details),
        "Tags": _object({"stillhouse/workload": line.workload or None}),
        "x_Model": line.model or None,
        "x_Meter": line.meter or None,
        "x_TokenDirection": direction,
        "x_CacheAction": cache,
    }


def _object(properties: dict[str, str | None]) -> str | None:
    """FOCUS 1.2, Key-Value Format: one flat JSON object, or null when nothing is known."""
    known = {key: value for key, value in properties.items() if value is not None}
    return json.dumps(known, ensure_ascii=False, sort_keys=True) if known else None


def described(line: Line) -> str:
    """What it is and what it costs, to be read without the other columns."""
    what = line.description.strip() or " ".join(filter(None, (line.model, line.meter)))
    what = what or line.kind.replace("_", " ")
    if line.amount is None:
        return f"{what}: {line.quantity}, no price was set: not billed here"
    if line.unit_price is None:
        return what
    price = f"{line.unit_price} {line.price_currency} per {line.unit}"
    less = f" less {written(Fraction(line.discount_bp, 100))} %" if line.discount_bp else ""
    return f"{what}: {line.quantity} at {price}{less}"
