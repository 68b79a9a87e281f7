"""A public price list as rows to propose. The shape is that of genai-prices' data, as plain JSON.

    provider -> models -> blocks of prices (dated) and variants (service tier, batch)

What the list says is taken exactly or not at all. A price that is no whole number of pico-units per
token, an hour of the day, a unit that nobody meters here, a variant by something else: each is
refused, for its row or for itself, with the reason. Nothing is rounded and nothing is guessed.

    a tier of a price  {"base": b, "tiers": [{"start": n, "price": p}]}
                       the whole call is priced at p when it has more than n input tokens: a band
    a block            {"constraint": {"start_date": d}, "prices": {...}}; the last one begun holds
    a variant          {"when": {"service_tier": t}, "prices": {...}}; replaces the meters it names

`docs/reference/prices.md` lists which price goes to which meter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, NamedTuple

from stillhouse.tariff.prices import STANDARD, Book, Tariff, tariff
from stillhouse.tariff.version import WHEN_APPROVED, Refused
from stillhouse.units.instant import Instant, instant, moment
from stillhouse.units.money import MICRO_PER_UNIT, PICO_PER_UNIT
from stillhouse.units.usage import Meter

BP = 10_000
EARLIEST = date(2020, 1, 1)
"""When a block without a date is taken to begin, where history is asked for."""

METER = {
    "input_mtok": Meter.INPUT,
    "cache_read_mtok": Meter.CACHE_READ,
    "cache_write_mtok": Meter.CACHE_WRITE,
    "cache_write_5m_mtok": Meter.CACHE_WRITE,
    "cache_write_1h_mtok": Meter.CACHE_WRITE_1H,
    "output_mtok": Meter.OUTPUT,
    "output_reasoning_mtok": Meter.REASONING,
    "input_audio_mtok": Meter.AUDIO_IN,
    "output_audio_mtok": Meter.AUDIO_OUT,
    "input_image_mtok": Meter.IMAGE_IN,
    "output_image_mtok": Meter.IMAGE_OUT,
    "requests_kcount": Meter.REQUESTS,
}
"""The list's word for a unit -> our meter. Any other unit is not metered here."""
PER = {Meter.REQUESTS: 1_000}
"""Units that a listed price is for; a million tokens unless said."""
ORDINARY_TIERS = frozenset({"default", "standard", "auto"})


class NotACatalogueError(ValueError):
    """This is no price list of the shape that is read here."""


class Kind(NamedTuple):
    """What a variant is for."""

    tier: str = STANDARD
    batch: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to make of a list.

    markup_bp: added to each price, in basis points; exactly, or the row is refused.
    valid_from: of the prices that hold now. history: prices that held before, too, at their dates.
    """

    book: Book
    source: str
    now: Instant
    markup_bp: int = 0
    valid_from: Instant = WHEN_APPROVED
    history: bool = False


@dataclass(slots=True)
class Rows:
    """refused: once for each model and reason, in the order found."""

    rows: list[Tariff] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def refuse(self, what: str, reason: str) -> None:
        said = Refused(what, reason)
        if said not in self.refused:
            self.refused.append(said)


def rows(models: Iterable[tuple[str, Mapping[str, Any]]], wanted: Wanted) -> Rows:
    """Rows of these models, each under the name that comes with it.

    Raises:
        NotACatalogueError: a model's prices are of no known shape.
    """
    made = Rows()
    for name, model in models:
        try:
            _model(name, model, wanted, made)
        except (LookupError, TypeError, AttributeError, ValueError, InvalidOperation) as error:
            raise NotACatalogueError(f"{name}: {type(error).__name__}: {error}") from error
    return made


def _model(name: str, model: Mapping[str, Any], wanted: Wanted, made: Rows) -> None:
    given = model["prices"]
    blocks = given if isinstance(given, list) else [{"prices": given}]
    variants = model.get("price_variants") or []
    if any(_timed(block) for block in blocks):
        made.refuse(name, "priced by the time of day, which no price here is: not taken")
        return
    kinds: dict[Kind, list[Mapping[str, Any]]] = {Kind(): []}
    for variant in variants:
        kind = _kind(variant["when"])
        if kind is None or _timed(variant):
            said = " ".join(f"{key}={value}" for key, value in variant["when"].items())
            made.refuse(name, f"no price here is by {said}: that price is left out")
        elif kind != Kind() or variant["prices"]:
            kinds.setdefault(kind, []).append(variant)
    today = moment(wanted.now).date()
    for kind, own in kinds.items():
        before: dict[int, dict[Meter, int]] | None = None
        for day in _days(blocks, own, today, history=wanted.history):
            prices = _at(blocks, own, day, needs_own=kind != Kind())
            bands = None if prices is None else _bands(name, kind, prices, wanted, made)
            if bands is None or bands == before:
                continue
            before = bands
            made.rows += [
                tariff(
                    book=wanted.book,
                    model=name,
                    valid_from=wanted.valid_from
                    if day <= today and not wanted.history
                    else _midnight(day),
                    prices=by,
                    source=wanted.source,
                    tier=kind.tier,
                    batch=kind.batch,
                    above=above,
                )
                for above, by in bands.items()
            ]


def _timed(block: Mapping[str, Any]) -> bool:
    return "start_time" in (block.get("constraint") or {})


def _kind(when: Mapping[str, str]) -> Kind | None:
    if not when.keys() <= {"service_tier", "processing"}:
        return None
    tier, processing = when.get("service_tier", ""), when.get("processing", "batch")
    if processing != "batch":
        return None
    return Kind(STANDARD if tier in ORDINARY_TIERS else tier, "processing" in when)


def _begins(block: Mapping[str, Any]) -> date:
    start = (block.get("constraint") or {}).get("start_date")
    if start is None:
        return EARLIEST
    return start if isinstance(start, date) else date.fromisoformat(start)


def _days(
    blocks: Sequence[Mapping[str, Any]],
    variants: Sequence[Mapping[str, Any]],
    today: date,
    *,
    history: bool,
) -> list[date]:
    """Days on which the answer may change: today, what is announced, and before if asked for."""
    begins = {_begins(block) for block in (*blocks, *variants)}
    past = {day for day in begins if day <= today} if history else {today}
    return sorted(past | {day for day in begins if day > today})


def _at(
    blocks: Sequence[Mapping[str, Any]],
    variants: Sequence[Mapping[str, Any]],
    day: date,
    *,
    needs_own: bool,
) -> dict[str, Any] | None:
    """The prices on a day: the last block begun, with what the variants begun replace."""
    begun = [block for block in blocks if _begins(block) <= day] or [blocks[0]]
    own = [variant for variant in variants if _begins(variant) <= day]
    if needs_own and not own:
        return None
    prices = {key: price for key, price in begun[-1]["prices"].items() if price is not None}
    for variant in reversed(own):  # the first that names a meter wins
        prices |= {key: price for key, price in variant["prices"].items() if price is not None}
    return prices


def _bands(
    model: str, kind: Kind, prices: Mapping[str, Any], wanted: Wanted, made: Rows
) -> dict[int, dict[Meter, int]] | None:
    """Prices by meter, by band; None when the row cannot be taken."""
    known = {key: price for key, price in prices.items() if key in METER}
    for key in prices.keys() - known.keys():
        if not _same_as_cached_text(key, prices):
            made.refuse(model, f"{key} is not metered here: that price is left out")
    name = " ".join(filter(None, [model, kind.tier, "in batches" if kind.batch else ""]))
    if not any(METER[key] is not Meter.REQUESTS for key in known):
        made.refuse(name, "no price per token: not taken")
        return None
    edges = sorted({0} | {edge for price in known.values() for edge in _edges(price)})
    try:
        return {
            edge: {
                METER[key]: _exact(METER[key], _tiered(price, edge), wanted, key)
                for key, price in known.items()
            }
            for edge in edges
        }
    except _InexactError as error:
        made.refuse(name, str(error))
        return None


def _same_as_cached_text(key: str, prices: Mapping[str, Any]) -> bool:
    """Cached audio and images are metered as cache reads; that is right where they cost as much."""
    return key in {"cache_audio_read_mtok", "cache_image_read_mtok", "cache_text_read_mtok"} and (
        prices[key] == prices.get("cache_read_mtok")
    )


def _edges(price: Any) -> list[int]:
    if not isinstance(price, Mapping):
        return []
    return [int(tier["start"]) for tier in price["tiers"]]


def _tiered(price: Any, above: int) -> Any:
    """The price of a call with a little more than this much input."""
    if not isinstance(price, Mapping):
        return price
    found = price["base"]
    for tier in sorted(price["tiers"], key=lambda tier: int(tier["start"])):
        if int(tier["start"]) <= above:
            found = tier["price"]
    return found


class _InexactError(ValueError):
    """A price that cannot be represented."""


def _exact(meter: Meter, listed: Any, wanted: Wanted, key: str) -> int:
    if isinstance(listed, float):
        raise _InexactError(f"{key} {listed}: a float is not exact")
    price = Fraction(Decimal(listed)) * Fraction(BP + wanted.markup_bp, BP)
    each = price * Fraction(PICO_PER_UNIT, PER.get(meter, MICRO_PER_UNIT))
    if each.denominator != 1:
        more = f" with {wanted.markup_bp} basis points" if wanted.markup_bp else ""
        raise _InexactError(
            f"{key} {listed}{more} is no whole number of pico-units: it cannot be charged exactly"
        )
    if each < 0:
        raise _InexactError(f"{key} {listed}: a price cannot be negative")
    return each.numerator


def _midnight(day: date) -> Instant:
    return instant(datetime(day.year, day.month, day.day, tzinfo=UTC))
