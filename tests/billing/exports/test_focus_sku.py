"""What a line sold has a name, a unit and a direction that readers of FOCUS know."""

from fractions import Fraction

import msgspec
import pytest
from tests.billing.exports.documents import made, usage

from stillhouse.billing.exports.focus_sku import described, sku, unit_of
from stillhouse.units.usage import METERS


@pytest.mark.parametrize(
    ("unit", "consumed", "pricing", "part"),
    [
        ("1000000 tokens", "Tokens", "1000000 Tokens", Fraction(1, 10**6)),
        ("request", "Requests", "Requests", Fraction(1)),
        ("unit-hour", "Unit-Hours", "Unit-Hours", Fraction(1, 3600)),
        ("", "Units", "Units", Fraction(1)),
    ],
)
def test_units_are_plural_and_capitalised(
    unit: str, consumed: str, pricing: str, part: Fraction
) -> None:
    line = msgspec.structs.replace(usage("m", "input", 1, "1"), unit=unit)
    found = unit_of(line)

    assert (consumed, pricing, part) == (found.consumed, found.pricing, found.of_smallest)


def test_every_meter_of_tokens_has_a_direction_and_a_cache_action() -> None:
    found = {m: sku(usage("gpt-4o", m.value, 1, "1")) for m in METERS if m.value != "requests"}

    assert {"Input", "Output"} == {each["x_TokenDirection"] for each in found.values()}
    assert {"None", "Read", "Write"} == {each["x_CacheAction"] for each in found.values()}
    assert None is sku(usage("gpt-4o", "requests", 1, "1"))["x_TokenDirection"]


def test_a_price_is_named_by_its_version_and_what_was_sold_is_not() -> None:
    old = sku(usage("gpt-4o", "input", 1, "1", tariff="t1"))
    new = sku(usage("gpt-4o", "input", 1, "1", tariff="t2"))

    assert old["SkuId"] == new["SkuId"]
    assert ("t1/gpt-4o/input", "t2/gpt-4o/input") == (old["SkuPriceId"], new["SkuPriceId"])


def test_a_description_can_be_read_alone() -> None:
    [line] = made([usage("gpt-4o", "input", 42, "2.50", discount_bp=1250)]).lines

    assert "gpt-4o input: 42 at 2.50 USD per 1000000 tokens less 12.5 %" == described(line)
