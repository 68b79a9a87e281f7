"""What is taken back in parts adds up to the line, to the pico-unit and to the rounded amount."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.billing.sold import (
    MONTH,
    VAT,
    exchange,
    facts,
    finalised,
    in_rupiah,
    invoice,
    rate,
    total,
    totals,
)

from stillhouse.billing.check import check
from stillhouse.billing.contract import Contract, Discount, Prepaid
from stillhouse.billing.corrections import drawn
from stillhouse.billing.credit import (
    CreditError,
    CreditTooLargeError,
    Take,
    credit,
    is_empty,
    taken,
    whole,
)
from stillhouse.billing.document import Document
from stillhouse.billing.draft import draft
from stillhouse.ledger.ports import Total
from stillhouse.units.usage import Usage

BIG = Usage(input=1_000_000, output=50_000, requests=1)


def rupiah(*rows: Total, fx: str = "16100", bp: int = 0) -> Document:
    agreed = {MONTH: Contract(account="a", since="2026-01", discounts=(Discount(bp=bp),))}
    return finalised(
        invoice(*rows, issuer=in_rupiah(taxes=(VAT,)), rates=[rate(fx)], contracts=agreed)
    )


def note(document: Document, *takes: Take, notes: Sequence[Document] = ()) -> Document:
    made = credit(document, takes or whole(document, notes), notes=notes, reason="agreed")
    return finalised(made, f"INV-{len(notes) + 2:06d}")


def sums(documents: Sequence[Document]) -> tuple[Fraction, Fraction, int]:
    """Of total, tax and exact amounts."""
    return (
        sum((Fraction(Decimal(d.total)) for d in documents), Fraction(0)),
        sum((Fraction(Decimal(d.tax)) for d in documents), Fraction(0)),
        sum(int(line.exact_pico) for d in documents for line in d.lines),
    )


parts = st.lists(
    st.tuples(st.integers(0, 99), st.sampled_from(["amount", "quantity"]), st.fractions(0, 1)),
    max_size=6,
)


@given(totals, exchange, st.integers(0, 9_999), parts)
def test_an_invoice_and_all_that_was_taken_of_it_come_to_nothing(
    rows: list[Total], fx: str, bp: int, cuts: list[tuple[int, str, Fraction]]
) -> None:
    document = rupiah(*rows, fx=fx, bp=bp)
    notes: list[Document] = []
    for at, by, share in cuts:
        if not document.lines:
            break
        line = document.lines[at % len(document.lines)]
        have = taken(notes).get(line.id)
        left = Fraction(Decimal(line.amount or "0")) - (have.amount if have else 0)
        quantity = int(line.quantity) - (have.quantity if have else 0)
        if line.amount is None or int(left * share) < 1 or int(quantity * share) < 1:
            continue
        if by == "amount":
            take = Take(line.id, amount=str(int(left * share)))
        else:
            take = Take(line.id, quantity=int(quantity * share))
        try:
            notes.append(note(document, take, notes=notes))
        except CreditTooLargeError:
            assert by == "quantity"  # amounts before have left less than this quantity cost
            continue
        assert by == "quantity" or notes[-1].subtotal == f"-{take.amount}"
    if not is_empty(document, notes):
        notes.append(note(document, notes=notes))

    assert (Fraction(0), Fraction(0), 0) == sums([document, *notes])
    assert [] == [f for each in (document, *notes) for f in check(each)]


def test_a_part_in_rupiah_takes_the_original_rate() -> None:
    document = rupiah(total(BIG))
    part = note(document, Take(1, amount="10000"))
    rest = note(document, Take(1), notes=[part])

    assert ("16100", "-10000", "-1100") == (part.lines[0].rate, part.subtotal, part.tax)
    assert "-30250" == rest.subtotal
    assert 0 == sum(int(e.lines[0].exact_pico) for e in (part, rest)) + 2_500_000 * 10**6
    assert (("agreed",), document.number) == (part.notes, part.refers)


def test_a_quantity_takes_its_price() -> None:
    part = note(rupiah(total(BIG)), Take(2, quantity=1))

    assert ("-10000000", "1", "0") == (
        part.lines[0].exact_pico,
        part.lines[0].quantity,
        part.subtotal,
    )


@pytest.mark.parametrize(
    ("take", "error", "says"),
    [
        (Take(1, amount="40251"), CreditTooLargeError, "has IDR 40250 left, not 40251"),
        (Take(1, quantity=1_000_001), CreditTooLargeError, "has 1000000 left, not 1000001"),
        (Take(1, quantity=0), CreditTooLargeError, "left, not 0"),
        (Take(1, amount="0"), CreditError, "above zero"),
        (Take(1, amount="-5"), CreditError, "above zero"),
        (Take(1, amount="0.50"), CreditError, "not a multiple of 1"),
        (Take(1, amount="ten"), CreditError, "above zero"),
        (Take(9), CreditError, "no line 9"),
    ],
)
def test_more_than_a_line_has_is_refused(take: Take, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        note(rupiah(total(BIG)), take)


def test_a_reason_and_one_take_a_line_are_needed() -> None:
    document = rupiah(total(BIG))
    with pytest.raises(CreditError, match="reason"):
        credit(document, [Take(1)], reason=" ")
    with pytest.raises(CreditError, match="named twice"):
        credit(document, [Take(1), Take(1)], reason="x")
    with pytest.raises(CreditError, match="nothing is left"):
        credit(document, [], reason="x")


def test_what_is_taken_is_not_there_twice() -> None:
    document = rupiah(total(BIG))
    gone = note(document, Take(1))

    with pytest.raises(CreditTooLargeError, match="nothing is left of line 1"):
        note(document, Take(1), notes=[gone])
    assert not is_empty(document, [gone])
    assert is_empty(document, [gone, note(document, notes=[gone])])


def test_a_draw_is_taken_back_whole_with_its_use_and_is_there_again() -> None:
    agreed = {
        MONTH: Contract(
            account="a",
            since="2026-01",
            prepaid=(Prepaid(id="cash", amount="2", bought="2026-01-01"),),
        )
    }
    document = finalised(draft(facts(total(BIG), contracts=agreed)))
    with pytest.raises(CreditError, match="ask for money"):
        note(document, Take(3))
    with pytest.raises(CreditError, match="whole or not at all"):
        note(document, Take(1), Take(3, amount="1.00"))
    back = note(document)

    assert ("1.00", "-1.00") == (document.total, back.total)
    assert {"cash": 2 * 10**12} == drawn([document])
    assert {"cash": 0} == drawn([document, back])
    assert [] == check(back)


def test_a_line_without_an_amount_has_nothing_to_take_back() -> None:
    document = finalised(invoice(total(Usage(audio_in=9))))

    with pytest.raises(CreditError, match="no amount"):
        note(document, Take(1))
    assert [] == whole(document)
