"""What a provider's export says -> lines by day, item, model and meter. All of it or nothing.

    openai-costs            pages or buckets of the costs endpoint (JSON, or one per line)
    openai-usage            the same of the usage endpoints
    azure-cost-management   CSV of actual or amortized cost
    csv                     any table, with a mapping of its columns

A day is a calendar day in one named time zone. A bucket that is not within one day of that zone,
a date that names no zone where nobody said which, two ways to read a date: each is refused with
what to say, because a shifted day would look like a difference that is none.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal, InvalidOperation
from io import StringIO
from typing import Any, Literal, get_args

import msgspec

from stillhouse.imports.instants import from_text
from stillhouse.imports.items import line_item, meter_name, meter_word
from stillhouse.ledger.ports import StatementLine
from stillhouse.units.usage import Meter

StatementFormat = Literal["openai-costs", "openai-usage", "azure-cost-management", "csv"]
STATEMENT_FORMATS: tuple[StatementFormat, ...] = get_args(StatementFormat)
SOURCES: dict[StatementFormat, str] = {
    "openai-costs": "openai",
    "openai-usage": "openai",
    "azure-cost-management": "azure",
    "csv": "",
}
"""format -> who says it, as receipts name the provider; "": the operator says"""
EXACT = Context(prec=200)
DECIMALS_MAX, AMOUNT_MAX = 60, 10**15


class StatementError(ValueError):
    """This export cannot be read; the message says where and what to do."""


class AmbiguousDayError(StatementError):
    """It does not say which day is meant, in which time zone."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone. day: of an instant in microseconds, its day there. said: somebody named it."""

    name: str
    day: Callable[[int], str]
    said: bool = True


@dataclass(slots=True)
class Read:
    """lines: one per day, item, model, meter and currency. skipped: rows of other services."""

    lines: list[StatementLine] = field(default_factory=list)
    skipped: int = 0


class _Bucket(msgspec.Struct):
    start_time: int
    end_time: int
    results: list[dict[str, Any]]


class _Page(msgspec.Struct):
    data: list[_Bucket] | None = None
    has_more: bool = False
    next_page: str | None = None
    start_time: int | None = None
    end_time: int | None = None
    results: list[dict[str, Any]] | None = None


class _Money(msgspec.Struct):
    value: Decimal
    currency: str


def read(
    texts: Iterable[str],
    *,
    form: StatementFormat,
    zone: Zone,
    currency: str = "",
    columns: Mapping[str, str] | None = None,
) -> Read:
    """Read the files of one export.

    Args:
        texts: the files, in any order; together they are one statement.
        form: what wrote them.
        zone: in which a day begins and ends.
        currency: of amounts that name none (csv).
        columns: ours (day, amount, currency, model, meter, item) -> the table's (csv).

    Raises:
        StatementError: something in it cannot be read.
        AmbiguousDayError: its days cannot be told.
    """
    said = Read()
    sums: dict[tuple[str, str, str, str, str], Decimal] = {}
    for text in texts:
        match form:
            case "openai-costs":
                rows = _costs(text, zone)
            case "openai-usage":
                rows = _usage(text, zone)
            case "azure-cost-management":
                rows = _azure(text, said)
            case "csv":
                rows = _table(text, zone, currency, columns or {})
        for *key, amount in rows:
            day, item, model, meter, unit = key
            name = (day, item, model, meter, unit)
            sums[name] = EXACT.add(sums.get(name, Decimal(0)), amount)
    said.lines = [StatementLine(*name, amount) for name, amount in sorted(sums.items())]
    if not said.lines:
        raise StatementError("there is nothing in it; is it the right file and format?")
    return said


_Row = tuple[str, str, str, str, str, Decimal]
"""day, item, model, meter, currency, amount"""


def _costs(text: str, zone: Zone) -> Iterator[_Row]:
    for bucket in _buckets(text):
        day = _day(bucket, zone)
        for row in bucket.results:
            try:
                money = msgspec.convert(row.get("amount"), _Money, strict=False)
            except msgspec.ValidationError as error:
                raise StatementError(f"a cost of {day}: amount: {error}") from None
            item = row.get("line_item") or ""
            model, meter = line_item(str(item))
            yield day, str(item), model, meter, money.currency.upper(), _finite(money.value, day)


def _usage(text: str, zone: Zone) -> Iterator[_Row]:
    for bucket in _buckets(text):
        day = _day(bucket, zone)
        for row in bucket.results:
            model = row.get("model") or ""
            for meter, count in _counts(row, day).items():
                if count:
                    yield day, str(model), str(model), meter.value, "", Decimal(count)


def _counts(row: Mapping[str, Any], day: str) -> dict[Meter, int]:
    """Totals and parts of them -> disjoint meters."""

    def n(name: str) -> int:
        value = row.get(name) or 0
        if not isinstance(value, int) or value < 0:
            raise StatementError(f"the usage of {day}: {name} is no count")
        return value

    cached, written, audio_in = (
        n("input_cached_tokens"),
        n("input_cache_write_tokens"),
        n("input_audio_tokens"),
    )
    audio_out = n("output_audio_tokens")
    return {
        Meter.INPUT: max(n("input_tokens") - cached - written - audio_in, 0),
        Meter.CACHE_READ: cached,
        Meter.CACHE_WRITE: written,
        Meter.AUDIO_IN: audio_in,
        Meter.OUTPUT: max(n("output_tokens") - audio_out, 0),
        Meter.AUDIO_OUT: audio_out,
        Meter.REQUESTS: n("num_model_requests"),
    }


def _buckets(text: str) -> Iterator[_Bucket]:
    """Of a page, a list of pages or buckets, or one of them per line."""
    pages = _pages(text)
    for place, page in enumerate(pages):
        if page.data is not None:
            yield from page.data
            if page.has_more and place == len(pages) - 1:
                raise StatementError(
                    "the export is not whole: its last page says has_more; fetch the page"
                    f" {page.next_page} and give all pages together"
                )
        elif page.start_time is not None and page.end_time is not None:
            yield _Bucket(page.start_time, page.end_time, page.results or [])
        else:
            raise StatementError("neither a page nor a bucket of OpenAI's costs or usage endpoint")


def _pages(text: str) -> list[_Page]:
    decode = msgspec.json.decode
    body = text.removeprefix("\ufeff").strip()
    try:
        if body.startswith("["):
            return decode(body, type=list[_Page])
        try:
            return [decode(body, type=_Page)]
        except msgspec.DecodeError:
            return [decode(line, type=_Page) for line in body.splitlines() if line.strip()]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StatementError(
            f"it is not JSON of OpenAI's costs or usage endpoint: {error}"
        ) from None


def _day(bucket: _Bucket, zone: Zone) -> str:
    """The day that holds a bucket."""
    first = zone.day(bucket.start_time * 1_000_000)
    last = zone.day(max(bucket.end_time - 1, bucket.start_time) * 1_000_000)
    if first != last:
        raise AmbiguousDayError(
            f"a bucket of {bucket.end_time - bucket.start_time} s from {bucket.start_time} is not"
            f" within one day in {zone.name}: ask for daily buckets, or name the zone that their"
            " days are of with --timezone"
        )
    return first


_AZURE = {
    "day": ("date", "usagedate", "usagedatetime", "chargeperiodstart"),
    "amount": ("costinbillingcurrency", "pretaxcost", "cost", "billedcost"),
    "currency": ("billingcurrency", "billingcurrencycode", "currency"),
    "item": ("metername", "meter", "skumeter"),
}
_SERVICES = ("metercategory", "consumedservice", "servicename")
_OURS = ("openai", "cognitive", "foundry", "azure ai")


def _azure(text: str, said: Read) -> Iterator[_Row]:
    rows = _rows(text)
    names = {name.strip().lower().lstrip("\ufeff"): name for name in rows.fieldnames or ()}
    found = {
        ours: next((names[name] for name in theirs if name in names), "")
        for ours, theirs in _AZURE.items()
    }
    missing = [f"{ours} ({', '.join(_AZURE[ours])})" for ours, name in found.items() if not name]
    if missing:
        raise StatementError(f"a Cost Management export has columns for {'; '.join(missing)}")
    services = [names[name] for name in _SERVICES if name in names]
    for row in rows:
        where = f"row {rows.line_num}"
        if services and not _is_ours(row, services):
            said.skipped += 1
            continue
        item = (row[found["item"]] or "").strip()
        model, meter = meter_name(item)
        day = _azure_day(row[found["day"]] or "", where)
        currency = (row[found["currency"]] or "").strip().upper()
        if not currency:
            raise StatementError(f"{where}: it names no currency")
        yield day, item, model, meter, currency, _amount(row[found["amount"]], where)


def _is_ours(row: Mapping[str, str], services: list[str]) -> bool:
    words = " ".join((row[name] or "").lower() for name in services)
    return any(word in words for word in _OURS)


_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: .*)?")


def _azure_day(text: str, where: str) -> str:
    """Azure writes UTC days: MM/DD/YYYY, ISO, or YYYYMMDD."""
    us = _US_DATE.fullmatch(text.strip())
    if us:
        month, day, year = (int(part) for part in us.groups())
        if month > 12:
            raise AmbiguousDayError(
                f"{where}: {text} is not MM/DD/YYYY, as Azure writes it; export it again with ISO"
                " dates, or use the format csv"
            )
        return _calendar(f"{year:04d}-{month:02d}-{day:02d}", where)
    if re.fullmatch(r"\d{8}", text.strip()):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return _calendar(text.strip()[:10], where)


def _calendar(text: str, where: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise StatementError(f"{where}: {text!r} is no day") from None


_COMMON = {
    "day": ("day", "date", "time", "timestamp"),
    "amount": ("amount", "cost"),
    "currency": ("currency",),
    "model": ("model",),
    "meter": ("meter",),
    "item": ("item", "description"),
}


def _table(text: str, zone: Zone, currency: str, columns: Mapping[str, str]) -> Iterator[_Row]:
    unknown = sorted(columns.keys() - _COMMON.keys())
    if unknown:
        raise StatementError(f"no such column of ours: {', '.join(unknown)}")
    rows = _rows(text)
    names = {name.strip().lstrip("\ufeff"): name for name in rows.fieldnames or ()}
    lower = {name.lower(): full for name, full in names.items()}
    found = {}
    for ours, usual in _COMMON.items():
        wanted = columns.get(ours)
        if wanted is not None and wanted not in names:
            raise StatementError(
                f"there is no column {wanted!r} for {ours}; it has {', '.join(names)}"
            )
        found[ours] = (
            names[wanted]
            if wanted is not None
            else next((lower[name] for name in usual if name in lower), "")
        )
    for needed in ("day", "amount"):
        if not found[needed]:
            raise StatementError(
                f"which column is the {needed}? Say --column {needed}=NAME; it has"
                f" {', '.join(names)}"
            )
    if not found["currency"] and not currency:
        raise StatementError("it has no column of currencies; say --currency USD")
    for row in rows:
        where = f"row {rows.line_num}"
        cell = {ours: (row[name] or "").strip() if name else "" for ours, name in found.items()}
        unit = (cell["currency"] or currency).upper()
        if not unit:
            raise StatementError(f"{where}: it names no currency")
        model, meter = cell["model"], meter_word(cell["meter"])
        item = cell["item"] or " ".join(filter(None, (cell["model"], cell["meter"])))
        yield (
            _table_day(cell["day"], zone, where),
            item,
            model,
            meter,
            unit,
            _amount(cell["amount"], where),
        )


def _table_day(text: str, zone: Zone, where: str) -> str:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        if not zone.said:
            raise AmbiguousDayError(
                f"{where}: the day {text} names no time zone; say --timezone UTC, or whose days"
                " these are"
            )
        return _calendar(text, where)
    if "/" in text:
        raise AmbiguousDayError(
            f"{where}: {text} may be read in two ways; write days as 2026-11-30"
        )
    try:
        return zone.day(from_text(text))
    except ValueError as error:
        raise AmbiguousDayError(f"{where}: {error}") from None


def _rows(text: str) -> "csv.DictReader[str]":
    return csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline=""))


def _amount(text: str | None, where: str) -> Decimal:
    try:
        return _finite(Decimal((text or "").strip()), where)
    except InvalidOperation:
        raise StatementError(
            f"{where}: {text!r} is no amount; write it like 1234.56, without thousands separators"
        ) from None


def _finite(amount: Decimal, where: str) -> Decimal:
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -DECIMALS_MAX or abs(amount) > AMOUNT_MAX:
        raise StatementError(f"{where}: {amount} is no amount")
    return amount
