"""`verify-invoice`: check an invoice from its file alone. Needs no data folder and no network.

Who was invoiced runs this: the invoice's JSON, the ids from the `x-stillhouse-receipt` headers of
its own responses, and a proof file from whoever issued the invoice. Exit 1 and a sentence for each
thing that does not hold.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from stillhouse.billing.check import Finding, check, check_previous
from stillhouse.billing.document import Document, from_json
from stillhouse.billing.inclusion import Inclusion, charge_matches, check_inclusion
from stillhouse.cli.output import Failure, line

T = TypeVar("T", Document, Inclusion)


@click.command(help="Check an invoice from its file alone: sums, hash, receipts.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--receipts", multiple=True, help="Ids like w7-1234, or files with one on each line.")
@click.option("--proof", type=click.Path(path_type=Path), help="The proof file for those receipts.")
@click.option("--previous", type=click.Path(path_type=Path), help="The document before this one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify_invoice(
    *, file: Path, receipts: Sequence[str], proof: Path | None, previous: Path | None, as_json: bool
) -> None:
    """FILE is what `stillhouse invoices show NUMBER --json` printed.

    A file of receipts has one id on each line, or JSON lines with "id" and, where it is known,
    "charge": the amount of the header x-stillhouse-charge.
    """
    document, text = _read(file, Document)
    wanted = dict(_receipts(receipts))
    if wanted and proof is None:
        raise Failure(
            "receipts are proven by a proof file: ask the issuer for"
            f" `stillhouse invoices proof {document.number} ID ...` and name it with --proof"
        )
    findings = check(document, text)
    if previous is not None:
        findings += check_previous(document, _read(previous, Document)[0])
    proven = 0
    if proof is not None:
        included, _ = _read(proof, Inclusion)
        findings += check_inclusion(document, included, wanted)
        findings += _charges(included, wanted)
        proven = len(included.receipts)
    _report(document, findings, proven, as_json=as_json)


def receipt_ids(given: Sequence[str]) -> Iterator[str]:
    """Ids, and those in files."""
    for ident, _ in _receipts(given):
        yield ident


def _receipts(given: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """(id, charge if it is known) of each."""
    for text in given:
        path = Path(text)
        if not path.is_file():
            yield from ((ident, None) for ident in text.split(",") if ident)
            continue
        for number, row in enumerate(path.read_text("utf-8").splitlines(), 1):
            if row.strip():
                yield _receipt(row.strip(), f"{path}, line {number}")


def _receipt(row: str, where: str) -> tuple[str, str | None]:
    if not row.startswith("{"):
        return row, None
    try:
        said = json.loads(row, parse_float=str)
        charge = said.get("charge")
        return str(said["id"]), None if charge is None else str(charge)
    except (ValueError, KeyError):
        raise Failure(f'{where}: neither an id nor JSON with an "id"') from None


def _read(path: Path, kind: type[T]) -> tuple[T, bytes]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}") from None
    try:
        if kind is Document:
            return from_json(data), data  # type: ignore[return-value]
        return msgspec.json.decode(data, type=kind), data
    except msgspec.MsgspecError as error:
        what = "an invoice" if kind is Document else "a proof"
        raise Failure(f"{path} is not {what} of Stillhouse: {error}") from None


def _charges(proof: Inclusion, wanted: dict[str, str | None]) -> list[Finding]:
    said = {each.receipt.get("id", ""): each.receipt for each in proof.receipts}
    return [
        Finding(None, f"{ident} was answered with the charge {charge}, and the invoice has another")
        for ident, charge in wanted.items()
        if charge is not None and ident in said and not charge_matches(said[ident], charge)
    ]


def _report(document: Document, findings: Sequence[Finding], proven: int, *, as_json: bool) -> None:
    if as_json:
        line(
            {
                "ok": not findings,
                "number": document.number,
                "hash": document.hash,
                "currency": document.currency,
                "total": document.total,
                "lines": len(document.lines),
                "receipts": document.receipts.count,
                "proven": proven,
                "findings": [{"line": f.line, "what": f.what} for f in findings],
            }
        )
    else:
        for finding in findings:
            click.echo(finding.what)
        if not findings:
            click.echo(
                f"{document.number} holds: {len(document.lines)} lines come to {document.currency}"
                f" {document.total}, its hash is right, {proven:,} of its"
                f" {document.receipts.count:,} receipts are proven."
            )
    if findings:
        click.get_current_context().exit(1)
