"""An operator's readings and signatures: with the text at hand, by name, into the chain."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.terms.house import NOW, asked, attested, waived, written

from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.compose.terms_book import add, attest, claims, revoke, terms_of, unquoted, waive
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.terms import DocumentError
from stillhouse.terms.waiver import UnsignableError

CONTRACT = """Product Terms

Customer may use the “Output Content” to create, train or
improve any model, subject to section 4.
"""
READING = written(
    id="azure-openai",
    provider="Microsoft",
    paths=["azure-openai"],
    models=["gpt-*"],
    effective="2025-01-01",
    quote='use the "Output Content" to create, train or improve any model ... section 4',
    document="Product Terms",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WholeStore]:
    found = open_store(tmp_path, create=True)
    yield found
    found.close()


def added(store: WholeStore, folder: Path, reading: object, text: str | None = CONTRACT) -> str:
    file, contract = folder / "reading.yaml", folder / "contract.txt"
    file.write_text(yaml.safe_dump(reading, allow_unicode=True), "utf-8")
    if text is not None:
        contract.write_text(text, "utf-8")
    (one,) = add(
        store,
        folder,
        file,
        contract if text is not None else None,
        signed_by="Dewi",
        at=NOW,
        actor="t",
    )
    return one.text_sha256


def test_a_reading_makes_unknown_terms_known(store: WholeStore, tmp_path: Path) -> None:
    assert "unknown" == asked("azure-openai", "gpt-4o").ground

    digest = added(store, tmp_path, READING)
    registry = terms_of(store).registry

    assert asked("azure-openai", "gpt-4o", registry=registry).allowed
    assert CONTRACT == (tmp_path / "terms" / f"{digest}.txt").read_text("utf-8")
    assert digest == registry.chains["azure-openai"].newest.text_sha256
    assert "terms_added" == list(store.entries())[-1].kind


def test_a_quotation_must_stand_in_the_text(store: WholeStore, tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match="not in the text"):
        added(store, tmp_path, {**READING, "quote": "train any model they like"})
    assert [] == store.terms_lines()
    assert not (tmp_path / "terms").exists()


def test_a_contract_is_read_with_its_text_at_hand(store: WholeStore, tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match="--text"):
        added(store, tmp_path, READING, None)


def test_one_bad_reading_keeps_all_out(store: WholeStore, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"reading\.yaml, entry 2"):
        added(store, tmp_path, {"entries": [READING, {"id": "x"}]})
    assert [] == store.terms_lines()


@pytest.mark.parametrize("text", [b"", b"\xff\xfe\x00"])
def test_a_text_that_is_no_text_is_refused(store: WholeStore, tmp_path: Path, text: bytes) -> None:
    file, contract = tmp_path / "r.yaml", tmp_path / "c.txt"
    file.write_text(yaml.safe_dump(READING), "utf-8")
    contract.write_bytes(text)

    with pytest.raises(ConflictError, match="text"):
        add(store, tmp_path, file, contract, signed_by="Dewi", at=NOW, actor="t")


@pytest.mark.parametrize(
    ("quote", "missing"),
    [
        ("create, train or improve any model", ""),
        ("CREATE, train\n  or improve", ""),
        ("Customer ... any model … section 4", ""),
        ("Customer [may] use", ""),
        ("create, train and improve", "create, train and improve"),
        ("Customer ... any weights", "any weights"),
        ("", ""),
    ],
)
def test_what_is_left_out_of_a_quotation_is_marked(quote: str, missing: str) -> None:
    assert missing == unquoted(quote, CONTRACT)


def test_an_attestation_is_tied_to_the_version_that_was_read(store: WholeStore) -> None:
    claim = "internal_classifier_or_embedding_not_distributed"
    made = attest(store, attested("openai-services-agreement", claim), actor="t")
    terms = terms_of(store)
    found = asked("openai-api", "gpt-4o", "classifier", attestations=terms.signed.attestations)

    assert found.allowed
    assert made.version == terms.registry.chains[made.entry].newest.hash[:12]


def test_only_what_an_entry_asks_for_can_be_attested(store: WholeStore) -> None:
    with pytest.raises(ConflictError, match="it can be attested: reading"):
        attest(store, attested("openai-services-agreement", "own_content"), actor="t")
    with pytest.raises(NotFoundError, match="terms list"):
        attest(store, attested("nobody", "reading"), actor="t")
    with pytest.raises(UnsignableError):
        waive(store, waived("openai-services-agreement", contract_ref=""), actor="t")


def test_what_was_signed_can_be_taken_back_once(store: WholeStore) -> None:
    made = waive(store, waived("openai-services-agreement"), actor="t")
    assert asked("openai-api", "gpt-4o", waivers=terms_of(store).signed.waivers).allowed

    revoke(store, made.id, signed_by="Dewi", reason="", at=NOW, actor="t")

    assert not asked("openai-api", "gpt-4o", waivers=terms_of(store).signed.waivers).allowed
    with pytest.raises(ConflictError, match="revoked before"):
        revoke(store, made.id, signed_by="Dewi", reason="", at=NOW, actor="t")
    with pytest.raises(NotFoundError):
        revoke(store, "att_0", signed_by="Dewi", reason="", at=NOW, actor="t")


def test_claims_are_named_without_their_values(store: WholeStore) -> None:
    llama = terms_of(None).registry.chains["llama-3.1"].newest

    assert "student_name_prefix" in claims(llama)
