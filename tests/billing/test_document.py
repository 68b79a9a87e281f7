"""A document survives its own text, and its hash sees every change."""

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stillhouse.billing.document import (
    Document,
    Line,
    Party,
    Proof,
    digest,
    digest_text,
    from_json,
    sealed_text,
    to_json,
)
from stillhouse.ledger.entries import canonical

LINE = Line(
    id=1,
    kind="usage",
    amount="12.35",
    exact_pico="12345678901234",
    price_currency="USD",
    period="2026-11",
    quantity="4938271",
    unit="1000000 tokens",
    unit_price="2.50",
)
DOCUMENT = Document(
    kind="invoice",
    issuer=Party(id="stillhouse", name="Stillhouse"),
    customer=Party(id="acct_1", name="Komentar Tbk"),
    period="2026-11",
    start="2026-11-01T00:00:00Z",
    end="2026-12-01T00:00:00Z",
    currency="USD",
    unit="0.01",
    lines=(LINE,),
    subtotal="12.35",
    tax="0.00",
    total="12.35",
    receipts=Proof(count=1, root="00"),
)


def test_the_text_gives_the_document_back() -> None:
    assert from_json(to_json(DOCUMENT)) == DOCUMENT


def test_the_hash_leaves_itself_out_and_sees_everything_else() -> None:
    sealed = msgspec.structs.replace(DOCUMENT, hash=digest(DOCUMENT))
    moved = msgspec.structs.replace(DOCUMENT, total="12.36")

    assert digest(sealed) == digest(DOCUMENT)
    assert digest(moved) != digest(DOCUMENT)
    assert digest(msgspec.structs.replace(DOCUMENT, previous="ab")) != digest(DOCUMENT)


def test_what_is_no_document_is_refused_with_the_field() -> None:
    with pytest.raises(msgspec.ValidationError, match="kind"):
        from_json(to_json(DOCUMENT).replace('"invoice"', '"poem"'))


@given(st.text(), st.sampled_from(["INV-000001", 'x"', ',"number":""']))
def test_a_text_that_is_sealed_is_that_of_the_sealed_document(note: str, number: str) -> None:
    assume(not any("\ud800" <= c <= "\udfff" for c in note))
    bare = msgspec.structs.replace(DOCUMENT, notes=(note, ',"due":""'))
    given_ = {"number": number, "issued_at": "i", "due": "d", "previous": "p"}
    sealed = msgspec.structs.replace(bare, **given_)
    text, found = sealed_text(to_json(bare), **given_)

    assert canonical(msgspec.to_builtins(bare)) == to_json(bare)
    assert digest(sealed) == found == digest_text(text)
    assert to_json(msgspec.structs.replace(sealed, hash=found)) == text
    with pytest.raises(ValueError, match="has an empty due"):
        sealed_text(text, **given_)
