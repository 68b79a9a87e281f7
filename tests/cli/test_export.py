"""`export` writes whole files or none, from a number or a saved document."""

import hashlib
import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from tests.billing.exports.documents import made, usage
from tests.cli.at_the_desk import Shell

from stillhouse.billing.document import Document, to_json
from stillhouse.cli import main
from stillhouse.compose.exports import FORMS


@pytest.fixture
def document() -> Document:
    line = usage("gpt-4o", "input", 4_938_271, "2.50", project="p", project_name="Comments")
    return made([line], number="INV-1", issued_at="2026-12-01T00:00:00Z")


@pytest.fixture
def saved(tmp_path: Path, document: Document) -> Path:
    file = tmp_path / "INV-1.json"
    file.write_text(to_json(document), encoding="utf-8")
    return file


@pytest.mark.parametrize("form", FORMS)
def test_a_saved_document_becomes_any_form_without_a_data_folder(
    shell: Shell, saved: Path, tmp_path: Path, form: str
) -> None:
    out = tmp_path / "out"
    told = shell.one("export", str(saved), "--as", form, "--out", str(out))
    data = out.read_bytes()

    assert {
        "file": str(out),
        "form": form,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    } == told
    assert not shell.data.exists()


@pytest.mark.parametrize("form", ["csv", "focus-csv", "beancount", "json"])
def test_text_goes_to_standard_output(shell: Shell, saved: Path, form: str) -> None:
    assert "INV-1" in shell.run("export", str(saved), "--as", form).stdout


def test_a_binary_form_can_be_piped(shell: Shell, saved: Path) -> None:
    assert shell.run("export", str(saved), "--as", "pdf").stdout_bytes.startswith(b"%PDF-")


def test_several_documents_are_one_table(shell: Shell, saved: Path) -> None:
    text = shell.run("export", str(saved), str(saved), "--as", "csv").stdout

    assert 3 == len(text.splitlines())


def test_an_exported_document_is_what_was_saved(shell: Shell, saved: Path) -> None:
    assert saved.read_text("utf-8") + "\n" == shell.run("export", str(saved), "--as", "json").stdout


def test_a_document_that_was_changed_is_refused(
    shell: Shell, saved: Path, document: Document, tmp_path: Path
) -> None:
    saved.write_text(to_json(msgspec.structs.replace(document, due="2027-01-01")), "utf-8")
    out = tmp_path / "out.pdf"

    assert "its hash does not hold" in shell.refused(
        "export", str(saved), "--as", "pdf", "--out", str(out)
    )
    assert not out.exists()


def test_a_draft_that_does_not_add_up_is_refused(
    shell: Shell, saved: Path, document: Document
) -> None:
    wrong = msgspec.structs.replace(document, number="", hash="", total="1.00")
    saved.write_text(to_json(wrong), "utf-8")

    assert "the total says 1.00" in shell.refused("export", str(saved), "--as", "csv")


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"format": 1}', "[]"])
def test_what_is_no_document_is_refused_with_the_way_to_get_one(
    shell: Shell, saved: Path, text: str
) -> None:
    saved.write_text(text, "utf-8")

    assert "invoices show NUMBER --json" in shell.refused("export", str(saved), "--as", "csv")


def test_a_file_that_is_not_there_is_named(shell: Shell, tmp_path: Path) -> None:
    missing = tmp_path / "none.json"

    assert f"{missing} cannot be read" in shell.refused("export", str(missing), "--as", "csv")


def test_a_folder_that_is_not_there_is_named_and_nothing_is_left(
    shell: Shell, saved: Path, tmp_path: Path
) -> None:
    out = tmp_path / "missing" / "out.csv"

    assert "cannot be written" in shell.refused(
        "export", str(saved), "--as", "csv", "--out", str(out)
    )
    assert [saved] == list(tmp_path.iterdir())


def test_a_number_that_nobody_gave_is_refused(acme: Shell) -> None:
    assert "INV-404" in acme.refused("export", "INV-404", "--as", "csv")


@pytest.mark.parametrize(
    "options",
    [
        ["--as", "csv", "--language", "id"],
        ["--as", "csv", "--json"],
        ["--as", "poem"],
        [],
    ],
)
def test_options_that_mean_nothing_are_wrong_usage(
    shell: Shell, saved: Path, options: list[str]
) -> None:
    shell.refused("export", str(saved), *options, code=2)


def test_two_documents_do_not_fit_in_one_pdf(shell: Shell, saved: Path) -> None:
    assert "one document at a time" in shell.refused(
        "export", str(saved), str(saved), "--as", "pdf", code=2
    )


def test_a_font_that_is_none_is_refused(shell: Shell, saved: Path) -> None:
    assert ".ttf" in shell.refused("export", str(saved), "--as", "pdf", "--font", str(saved))


def test_the_language_is_the_readers(saved: Path, tmp_path: Path) -> None:
    files = []
    for language in ("en", "id"):
        out = tmp_path / f"{language}.pdf"
        arguments = ["export", str(saved), "--as", "pdf", "--language", language]
        done = CliRunner().invoke(main, [*arguments, "--out", str(out), "--json"])
        files.append(json.loads(done.stdout)["sha256"])

    assert files[0] != files[1]
