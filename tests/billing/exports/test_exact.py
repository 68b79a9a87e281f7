"""Amounts before rounding are exact at any size, and every digit of them can be written."""

from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.billing.exports.documents import documents, made, usage

from stillhouse.billing.document import Document
from stillhouse.billing.exports.exact import (
    ExportError,
    check,
    discounted,
    fixed,
    listed,
    net,
    priced,
    written,
)


def test_a_line_is_priced_discounted_and_converted_without_rounding() -> None:
    line = usage("gpt-4o", "input", 4_938_271, "2.50", discount_bp=1234, rate="16123.4567")

    assert Fraction("12.3456775") == priced(line)
    assert priced(line) * Fraction("0.8766") == discounted(line)
    assert priced(line) * Fraction("16123.4567") == listed(line)
    assert discounted(line) * Fraction("16123.4567") == net(line)


@given(st.integers(-(10**40), 10**40), st.integers(0, 30), st.integers(0, 3))
def test_what_is_written_reads_back_as_the_same_number(n: int, places: int, least: int) -> None:
    value = Fraction(n, 10**places)
    text = written(value, least)

    assert Fraction(text) == value
    assert len(text.partition(".")[2]) >= least


def test_a_decimal_without_an_end_is_refused_and_can_be_fixed() -> None:
    with pytest.raises(ExportError, match="without end"):
        written(Fraction(1, 3))

    assert Decimal("0.333333333333333333") == fixed(Fraction(1, 3))


@given(documents())
def test_every_document_that_adds_up_passes(document: Document) -> None:
    check(document)


@pytest.mark.parametrize("field", ["subtotal", "tax", "total"])
def test_a_document_that_does_not_add_up_is_refused(field: str) -> None:
    document = made([usage("gpt-4o", "input", 4_938_271, "2.50")], taxes=[("PPN", 1100)])

    with pytest.raises(ExportError, match=r"come to .* says 99\.99"):
        check(msgspec.structs.replace(document, **{field: "99.99"}))
