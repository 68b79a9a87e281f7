"""How values are written in JSON: amounts as exact decimal text, instants as ISO 8601 in UTC.

A whole number of pico-units passes 2**53 at nine thousand dollars, where readers of other languages
begin to round it: so it is written as text, "12.340000000000", and only there. Inside, an amount is
an int and an instant is an Instant; these types differ in how they are written and in nothing else.
"""

from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema

from stillhouse.units.instant import Instant, iso
from stillhouse.units.money import exact
from stillhouse.units.usage import METERS


def _usage(counts: tuple[int, ...]) -> dict[str, int]:
    return {meter.value: n for meter, n in zip(METERS, counts, strict=False) if n}


Money = Annotated[
    int,
    PlainSerializer(exact, return_type=str, when_used="json"),
    WithJsonSchema(
        {"type": "string", "format": "decimal", "examples": ["12.340000000000"]},
        mode="serialization",
    ),
]
At = Annotated[
    Instant,
    PlainSerializer(iso, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
Counts = Annotated[
    tuple[int, ...],
    PlainSerializer(_usage, return_type=dict[str, int], when_used="json"),
    WithJsonSchema(
        {"type": "object", "additionalProperties": {"type": "integer"}}, mode="serialization"
    ),
]
"""in the order of METERS; written as {meter: count} of those that are not zero"""
