"""Whether one document holds, from nothing but itself. What a customer can run, and we cannot bend.

    arithmetic   quantity x unit price -> exact -> net -> amount -> subtotal, taxes, total, residue
    hash         its own text, and the hash of the document before it

Whether receipts are among those that it charges for is `billing.inclusion`.

Every finding is one plain sentence that names the line. Nothing found: it holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import count

from stillhouse.billing.arithmetic import UnknownUnitError, decimal_text, due, net, payable, tax_due
from stillhouse.billing.document import FORMAT, Document, Line, Tax, digest, digest_text
from stillhouse.units.money import PICO_PER_UNIT, InexactAmountError


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not hold. line: of the document, or None for the whole of it."""

    line: int | None
    what: str


def check(document: Document, text: str | bytes | None = None) -> list[Finding]:
    """Arithmetic and hash of one document. text: its own, if it comes from a file."""
    if document.format != FORMAT:
        return [Finding(None, f'its format is "{document.format}"; this program knows {FORMAT}')]
    try:
        return [*_lines(document), *_sums(document), *_hash(document, text)]
    except (InvalidOperation, ValueError, TypeError, ArithmeticError) as error:
        return [Finding(None, f"it has a number that is none: {error or type(error).__name__}")]


def check_previous(document: Document, previous: Document) -> list[Finding]:
    """That it follows the document before it in its issuer's chain."""
    if digest(previous) != previous.hash:
        return [Finding(None, f"{previous.number} was changed: its hash is not that of its text")]
    if document.previous != previous.hash:
        return [
            Finding(
                None,
                f"{document.number} does not follow {previous.number}: the hash it names is"
                " another document's",
            )
        ]
    return []


def _lines(document: Document) -> Iterable[Finding]:
    rates = {document.currency: "1", **{fx.base: fx.rate for fx in document.fx}}
    for place, line in zip(count(1), document.lines, strict=False):
        if line.id != place:
            yield Finding(line.id, f"line {line.id} stands at place {place}: lines count from 1")
        if line.amount is None:
            if line.unit_price is not None or line.exact_pico != "0":
                yield Finding(line.id, f"line {line.id} has a price and no amount")
            continue
        if rates.get(line.price_currency) != line.rate:
            yield Finding(
                line.id,
                f"line {line.id} uses {line.rate} {document.currency} for one"
                f" {line.price_currency}, which is not a rate of the document",
            )
        yield from _line(document, line)


def _line(document: Document, line: Line) -> Iterable[Finding]:
    exact = int(line.exact_pico)
    if line.unit_price is not None and line.kind != "credit":
        try:
            expected = due(int(line.quantity), line.unit, line.unit_price)
        except (UnknownUnitError, InexactAmountError) as error:
            yield Finding(line.id, f"line {line.id}: {error}")
            return
        if exact != expected:
            yield Finding(
                line.id,
                f"line {line.id} says {exact} pico-{line.price_currency}, and {line.quantity} at"
                f" {line.unit_price} per {line.unit} come to {expected}",
            )

    def rounded(of: int) -> Fraction:
        return Fraction(
            payable(net(of, rate=line.rate, discount_bp=line.discount_bp), document.unit)
        )

    taken = int(line.taken_pico)
    owed = rounded(taken) - rounded(taken - exact) if line.kind == "credit" else rounded(exact)
    if Fraction(Decimal(line.amount or "0")) != owed:
        yield Finding(
            line.id,
            f"line {line.id} says {document.currency} {line.amount}, and its parts come to"
            f" {decimal_text(owed)}",
        )


def _sums(document: Document) -> Iterable[Finding]:
    amounts = [(line.kind, Fraction(Decimal(line.amount or "0"))) for line in document.lines]
    subtotal = sum((amount for _, amount in amounts), Fraction(0))
    if Fraction(Decimal(document.subtotal)) != subtotal:
        yield Finding(
            None,
            f"the subtotal says {document.subtotal}, and the lines come to"
            f" {decimal_text(subtotal)}",
        )
    taxes = Fraction(0)
    for tax in document.taxes:
        yield from _tax(document, tax)
        taxes += Fraction(Decimal(tax.amount))
    if Fraction(Decimal(document.tax)) != taxes:
        yield Finding(None, f"the tax says {document.tax}, and the taxes come to {taxes}")
    if Fraction(Decimal(document.total)) != subtotal + taxes:
        yield Finding(
            None,
            f"the total says {document.total}, and subtotal and taxes come to"
            f" {decimal_text(subtotal + taxes)}",
        )
    nets = sum(
        (
            net(int(line.exact_pico), rate=line.rate, discount_bp=line.discount_bp)
            for line in document.lines
        ),
        Fraction(0),
    )
    residue = nets * Fraction(1, PICO_PER_UNIT) - subtotal
    if Fraction(Decimal(document.residue)) != residue:
        yield Finding(
            None,
            f"the residue says {document.residue}, and rounding left out {decimal_text(residue)}",
        )


def _tax(document: Document, tax: Tax) -> Iterable[Finding]:
    base = Fraction(Decimal(tax.base))
    if document.kind != "credit_note":
        of_lines = sum(
            (
                Fraction(Decimal(line.amount or "0"))
                for line in document.lines
                if not tax.kinds or line.kind in tax.kinds
            ),
            Fraction(0),
        )
        if base != of_lines:
            yield Finding(
                None, f"{tax.name} is on {tax.base}, and its lines come to {decimal_text(of_lines)}"
            )
    before = Fraction(Decimal(tax.before))

    def owed(on: Fraction) -> Fraction:
        return Fraction(tax_due(on, tax.rate_bp, document.unit))

    expected = owed(before) - owed(before - base) if document.kind == "credit_note" else owed(base)
    if Fraction(Decimal(tax.amount)) != expected:
        yield Finding(
            None,
            f"{tax.name} says {tax.amount}, and {tax.rate_bp} basis points of {tax.base} come to"
            f" {decimal_text(expected)}",
        )


def _hash(document: Document, text: str | bytes | None) -> Iterable[Finding]:
    if not document.number:
        yield Finding(None, "it has no number: it is a draft, and nothing is owed by a draft")
    elif document.hash != (digest(document) if text is None else digest_text(text)):
        yield Finding(None, f"{document.number} was changed: its hash is not that of its text")
