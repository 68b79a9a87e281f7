"""Whoever changes a document anywhere is found out, by the file alone."""

import re
from typing import Any

import msgspec
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
    rate,
    total,
    totals,
)

from stillhouse.billing.check import check, check_previous
from stillhouse.billing.contract import Contract, Discount
from stillhouse.billing.credit import Take, credit
from stillhouse.billing.document import Document, digest, from_json, to_json
from stillhouse.billing.draft import draft
from stillhouse.ledger.ports import Total
from stillhouse.units.usage import Usage

BIG = Usage(input=1_000_000, output=50_000, requests=1)
GOOD = finalised(
    draft(
        facts(
            total(BIG),
            issuer=in_rupiah(taxes=(VAT,)),
            rates=[rate()],
            contracts={
                MONTH: Contract(account="a", since="2026-01", discounts=(Discount(bp=500),))
            },
        )
    )
)


def test_a_finalised_document_holds() -> None:
    assert [] == check(GOOD)
    assert [] == check(GOOD, to_json(GOOD))
    assert [] == check(from_json(to_json(GOOD)))


@given(totals, exchange)
def test_whatever_was_sold_its_document_holds(rows: list[Total], fx: str) -> None:
    made = draft(facts(*rows, issuer=in_rupiah(taxes=(VAT,)), rates=[rate(fx)]))
    text = to_json(finalised(made))

    assert [] == check(from_json(text), text)


def changed(**fields: Any) -> Document:
    return msgspec.structs.replace(GOOD, **fields)


def with_line(**fields: Any) -> Document:
    line = msgspec.structs.replace(GOOD.lines[0], **fields)
    return changed(lines=(line, *GOOD.lines[1:]))


@pytest.mark.parametrize(
    ("wrong", "line", "says"),
    [
        (with_line(amount="38237"), 1, r"line 1 says IDR 38237, and its parts come to 38238"),
        (with_line(quantity="999999"), 1, r"999999 at 2.50 per 1000000 tokens come to"),
        (with_line(unit_price="2.51"), 1, r"come to 2510000000000"),
        (with_line(discount_bp=0), 1, r"come to 40250"),
        (with_line(rate="17000"), 1, r"17000 IDR for one USD, which is not a rate"),
        (with_line(unit="furlong"), 1, r'no price is for "furlong"'),
        (with_line(amount=None), 1, r"a price and no amount"),
        (with_line(id=7), 7, r"line 7 stands at place 1"),
        (changed(subtotal="45885"), None, r"the subtotal says 45885, and the lines come to 45886"),
        (changed(total="0"), None, r"the total says 0"),
        (changed(tax="0"), None, r"the tax says 0"),
        (changed(residue="9"), None, r"the residue says 9, and rounding left out -1"),
        (changed(customer=GOOD.issuer), None, r"was changed: its hash"),
        (changed(number=""), None, r"it is a draft"),
        (changed(format="other/2"), None, r'its format is "other/2"'),
        (changed(subtotal="many"), None, r"a number that is none"),
    ],
)
def test_what_was_changed_is_named_with_its_line(
    wrong: Document, line: int | None, says: str
) -> None:
    found = check(wrong)

    assert found
    assert any(f.line == line and re.search(says, f.what) for f in found), found


def test_a_tax_on_another_base_or_at_another_rate_is_found() -> None:
    [tax] = GOOD.taxes
    base = changed(taxes=(msgspec.structs.replace(tax, base="1"),))
    bp = changed(taxes=(msgspec.structs.replace(tax, rate_bp=1_200),))

    assert any("VAT is on 1, and its lines come to 45886" in f.what for f in check(base))
    assert any("1200 basis points" in f.what for f in check(bp))


def test_a_document_follows_the_one_before_it() -> None:
    other = finalised(GOOD, "INV-000002", previous=GOOD.hash)

    assert [] == check_previous(other, GOOD)
    assert ["another document's" in f.what for f in check_previous(GOOD, other)] == [True]
    assert ["was changed" in f.what for f in check_previous(other, changed(total="1"))] == [True]


def test_a_credit_note_is_checked_with_what_was_taken_before() -> None:
    first = finalised(credit(GOOD, [Take(1, amount="1")], reason="x"), "INV-000002")
    second = finalised(credit(GOOD, [Take(1, amount="1")], notes=[first], reason="y"), "INV-000003")
    line = msgspec.structs.replace(second.lines[0], amount="-2")

    assert [[], []] == [check(first), check(second)]
    assert any(f.line == 1 for f in check(msgspec.structs.replace(second, lines=(line,))))


@given(st.data())
def test_no_byte_of_the_text_can_move_unseen(data: st.DataObject) -> None:
    """Digits, since those are what somebody would change."""
    text = to_json(GOOD)
    places = [at for at, c in enumerate(text) if c.isdigit()]
    at = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in "123456789" if d != text[at]]))
    moved = text[:at] + digit + text[at + 1 :]
    try:
        document = from_json(moved)
    except msgspec.ValidationError:
        return

    assert check(document, moved)
    assert digest(document) != GOOD.hash or document.hash != GOOD.hash
