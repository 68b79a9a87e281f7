"""Documents for tests: any that the format allows and that add up, and a few of known figures."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
from hypothesis import strategies as st

from stillhouse.billing.document import (
    Broken,
    Document,
    Fx,
    Line,
    LineKind,
    LineRef,
    Party,
    Proof,
    Tax,
    WriterRange,
    digest,
)
from stillhouse.billing.exports.exact import net, total, written
from stillhouse.units.money import PICO_PER_UNIT, rounded
from stillhouse.units.usage import METERS, Meter

ISSUER = Party(
    id="stillhouse",
    name="PT Awan Nusantara",
    address=("Jl. Jend. Sudirman Kav. 52-53", "Jakarta 12190", "Indonesia"),
    tax_id="01.234.567.8-012.000",
    email="billing@awan.example",
    bank=("Bank Contoh, KCU Sudirman", "Account 035-123-4567", "SWIFT CNTHIDJA"),
)
CUSTOMER = Party(
    id="acct_7Qk2",
    name="Komentar Tbk",
    address=("Jl. Gatot Subroto 18", "Jakarta 12930", "Indonesia"),
    tax_id="09.876.543.2-101.000",
    email="finance@komentar.example",
)
ROOT = "9f2c4e6a8b0d1f3e5a7c9b1d3f5e7a9c0b2d4f6e8a1c3e5b7d9f1a3c5e7b9d0f"
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
IDS = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_-", min_size=1, max_size=12)
UNITS = {"1000000 tokens": 1_000_000, "request": 1, "unit-hour": 3600}
PAID_BEFORE = ("commitment", "prepaid", "saving")
STANDS_ALONE = ("minimum", "shortfall", "other", *PAID_BEFORE)


def made(lines: Sequence[Line], *, unit: str = "0.01", **fields: Any) -> Document:
    """A document of these lines: amounts rounded, sums drawn, hash written when it has a number."""
    done = tuple(
        msgspec.structs.replace(line, id=place, amount=_amount(line, unit))
        for place, line in enumerate(lines, 1)
    )
    subtotal = total(line.amount for line in done)
    tax_bp = {"taxes": ()} | fields
    taxes = tuple(
        Tax(
            name=name,
            rate_bp=rate,
            base=_text(subtotal, unit),
            amount=_text(subtotal * Fraction(rate, 10_000), unit),
        )
        for name, rate in tax_bp.pop("taxes")
    )
    tax = total(each.amount for each in taxes)
    nets = sum((net(line) for line in done if line.amount is not None), Fraction(0))
    given: dict[str, Any] = {
        "kind": "invoice",
        "issuer": ISSUER,
        "customer": CUSTOMER,
        "period": "2026-11",
        "start": "2026-11-01T00:00:00Z",
        "end": "2026-12-01T00:00:00Z",
        "currency": "USD",
        "receipts": Proof(count=sum(line.receipts for line in done), root=ROOT),
    }
    document = Document(
        **(given | tax_bp),
        unit=unit,
        lines=done,
        taxes=taxes,
        subtotal=_text(subtotal, unit),
        tax=_text(tax, unit),
        total=_text(subtotal + tax, unit),
        residue=written(nets - subtotal),
        unrated=sum(line.receipts for line in done if line.amount is None),
    )
    if not document.number:
        return document
    return msgspec.structs.replace(document, hash=digest(document))


def _amount(line: Line, unit: str) -> str | None:
    if line.unit_price is None and line.kind == "usage":
        return None
    return _text(net(line), unit)


def _text(value: Fraction, unit: str) -> str:
    return f"{rounded(value * PICO_PER_UNIT, unit):f}"


def usage(model: str, meter: str, quantity: int, unit_price: str | None, **fields: Any) -> Line:
    """A line of quantity x price; the price is for a million tokens, a request or an hour."""
    unit = fields.pop("unit", "request" if meter == "requests" else "1000000 tokens")
    exact = Fraction(unit_price or 0) * quantity * Fraction(PICO_PER_UNIT, UNITS[unit])
    given: dict[str, Any] = {
        "id": 0,
        "kind": "usage",
        "amount": None,
        "price_currency": "USD",
        "period": "2026-11",
        "tariff": f"{model}-2026-10",
        "receipts": 10,
    }
    return Line(
        **(given | fields),
        model=model,
        meter=meter,
        quantity=str(quantity),
        unit=unit,
        unit_price=unit_price,
        exact_pico=str(int(exact)),
    )


def alone(kind: LineKind, amount: str, **fields: Any) -> Line:
    """A line that stands on its exact amount."""
    exact = int(Fraction(amount) * PICO_PER_UNIT)
    defaults = {"price_currency": "USD", "period": "2026-11", "item": "contract_1"}
    return Line(**(defaults | fields), id=0, kind=kind, amount=None, exact_pico=str(exact))


RATES = st.sampled_from(["1", "16100", "16123.4567", "0.92", "149.5"])
PRICES = st.integers(0, 10**9).map(lambda micro: f"{Decimal(micro).scaleb(-6):f}")


@st.composite
def lines(draw: st.DrawFn, rate: str) -> Line:
    """A line of any kind."""
    common: dict[str, Any] = {
        "rate": rate,
        "project": draw(st.just("") | IDS),
        "project_name": draw(NAMES),
        "workload": draw(NAMES),
        "description": draw(NAMES),
        "period": draw(st.sampled_from(["2026-11", "2026-10", "2025-12"])),
        "item": draw(st.just("") | IDS),
        "discount_bp": draw(st.sampled_from([0, 0, 500, 1234, 10_000])),
    }
    kinds: list[LineKind] = ["usage", "usage", "usage", "capacity", "capacity_unused", "covered"]
    kind: LineKind = draw(
        st.sampled_from([*kinds, "correction", "credit", "minimum", "shortfall", "other"])
        | st.sampled_from(["commitment", "prepaid", "saving"])
    )
    if kind in STANDS_ALONE:
        sign = -1 if kind in PAID_BEFORE else 1
        amount = Decimal(sign * draw(st.integers(0, 10**16))).scaleb(-draw(st.integers(2, 12)))
        return alone(kind, f"{amount:f}", **common)
    quantity = draw(st.integers(0, 10**13))
    if kind == "credit":
        common["refers"] = LineRef(number="INV-1", line=draw(st.integers(1, 9)))
        quantity = -quantity
    model = draw(st.sampled_from(["gpt-4o", "claude-opus-4", "=cmd()", ""]))
    if kind.startswith("capacity"):
        price = f"{draw(st.integers(0, 500))}"
        hours = draw(st.integers(0, 10**6))
        return usage(model, "", hours * 3600, price, unit="unit-hour", kind=kind, **common)
    meter = draw(st.sampled_from([m.value for m in METERS]))
    price = "0" if kind == "covered" else draw(PRICES)
    unrated = kind == "usage" and draw(st.integers(0, 9)) == 0
    if meter == Meter.REQUESTS:
        quantity = quantity // 10**6
    return usage(model, meter, quantity, None if unrated else price, kind=kind, **common)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A document that adds up, in any currency, finalised or not."""
    rate = draw(RATES)
    currency = {"1": "USD", "0.92": "EUR", "149.5": "JPY"}.get(rate, "IDR")
    unit = {"USD": "0.01", "EUR": "0.01", "JPY": "1", "IDR": "1"}[currency]
    number = draw(st.just("") | st.integers(1, 10**6).map(lambda n: f"INV-{n}"))
    fx = Fx(base="USD", quote=currency, rate=rate, source=draw(NAMES), date="2026-11-30")
    return made(
        draw(st.lists(lines(rate), max_size=6)),
        unit=unit,
        kind=draw(st.sampled_from(["invoice", "final_invoice", "credit_note"])),
        number=number,
        issued_at="2026-12-01T09:30:00Z" if number else "",
        due="2026-12-31" if number else "",
        issuer=Party(id=draw(IDS), name=draw(NAMES)),
        customer=Party(id=draw(IDS), name=draw(NAMES), address=(draw(NAMES),)),
        currency=currency,
        fx=(fx,) if currency != "USD" else (),
        taxes=draw(st.lists(st.tuples(NAMES, st.sampled_from([0, 1100, 1200])), max_size=2)),
        language=draw(st.sampled_from(["en", "id"])),
        notes=tuple(draw(st.lists(NAMES, max_size=2))),
        receipts=Proof(
            count=7,
            root=ROOT,
            writers=(WriterRange(writer=1, first=10, last=90, count=7),),
        ),
        broken=(
            Broken(
                outcome="client_left",
                witness="reported",
                charged=True,
                receipts=3,
                tokens="1200",
                rule="the provider reported what it used: charged",
            ),
        ),
    )
