"""`export`: finalised documents, or drafts, as PDF, JSON, CSV, FOCUS 1.2 and beancount.

A document is named by its number, or by the file that its JSON was saved to: the second needs no
data folder, so a customer can make the other forms as well. A file is written whole or not at all.
"""

import hashlib
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import cast, get_args

import click
import msgspec

from stillhouse.billing.document import Document, digest, from_json
from stillhouse.billing.exports.exact import ExportError
from stillhouse.billing.exports.words import Language
from stillhouse.cli.desk import in_folder
from stillhouse.cli.folder import data_folder
from stillhouse.cli.output import Failure, line
from stillhouse.compose.exports import FORMS, OF_ONE, File, Form, export
from stillhouse.ledger.ports import ConflictError, NotFoundError, UnavailableError

BINARY: frozenset[Form] = frozenset({"pdf", "focus-parquet"})


@click.command(
    "export", help="Invoices and credit notes as PDF, JSON, CSV, FOCUS 1.2 or beancount."
)
@click.argument("documents", nargs=-1, required=True, metavar="NUMBER_OR_FILE.json...")
@click.option("--as", "form", required=True, type=click.Choice(list(FORMS)), help="What to write.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write.  [default: standard output]",
)
@click.option(
    "--language",
    type=click.Choice(get_args(Language)),
    help="Of a PDF: English or Indonesian.  [default: the document's]",
)
@click.option(
    "--font",
    "fonts",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Of a PDF: a .ttf file for letters that ours do not have. Repeat.",
)
@in_folder
def export_(
    *,
    documents: Sequence[str],
    form: str,
    out: Path | None,
    language: str | None,
    fonts: Sequence[Path],
    data: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    wanted = cast("Form", form)
    if wanted != "pdf" and (language or fonts):
        raise click.UsageError("--language and --font are for --as pdf")
    if wanted in OF_ONE and len(documents) > 1:
        raise click.UsageError(f"--as {form} takes one document at a time")
    if as_json and out is None:
        raise click.UsageError("--json tells about a file: name one with --out")
    found = [_document(name, data, config) for name in documents]
    try:
        file = export(
            found,
            wanted,
            language=cast("Language | None", language),
            fonts=[font.read_bytes() for font in fonts],
        )
    except ValueError as error:
        what = ", ".join(documents) if isinstance(error, ExportError) else "--font"
        raise Failure(f"{what}: {error}") from error
    if out is None:
        _print(file, wanted)
        return
    _write(out, file.data)
    if as_json:
        sha256 = hashlib.sha256(file.data).hexdigest()
        line({"file": str(out), "form": form, "bytes": len(file.data), "sha256": sha256})
    else:
        click.echo(f"{out}: {len(file.data):,} bytes")


def _document(name: str, data: Path | None, config: Path | None) -> Document:
    """By its number from the store, or from a file of its JSON."""
    path = Path(name)
    if path.suffix == ".json" or path.is_file():
        return _read(path)
    from stillhouse.compose.invoices import Invoices  # noqa: PLC0415 # a file needs no store
    from stillhouse.compose.stores import open_store  # noqa: PLC0415

    folder = data_folder(data, config)
    try:
        with closing(open_store(folder, create=False)) as store:
            return Invoices(folder, store).document(name).document
    except (NotFoundError, ConflictError, UnavailableError) as error:
        raise Failure(str(error)) from error


def _read(path: Path) -> Document:
    try:
        document = from_json(path.read_bytes())
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror or error}") from error
    except msgspec.MsgspecError as error:
        raise Failure(
            f"{path} is no invoice: {error}. Save one with `stillhouse invoices show NUMBER --json`"
        ) from error
    if document.number and document.hash != digest(document):
        raise Failure(
            f"{path} was changed after it was finalised: its hash does not hold."
            f" Ask for {document.number} again"
        )
    return document


def _print(file: File, form: Form) -> None:
    if form in BINARY and sys.stdout.isatty():
        raise click.UsageError(f"--as {form} is not for a terminal: name a file with --out")
    end = b"\n" if form == "json" else b""
    with click.open_file("-", "wb") as out:
        out.write(file.data + end)


def _write(path: Path, data: bytes) -> None:
    """The whole file, or the file that was there before."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            beside.write_bytes(data)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror or error}") from error
