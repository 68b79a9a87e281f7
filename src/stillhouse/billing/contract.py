"""What an account agreed to beyond the prices: a discount, a minimum, capacity, commitments.

    discount     basis points off each usage line, for all models or for one
    minimum      what a month comes to at least; the missing part is a line of its own
    capacity     units x hours at a rate, used or not, prorated by the second. A unit covers
                 tokens_per_unit_hour tokens of its model, day by day; those cost nothing more, what
                 spills over is priced normally
    commitment   an amount to be used until a day. Paid before: what is used is taken off the
                 invoice. Not paid before: what is used counts towards it, and its rest is owed at
                 its end (the shortfall)
    prepaid      credits that were bought; taken off the invoice after commitments

Commitments and credits are drawn in this order: soonest end, then cheapest, then oldest. Nothing
draws more than the invoice comes to, so no total falls below zero.

A contract is a version in force from a month on. It is never edited: another version is added.
"""

import re
from collections.abc import Iterable
from datetime import datetime

import msgspec

from stillhouse.billing.arithmetic import BP
from stillhouse.billing.settings import check_currency
from stillhouse.units.instant import SECOND, Instant, instant, month_bounds
from stillhouse.units.money import InexactAmountError, pico

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ITEM = re.compile(r"[A-Za-z0-9_.-]{1,60}")
UNITS_MAX = 10**9
TOKENS_MAX = 10**15


class ContractError(ValueError):
    """This contract cannot be; the message names the item and what would do."""


class Discount(msgspec.Struct, frozen=True, kw_only=True):
    """bp: basis points. model "": every model that has no discount of its own."""

    bp: int
    model: str = ""


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """units for [start, end), at unit_price for a unit-hour. end "": until further notice.

    deployment: covers only calls through it; "" covers every call of the model.
    """

    id: str
    model: str
    units: int
    unit_price: str
    tokens_per_unit_hour: int
    start: str
    end: str = ""
    deployment: str = ""


class Commitment(msgspec.Struct, frozen=True, kw_only=True):
    """amount to be used in [start, end), days. price: what one unit of it cost, for the order."""

    id: str
    amount: str
    start: str
    end: str
    paid: bool = True
    price: str = "1"


class Prepaid(msgspec.Struct, frozen=True, kw_only=True):
    """Credits. bought, end: days; end "": they do not expire."""

    id: str
    amount: str
    bought: str
    end: str = ""
    price: str = "1"


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """In force from the month `since` until another version is. Amounts are in `currency`."""

    account: str
    since: str
    currency: str = "USD"
    discounts: tuple[Discount, ...] = ()
    minimum: str = "0"
    capacity: tuple[Capacity, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    prepaid: tuple[Prepaid, ...] = ()

    def discount(self, model: str) -> int:
        """Basis points off a line of this model."""
        return max(
            ((d.model != "", d.bp) for d in self.discounts if d.model in {"", model}),
            default=(False, 0),
        )[1]


def check(contract: Contract) -> None:
    """Refuse a contract that no invoice could be written by.

    Raises:
        SettingError: the currency is none.
        ContractError: anything else.
    """
    check_currency(contract.currency)
    try:
        month_bounds(contract.since)
    except ValueError:
        raise ContractError(f'"{contract.since}" is no month; write it like 2026-11') from None
    for d in contract.discounts:
        if not 0 <= d.bp <= BP:
            raise ContractError(f"a discount is 0 to {BP} basis points, not {d.bp}")
    models = [d.model for d in contract.discounts]
    if len(models) != len(set(models)):
        raise ContractError("one model has two discounts; give each one")
    _amount(contract.minimum, "the minimum")
    items: list[Capacity | Commitment | Prepaid] = [
        *contract.capacity,
        *contract.commitments,
        *contract.prepaid,
    ]
    names = [item.id for item in items]
    for name in names:
        if not _ITEM.fullmatch(name):
            raise ContractError(f'"{name}" is no id: at most 60 letters, digits and _ . -')
        if names.count(name) > 1:
            raise ContractError(f'two items are called "{name}"; draws are counted by id')
    for c in contract.capacity:
        _check_capacity(c)
    sources: list[Commitment | Prepaid] = [*contract.commitments, *contract.prepaid]
    for drawn in sources:
        _amount(drawn.amount, drawn.id)
        _amount(drawn.price, f"the price of {drawn.id}")
        _day(first(drawn), drawn.id)
        if drawn.end and _day(drawn.end, drawn.id) <= _day(first(drawn), drawn.id):
            raise ContractError(f"{drawn.id} ends before it begins")
    for commitment in contract.commitments:
        _day(commitment.end, commitment.id)


def _check_capacity(c: Capacity) -> None:
    if not 0 < c.units <= UNITS_MAX or not 0 < c.tokens_per_unit_hour <= TOKENS_MAX:
        raise ContractError(f"{c.id}: units and tokens per unit-hour are whole numbers above zero")
    _amount(c.unit_price, c.id)
    start, end = active(c)
    if end <= start:
        raise ContractError(f"{c.id} ends before it begins")
    if start % SECOND or end % SECOND:
        raise ContractError(f"{c.id} begins and ends with a whole second")


def _amount(text: str, whose: str) -> int:
    try:
        amount = pico(text)
    except InexactAmountError as error:
        raise ContractError(f"{whose}: {error}") from None
    if amount < 0:
        raise ContractError(f"{whose} cannot be below zero")
    return amount


def _day(text: str, whose: str) -> str:
    try:
        datetime.strptime(text if _DATE.fullmatch(text) else "", "%Y-%m-%d")  # noqa: DTZ007 - a day
    except ValueError:
        raise ContractError(f'{whose}: "{text}" is no day; write it like 2026-11-30') from None
    return text


def in_force(versions: Iterable[Contract], period: str) -> Contract | None:
    """The version for a month: the latest `since` up to it; of two alike, the one stored last."""
    found = [(v.since, place, v) for place, v in enumerate(versions) if v.since <= period]
    return max(found)[2] if found else None


def active(c: Capacity) -> tuple[int, int]:
    """[start, end) in microseconds. Raises ContractError when one is no time."""
    return _time(c.start, c.id), _time(c.end, c.id) if c.end else 2**62 - 2**62 % SECOND


def _time(text: str, whose: str) -> Instant:
    try:
        return instant(datetime.fromisoformat(text))
    except ValueError:
        raise ContractError(
            f'{whose}: "{text}" is no time with its zone; write it like 2026-11-01T00:00:00Z'
        ) from None


def serves(item: Commitment | Prepaid, period: str) -> bool:
    """Whether it is alive on a day of this month."""
    return first(item) <= f"{period}-31" and (not item.end or item.end > f"{period}-01")


def ends_in(item: Commitment, period: str) -> bool:
    """Whether its end, the first day on which it is over, is this month's or the day after it."""
    start, end = month_bounds(period)
    at = instant(datetime.fromisoformat(f"{item.end}T00:00:00+00:00"))
    return start < at <= end


def first(item: Commitment | Prepaid) -> str:
    return item.start if isinstance(item, Commitment) else item.bought
