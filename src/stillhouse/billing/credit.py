"""Credit notes: a finalised line, or a part of it, taken back at its own price, rate and discount.

What is taken is counted per line over all credit notes of a document, and rounded as a whole:

    amount of a credit = rounded(net of all taken before) - rounded(net of all taken now)

so parts of any size add up to the line exactly, to the pico-unit and to the rounded amount, and an
invoice with everything taken back comes to zero with its taxes. Today's prices and rates play no
part. Never more than what is left of a line.

A line that took something off an invoice (a draw on credits, a minimum's counterpart) is taken back
whole or not at all: its amount is then added, and what was drawn is there again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

import msgspec

from stillhouse.billing.arithmetic import decimal_text, due, net, payable, summed, tax_due
from stillhouse.billing.document import Document, Line, LineRef, Proof, Tax
from stillhouse.billing.merkle import EMPTY
from stillhouse.units.money import PICO_PER_UNIT


class CreditError(ValueError):
    """This cannot be taken back; the message names the line and what is left of it."""


class CreditTooLargeError(CreditError):
    """More than what is left of the line."""


@dataclass(frozen=True, slots=True)
class Take:
    """What to take back of a line: an amount of the document's currency, a quantity, or the rest.

    amount is decimal text, a multiple of the document's unit; quantity is of the line's quantity.
    """

    line: int
    amount: str | None = None
    quantity: int | None = None


@dataclass(slots=True)
class Taken:
    """What earlier credit notes took of one line, each as a positive share of it."""

    exact: int = 0
    quantity: int = 0
    amount: Fraction = Fraction(0)


def taken(notes: Iterable[Document]) -> dict[int, Taken]:
    """Line of the invoice -> what these credit notes of it took."""
    found: dict[int, Taken] = {}
    for note in notes:
        for line in note.lines:
            if line.refers is not None:
                have = found.setdefault(line.refers.line, Taken())
                have.exact -= int(line.exact_pico)
                have.quantity += int(line.quantity)
                have.amount -= Fraction(Decimal(line.amount or "0"))
    return found


def whole(document: Document, notes: Sequence[Document] = ()) -> list[Take]:
    """Takes of all that is left."""
    before = taken(notes)
    return [Take(line.id) for line in document.lines if any(_left(line, before))]


def is_empty(document: Document, notes: Sequence[Document]) -> bool:
    """Whether nothing of it is left."""
    return not whole(document, notes)


def _left(line: Line, before: Mapping[int, Taken]) -> tuple[int, int, Fraction]:
    """(exact, quantity, amount) that is left; nothing of a line that has no amount."""
    if line.amount is None:
        return 0, 0, Fraction(0)
    have = before.get(line.id, Taken())
    exact, quantity = int(line.exact_pico), int(line.quantity)
    if line.kind == "covered":
        return 0, 0, Fraction(0)
    return (
        exact - have.exact,
        quantity - have.quantity,
        Fraction(Decimal(line.amount)) - have.amount,
    )


def credit(
    document: Document, takes: Sequence[Take], *, notes: Sequence[Document] = (), reason: str
) -> Document:
    """A credit note on a finalised invoice, without a number yet.

    Args:
        document: the invoice.
        takes: what to take back, at most one for each line.
        notes: every earlier credit note of this invoice.
        reason: for the customer; printed on the note.

    Raises:
        CreditTooLargeError: more than what is left of a line.
        CreditError: no such line, no reason, nothing to take, or the note would ask for money.
    """
    if not reason.strip():
        raise CreditError("a credit note needs a reason; its reader is told it")
    if not takes:
        raise CreditError(f"nothing is left of {document.number} to take back")
    by_id = {line.id: line for line in document.lines}
    before = taken(notes)
    lines: list[Line] = []
    for take in takes:
        if take.line not in by_id:
            raise CreditError(f"{document.number} has no line {take.line}")
        if [t.line for t in takes].count(take.line) > 1:
            raise CreditError(f"line {take.line} is named twice; say once what to take of it")
        lines.append(_credit_line(document, by_id[take.line], take, before, len(lines) + 1))
    unit = document.unit
    subtotal = summed([line.amount or "0" for line in lines], unit)
    taxes = tuple(_tax(tax, document, lines, notes) for tax in document.taxes)
    tax = summed([t.amount for t in taxes], unit)
    total = summed([str(subtotal), str(tax)], unit)
    if total > 0:
        raise CreditError(
            "taking back only what was drawn on credits would ask for money; take back the usage"
            " that it paid for as well"
        )
    nets = sum(
        (net(int(line.exact_pico), rate=line.rate, discount_bp=line.discount_bp) for line in lines),
        Fraction(0),
    )
    return Document(
        kind="credit_note",
        issuer=document.issuer,
        customer=document.customer,
        period=document.period,
        start=document.start,
        end=document.end,
        currency=document.currency,
        unit=unit,
        language=document.language,
        fx=document.fx,
        lines=tuple(lines),
        taxes=taxes,
        subtotal=str(subtotal),
        tax=str(tax),
        total=str(total),
        residue=decimal_text(nets * Fraction(1, PICO_PER_UNIT) - Fraction(subtotal)),
        receipts=Proof(count=0, root=EMPTY.hex()),
        notes=(reason.strip(),),
        refers=document.number,
    )


def _credit_line(
    document: Document, line: Line, take: Take, before: Mapping[int, Taken], at: int
) -> Line:
    have = before.get(line.id, Taken())
    exact_left, quantity_left, amount_left = _left(line, before)
    if line.amount is None or line.kind == "covered":
        raise CreditError(f"line {line.id} of {document.number} has no amount to take back")
    if not any((exact_left, quantity_left, amount_left)):
        raise CreditTooLargeError(f"nothing is left of line {line.id} of {document.number}")
    if take.amount is None and take.quantity is None:
        exact, quantity = exact_left, quantity_left
    elif amount_left <= 0 or (line.unit_price is None and take.quantity is not None):
        raise CreditError(f"line {line.id} of {document.number} is taken back whole or not at all")
    elif take.quantity is not None:
        exact, quantity = _by_quantity(document, line, take.quantity, quantity_left, exact_left)
    else:
        exact = _by_amount(document, line, take.amount or "", have, amount_left, exact_left)
        quantity = quantity_left if exact == exact_left else 0
    amount = _rounded(line, have.exact, document.unit) - _rounded(
        line, have.exact + exact, document.unit
    )
    return msgspec.structs.replace(
        line,
        id=at,
        kind="credit",
        amount=str(payable(amount * PICO_PER_UNIT, document.unit)),
        exact_pico=str(-exact),
        quantity=str(quantity),
        receipts=0,
        estimated="0",
        refers=LineRef(number=document.number, line=line.id),
        taken_pico=str(have.exact),
    )


def _rounded(line: Line, exact: int, unit: str) -> Fraction:
    return Fraction(payable(net(exact, rate=line.rate, discount_bp=line.discount_bp), unit))


def _by_quantity(
    document: Document, line: Line, quantity: int, left: int, exact_left: int
) -> tuple[int, int]:
    if not 0 < quantity <= left:
        raise CreditTooLargeError(
            f"line {line.id} of {document.number} has {left} left, not {quantity}"
        )
    if quantity == left:
        return exact_left, left
    exact = due(quantity, line.unit, line.unit_price or "0")
    if exact > exact_left:
        raise CreditTooLargeError(
            f"line {line.id} of {document.number}: {quantity} cost more than what amounts that"
            " were taken back before have left of it; take back the rest"
        )
    return exact, quantity


def _by_amount(
    document: Document, line: Line, text: str, have: Taken, left: Fraction, exact_left: int
) -> int:
    """The exact amount whose taking rounds to the amount asked for."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value <= 0:
        raise CreditError(f'"{text}" is no amount above zero')
    asked = Fraction(value)
    if Fraction(payable(asked * PICO_PER_UNIT, document.unit)) != asked:
        raise CreditError(f"{document.currency} {text} is not a multiple of {document.unit}")
    if asked > left:
        raise CreditTooLargeError(
            f"line {line.id} of {document.number} has {document.currency}"
            f" {payable(left * PICO_PER_UNIT, document.unit)} left, not {text}"
        )
    if asked == left:
        return exact_left
    one = net(1, rate=line.rate, discount_bp=line.discount_bp)
    goal = (have.amount + asked) * PICO_PER_UNIT * Fraction(one.denominator, one.numerator)
    return round(goal) - have.exact


def _tax(tax: Tax, document: Document, lines: Sequence[Line], notes: Sequence[Document]) -> Tax:
    """The same tax on what is taken back, rounded over all that was taken so far."""
    kinds = {line.id: line.kind for line in document.lines}
    amounts = [
        line.amount or "0"
        for line in lines
        if line.refers and (not tax.kinds or kinds[line.refers.line] in tax.kinds)
    ]
    base = summed(amounts, document.unit)
    earlier = [t.base for note in notes for t in note.taxes if (t.name, t.kinds) == _same(tax)]
    before = -Fraction(summed(earlier, document.unit))
    amount = Fraction(tax_due(before, tax.rate_bp, document.unit)) - Fraction(
        tax_due(before - Fraction(base), tax.rate_bp, document.unit)
    )
    return Tax(
        name=tax.name,
        rate_bp=tax.rate_bp,
        base=str(base),
        amount=str(payable(amount * PICO_PER_UNIT, document.unit)),
        kinds=tax.kinds,
        before=str(payable(before * PICO_PER_UNIT, document.unit)),
    )


def _same(tax: Tax) -> tuple[str, tuple[str, ...]]:
    return tax.name, tax.kinds
