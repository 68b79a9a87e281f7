"""What is signed about terms is in the chain, and nowhere else."""

from pathlib import Path

import pytest

from stillhouse.ledger.entries import check
from stillhouse.store.sqlite import SQLiteStore
from stillhouse.units.instant import Instant

AT = Instant(1_793_527_200_000_000)


def test_lines_are_entries_of_the_chain_and_move_the_version(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "s.sqlite")
    before = store.version()
    store.create_account("a", at=AT, actor="t")
    store.sign_terms("terms_attested", {"id": "att_1"}, at=AT, actor="t")

    assert [("terms_attested", AT, {"id": "att_1"})] == store.terms_lines()
    assert None is check(store.entries())
    assert store.version() == before + 2
    store.close()


def test_other_kinds_are_not_signed_here(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "s.sqlite")

    with pytest.raises(ValueError, match="invoice_finalised"):
        store.sign_terms("invoice_finalised", {}, at=AT, actor="t")
    assert [] == store.terms_lines()
    store.close()
