"""Terms: the answer in a sentence, a matrix of ways and uses, and the clause one click below."""

from tests.console.pages.conftest import Ada
from tests.console.real import Real


def test_the_matrix_says_what_may_teach_whom(real: Real, ada: Ada) -> None:
    page = ada.see("/terms")
    rows = {row[0]: set(row[1:5]) for row in page.rows}

    assert "texts have not been read" in page.lede
    assert {"✕ ✕ ✕"} == rows["openai-api gpt-*"]
    assert {"? ? ?"} == rows["azure-openai any model"]
    assert {"✓+ ✓+ ✓+"} == rows["self-hosted llama-3.1"]
    assert {"✓ ✓ ✓"} == rows["deepseek-api deepseek-*"]
    assert 'aria-label="sold: not known"' in ada.client.get("/terms").text


def test_a_row_opens_the_words_of_the_text(real: Real, ada: Ada) -> None:
    page = ada.see("/terms/way?path=openai-api&model=gpt-4o")

    assert "0 of 12 uses are allowed" in page.lede
    assert "except for a Permitted Exception" in page.words
    assert "stillhouse terms attest openai-services-agreement" in page.words
    assert "2026" in page.words


def test_duties_are_told_before_they_are_taken_on(real: Real, ada: Ada) -> None:
    page = ada.see("/terms/way?path=self-hosted&model=llama-3.1-8b", language="id")

    assert 'must begin with "Llama"' in page.words
    assert "Yang harus dipenuhi saat dirilis" in page.words


def test_both_tables_are_files(real: Real, ada: Ada) -> None:
    matrix = ada.file("/terms?csv=matrix")
    answers = ada.file("/terms/way?path=openai-api&model=gpt-4o&csv=answers")

    assert matrix[0].startswith("path,model,classifier_internal,")
    assert any(line.startswith("azure-openai,*,unknown,") for line in matrix)
    assert 13 == len(answers)


def test_what_an_address_says_is_text(real: Real, ada: Ada) -> None:
    page = ada.client.get("/terms/way?path=%3Cscript%3E&model=%3Cb%3E")

    assert "<script>" not in page.text.partition("<main")[2]
    assert 200 == page.status_code
