"""Secrets at rest: only the right master key opens them, and only in their own place."""

import base64
import stat
from pathlib import Path

import pytest

from stillhouse.ledger.ports import ConflictError, UnavailableError
from stillhouse.store.vault import FILE, VARIABLE, Vault, open_vault

SECRET = "sk-provider-0123456789abcdef"


def test_what_is_sealed_is_opened_and_not_there_to_read(tmp_path: Path) -> None:
    vault = open_vault(tmp_path, {})
    sealed = vault.seal(SECRET, name="openai")

    assert SECRET == open_vault(tmp_path, {}).open(sealed, name="openai")
    assert SECRET.encode() not in sealed
    assert sealed != vault.seal(SECRET, name="openai")


def test_the_key_file_is_its_owners_alone_and_made_once(tmp_path: Path) -> None:
    open_vault(tmp_path, {})
    first = (tmp_path / FILE).read_bytes()
    open_vault(tmp_path, {})

    assert 0o600 == stat.S_IMODE((tmp_path / FILE).stat().st_mode)
    assert first == (tmp_path / FILE).read_bytes()
    assert [FILE] == [p.name for p in tmp_path.iterdir()]


def test_another_master_key_another_name_or_a_changed_byte_opens_nothing(tmp_path: Path) -> None:
    vault = open_vault(tmp_path, {})
    sealed = vault.seal(SECRET, name="openai")
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])

    for opener, text, name in (
        (Vault(b"x" * 32), sealed, "openai"),
        (vault, sealed, "azure"),
        (vault, changed, "openai"),
        (vault, b"", "openai"),
    ):
        with pytest.raises(UnavailableError, match="cannot be opened"):
            opener.open(text, name=name)


@pytest.mark.parametrize(
    "given", [base64.b64encode(b"k" * 32).decode(), (b"k" * 32).hex()], ids=["base64", "hex"]
)
def test_a_given_master_key_is_used_and_no_file_made(tmp_path: Path, given: str) -> None:
    sealed = Vault(b"k" * 32).seal(SECRET, name="n")

    assert SECRET == open_vault(tmp_path, {VARIABLE: given}).open(sealed, name="n")
    assert [] == list(tmp_path.iterdir())


def test_a_long_text_is_a_master_key_and_a_short_one_is_refused(tmp_path: Path) -> None:
    text = "correct horse battery staple, and more"
    sealed = open_vault(tmp_path, {VARIABLE: text}).seal(SECRET, name="n")

    assert SECRET == open_vault(tmp_path, {VARIABLE: text}).open(sealed, name="n")
    with pytest.raises(ConflictError, match="too short"):
        open_vault(tmp_path, {VARIABLE: "secret"})


def test_a_damaged_key_file_is_said(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"short")

    with pytest.raises(UnavailableError, match="5 bytes"):
        open_vault(tmp_path, {})
