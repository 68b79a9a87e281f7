"""Every form is made of the document by its own writer, under a plain name."""

import pytest
from tests.billing.exports.documents import made, usage

from stillhouse.billing.document import from_json
from stillhouse.compose.exports import FORMS, OF_ONE, Form, export

ONE = made([usage("gpt-4o", "input", 10**6, "2.50")], number="INV/1", issued_at="2026-12-01")
TWO = made([usage("gpt-4o", "output", 10**6, "10.00")], number="INV/2", issued_at="2026-12-01")
BEGINS: dict[Form, bytes] = {
    "pdf": b"%PDF-",
    "json": b'{"broken"',
    "csv": b"number,",
    "focus-csv": b"AvailabilityZone,",
    "focus-parquet": b"PAR1",
    "beancount": b"option ",
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_what_its_name_says(form: Form) -> None:
    file = export([ONE], form)

    assert file.data.startswith(BEGINS[form])
    assert f"INV-1{FORMS[form][0]}" == file.name
    assert file.data == export([ONE], form).data


@pytest.mark.parametrize("form", sorted(set(FORMS) - OF_ONE))
def test_tables_and_journals_hold_many(form: Form) -> None:
    file = export([ONE, TWO], form)

    assert f"INV-1-and-1-more{FORMS[form][0]}" == file.name
    assert len(file.data) > len(export([ONE], form).data)


@pytest.mark.parametrize("form", sorted(OF_ONE))
def test_others_hold_one(form: Form) -> None:
    with pytest.raises(ValueError, match="one by one"):
        export([ONE, TWO], form)


def test_nothing_is_no_file() -> None:
    with pytest.raises(ValueError, match="no document"):
        export([], "csv")


def test_json_is_the_one_text_of_the_document() -> None:
    assert ONE == from_json(export([ONE], "json").data)


def test_a_pdf_is_in_the_language_that_is_asked_for() -> None:
    assert export([ONE], "pdf", language="id").data != export([ONE], "pdf").data
