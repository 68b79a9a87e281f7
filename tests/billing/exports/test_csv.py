"""CSV reads back as the document's lines, and no cell of it is a formula."""

import csv
import io
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from tests.billing.exports.documents import documents, made, usage

from stillhouse.billing.document import Document
from stillhouse.billing.exports.csv import COLUMNS, NUMBERS, csv_text, guarded
from stillhouse.billing.exports.exact import ExportError


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@given(documents())
def test_the_amounts_add_up_to_the_total(document: Document) -> None:
    rows = read(csv_text([document]))

    assert Fraction(document.total) == sum(Fraction(r["amount"]) for r in rows if r["amount"])
    assert len(document.lines) + len(document.taxes) == len(rows)
    assert {document.currency} >= {row["currency"] for row in rows}


@given(documents())
def test_no_text_is_a_formula_and_no_number_is_changed(document: Document) -> None:
    rows = read(csv_text([document]))
    texts = [row[column] for row in rows for column in COLUMNS if column not in NUMBERS]
    amounts = [line.amount or "" for line in document.lines]

    assert [] == [text for text in texts if text[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"}]
    assert amounts == [row["amount"] for row in rows[: len(amounts)]]


@given(documents())
def test_every_name_reads_back(document: Document) -> None:
    rows = read(csv_text([document]))

    for line, row in zip(document.lines, rows, strict=False):
        assert guarded(line.workload) == row["workload"]
        assert guarded(line.project_name) == row["project_name"]


def test_lines_end_as_the_standard_says_and_a_quote_is_doubled() -> None:
    line = usage("gpt-4o", "input", 10**6, "2.50", workload='say "hi", =1+1')
    text = csv_text([made([line])])

    assert 2 == text.count("\r\n")
    assert '"say ""hi"", =1+1"' in text


def test_a_negative_amount_is_a_number_and_a_name_that_looks_like_one_is_not() -> None:
    line = usage("-2", "input", -(10**6), "2.50", kind="credit")
    [row] = read(csv_text([made([line])]))

    assert (Decimal("-2.50"), "'-2") == (Decimal(row["amount"]), row["model"])


def test_nothing_is_written_of_a_document_that_does_not_add_up() -> None:
    document = msgspec.structs.replace(made([]), total="1.00")

    with pytest.raises(ExportError, match="the total says 1"):
        csv_text([document])
