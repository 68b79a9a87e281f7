"""Terms as they stand in one house: what ships, what was added here, and what people signed.

Whoever signs is named by name, beside the account of the machine that wrote the line. A reading of
a contract comes with the contract's text: its words must stand in it, its hash goes into the entry,
and a copy is kept in the data folder under that hash, for whoever reads it again.

Fails closed: lines of the ledger that cannot be read, and a file of the registry that was edited by
hand, leave no registry at all.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stillhouse.compose.terms import TamperedError, UnreadableError, document, shipped
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.terms import Registry
from stillhouse.terms.document import DocumentError, Entry, Kind, entry
from stillhouse.terms.registry import FAR
from stillhouse.terms.signed import (
    ADDED,
    ATTESTED,
    REVOKED,
    WAIVED,
    Signatures,
    SignedStore,
    UnreadableLineError,
    added_body,
    attested_body,
    fold,
    waived_body,
)
from stillhouse.terms.waiver import READING, Attestation, Waiver, checked
from stillhouse.units.instant import Instant

Receipted = Callable[[str, str, str, Instant], tuple[str, Instant]]
TEXT_BYTES_MAX = 16 << 20
_STRAIGHT = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u00ab\u00bb"), '"') | dict.fromkeys(
    map(ord, "\u2018\u2019"), "'"
)
"""Quotation marks and apostrophes of any shape, as typed."""
_ELLIPSIS = re.compile(r"\s*(?:\.\.\.|…|\[[^\]]*\])\s*")


@dataclass(frozen=True, slots=True)
class Terms:
    """The registry with what was added here, and what was signed."""

    registry: Registry
    signed: Signatures


def terms_of(store: SignedStore | None) -> Terms:
    """Of this house; without a store, what ships and nothing else.

    Raises:
        TamperedError, UnreadableError, DocumentError, UnreadableLineError
    """
    if store is None:
        return Terms(shipped(), Signatures())
    signed = fold(store.terms_lines())
    registry = shipped().with_entries(signed.entries) if signed.entries else shipped()
    return Terms(registry, signed)


def terms_for_receipts(store: SignedStore, log: Callable[..., None]) -> Receipted:
    """What a gateway's receipts name, by access path, model and licence.

    Fails closed without failing a call: a registry that cannot be trusted is named on no receipt,
    and rows of such calls teach nobody.
    """
    try:
        return terms_of(store).registry.receipt
    except (TamperedError, UnreadableError, DocumentError, UnreadableLineError) as error:
        log("terms_not_read", error=str(error))
        return lambda *_: ("", FAR)


def readings(raw: Any, *, name: str, at: Instant, signed_by: str) -> list[dict[str, Any]]:
    """The documents of an operator's file: one entry, or a list called entries; checked whole."""
    rows = raw.get("entries") if isinstance(raw, Mapping) and "entries" in raw else [raw]
    if not isinstance(rows, list) or not rows:
        raise DocumentError([(name, "one entry, or a list called entries, is needed")])
    problems: list[tuple[str, str]] = []
    for place, row in enumerate(rows, 1):
        try:
            entry(row, where=f"{name}, entry {place}", added_at=at, signed_by=signed_by)
        except DocumentError as error:
            problems += error.problems
    if problems:
        raise DocumentError(problems)
    return [dict(row) for row in rows]


def add(
    store: SignedStore,
    data: Path,
    file: Path,
    text: Path | None,
    *,
    signed_by: str,
    at: Instant,
    actor: str,
) -> list[Entry]:
    """Add an operator's readings; all or none.

    Raises:
        DocumentError, UnreadableError: of the file.
        ConflictError: nobody signs, the text is missing, or a quotation does not stand in it.
    """
    if not signed_by.strip():
        raise ConflictError("somebody signs a reading by name: --signed-by")
    rows = readings(
        document(file.read_bytes(), file.name), name=file.name, at=at, signed_by=signed_by
    )
    contract = None if text is None else _text(text)
    for row in rows:
        if contract is None:
            if row["kind"] != Kind.WEIGHTS:
                raise ConflictError(
                    f"{row['id']}: a contract is read with its text at hand: --text CONTRACT.txt"
                )
            continue
        missing = unquoted(row.get("quote", ""), contract.decode("utf-8"))
        if missing:
            raise ConflictError(f'{row["id"]}: these words are not in the text: "{missing}"')
        row["text_sha256"] = hashlib.sha256(contract).hexdigest()
    made = [entry(row, where=file.name, added_at=at, signed_by=signed_by) for row in rows]
    terms_of(store).registry.with_entries(made)  # contradictions are found before anything is kept
    if contract is not None:
        keep_text(data, contract)
    for row in rows:
        store.sign_terms(ADDED, added_body(row, signed_by=signed_by), at=at, actor=actor)
    return made


def _text(path: Path) -> bytes:
    try:
        found = path.read_bytes()
        found.decode("utf-8")
    except UnicodeDecodeError:
        raise ConflictError(f"{path} is not UTF-8 text; save the contract as plain text") from None
    if not found.strip() or len(found) > TEXT_BYTES_MAX:
        raise ConflictError(f"{path} is empty, or longer than any contract")
    return found


def unquoted(quote: str, text: str) -> str:
    """The first part of a quotation that does not stand in the text; "" when all of it does.

    Blanks, line ends and the shape of quotation marks do not matter; `...` and `[words]` stand for
    what was left out.
    """
    whole = _even(text)
    parts = [part for part in _ELLIPSIS.split(quote) if part]
    return next((part for part in parts if _even(part) not in whole), "")


def _even(text: str) -> str:
    return " ".join(text.translate(_STRAIGHT).split()).casefold()


def keep_text(data: Path, text: bytes) -> Path:
    """A copy under its hash, readable by its owner alone; kept once."""
    folder = data / "terms"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{hashlib.sha256(text).hexdigest()}.txt"
    if not path.exists():
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        part.rename(path)
    return path


def attest(store: SignedStore, a: Attestation, *, actor: str) -> Attestation:
    """Raises UnsignableError; NotFoundError and ConflictError for its entry and its claim."""
    checked(a)
    version = _entry(store, a.entry)
    known = claims(version)
    if a.claim not in known:
        raise ConflictError(
            f"{a.entry} asks for no {a.claim}; it can be attested: {', '.join(known)}"
        )
    made = replace(a, id=f"att_{secrets.token_hex(6)}", version=version.hash[:12])
    store.sign_terms(ATTESTED, attested_body(made), at=a.signed_at, actor=actor)
    return made


def waive(store: SignedStore, w: Waiver, *, actor: str) -> Waiver:
    """Raises UnsignableError; NotFoundError for its entry."""
    checked(w)
    _entry(store, w.entry)
    made = replace(w, id=f"wvr_{secrets.token_hex(6)}")
    store.sign_terms(WAIVED, waived_body(made), at=w.signed_at, actor=actor)
    return made


def revoke(
    store: SignedStore, ident: str, *, signed_by: str, reason: str, at: Instant, actor: str
) -> None:
    """Raises NotFoundError; ConflictError when it was revoked before."""
    signed = terms_of(store).signed
    found = next((s for s in (*signed.attestations, *signed.waivers) if s.id == ident), None)
    if found is None:
        raise NotFoundError(f"nothing signed is called {ident}; see `stillhouse terms signed`")
    if found.revoked_at is not None:
        raise ConflictError(f"{ident} was revoked before")
    body = {"id": ident, "signed_by": signed_by, "reason": reason}
    store.sign_terms(REVOKED, body, at=at, actor=actor)


def claims(version: Entry) -> Sequence[str]:
    """What somebody may attest to of this entry."""
    conditions = (token.partition(":")[0] for token in version.conditions)
    more = ("noncommercial",) if version.position == "noncommercial_only" else ()
    return tuple(dict.fromkeys((READING, *version.exceptions, *conditions, *more)))


def _entry(store: SignedStore, ident: str) -> Entry:
    chains = terms_of(store).registry.chains
    if ident not in chains:
        raise NotFoundError(f"there is no entry {ident}; see `stillhouse terms list`")
    return chains[ident].newest
