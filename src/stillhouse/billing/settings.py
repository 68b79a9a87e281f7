"""Who issues, who pays, and in what form: settings of an issuer, and an account's own where it has.

Nothing here is read when a document is looked at again: a document holds a copy of what was used.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Literal, TypeVar

import msgspec

from stillhouse.billing.document import LineKind, Party
from stillhouse.units.money import PICO_PER_UNIT, invoice_unit

DEFAULT_ISSUER = "default"
Policy = Literal["month_end", "month_average", "fixed"]
POLICIES: tuple[Policy, ...] = ("month_end", "month_average", "fixed")
Language = Literal["en", "id"]
T = TypeVar("T")

_CURRENCY = re.compile(r"[A-Z]{3}")
_PREFIX = re.compile(r"[A-Za-z0-9/_.-]{0,20}")
_TEXT_MAX = 500
_DUE_DAYS_MAX = 3650
_RATE_BP_MAX = 10_000


class SettingError(ValueError):
    """This setting cannot be; the message names it and what would do."""


class TaxRule(msgspec.Struct, frozen=True, kw_only=True):
    """A tax of rate_bp basis points on the lines of these kinds; no kinds: on all lines."""

    name: str
    rate_bp: int
    kinds: tuple[LineKind, ...] = ()


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """Who issues. currency "": that of the prices. unit "": the currency's usual one.

    prefix: of the numbers; they are counted per issuer whatever the prefix is.
    """

    id: str = DEFAULT_ISSUER
    name: str = ""
    address: tuple[str, ...] = ()
    tax_id: str = ""
    email: str = ""
    bank: tuple[str, ...] = ()
    prefix: str = "INV-"
    currency: str = ""
    unit: str = ""
    language: Language = "en"
    taxes: tuple[TaxRule, ...] = ()
    due_days: int = 30
    fx_policy: Policy = "month_end"
    notes: tuple[str, ...] = ()


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """An account as its invoices name it; None: as the issuer has it."""

    issuer: str = DEFAULT_ISSUER
    name: str = ""
    address: tuple[str, ...] = ()
    tax_id: str = ""
    email: str = ""
    currency: str | None = None
    unit: str | None = None
    language: Language | None = None
    taxes: tuple[TaxRule, ...] | None = None
    due_days: int | None = None
    fx_policy: Policy | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """Both together: how a document of this account looks. currency "": that of the prices."""

    issuer: Party
    customer: Party
    prefix: str
    currency: str
    unit: str
    language: Language
    taxes: tuple[TaxRule, ...]
    due_days: int
    fx_policy: Policy
    notes: tuple[str, ...]

    def rounding(self, currency: str) -> str:
        """The unit that amounts in this currency are rounded to."""
        return self.unit or invoice_unit(currency)


def form(issuer: Issuer, customer: Customer, *, account: str, name: str) -> Form:
    """account, name: of the account, whose own name is used where its settings name none.

    A unit belongs to its currency: an account that sets another currency and no unit gets that
    currency's usual one, not the issuer's.
    """
    other = customer.currency not in {None, issuer.currency}
    return Form(
        issuer=Party(
            id=issuer.id,
            name=issuer.name,
            address=issuer.address,
            tax_id=issuer.tax_id,
            email=issuer.email,
            bank=issuer.bank,
        ),
        customer=Party(
            id=account,
            name=customer.name or name,
            address=customer.address,
            tax_id=customer.tax_id,
            email=customer.email,
        ),
        prefix=issuer.prefix,
        currency=_or(customer.currency, issuer.currency),
        unit=_or(customer.unit, "" if other else issuer.unit),
        language=_or(customer.language, issuer.language),
        taxes=_or(customer.taxes, issuer.taxes),
        due_days=_or(customer.due_days, issuer.due_days),
        fx_policy=_or(customer.fx_policy, issuer.fx_policy),
        notes=(*issuer.notes, *customer.notes),
    )


def _or(own: T | None, issuer: T) -> T:
    return issuer if own is None else own


def check(settings: Issuer | Customer) -> None:
    """Refuse what no document could be written with.

    Raises:
        SettingError: it names the first setting that is wrong.
    """
    if settings.currency:
        check_currency(settings.currency)
    if settings.unit:
        check_unit(settings.unit)
    if settings.due_days is not None and not 0 <= settings.due_days <= _DUE_DAYS_MAX:
        raise SettingError(f"due days are 0 to {_DUE_DAYS_MAX}, not {settings.due_days}")
    for tax in settings.taxes or ():
        if not tax.name.strip():
            raise SettingError("a tax needs a name; write it like PPN=1100")
        if not 0 <= tax.rate_bp <= _RATE_BP_MAX:
            raise SettingError(
                f"the tax {tax.name} is {tax.rate_bp} basis points; it must be 0 to {_RATE_BP_MAX}"
                " (11 % is 1100)"
            )
    if isinstance(settings, Issuer) and not _PREFIX.fullmatch(settings.prefix):
        raise SettingError("a number's prefix has at most 20 letters, digits and / _ . -")
    for text in (settings.name, settings.tax_id, settings.email, *settings.address):
        if len(text) > _TEXT_MAX or not text.isprintable():
            raise SettingError(f"no more than {_TEXT_MAX} printable characters in a line of text")


def check_currency(currency: str) -> None:
    if not _CURRENCY.fullmatch(currency):
        raise SettingError(f'"{currency}" is no currency; write its ISO 4217 code, like USD or IDR')


def check_unit(unit: str) -> None:
    try:
        step = Decimal(unit)
    except InvalidOperation:
        step = Decimal(0)
    if not step.is_finite() or step <= 0 or (Fraction(step) * PICO_PER_UNIT).denominator != 1:
        raise SettingError(f'"{unit}" is no unit to round to; write it like 0.01 or 1')
