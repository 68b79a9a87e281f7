"""Consents are entries; an account's key is drawn once and goes with its content."""

from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.distill.test_capture import AT, CONSENT

from stillhouse.compose.stores import open_store
from stillhouse.ledger.entries import check
from stillhouse.ledger.ports import ConflictError, NotFoundError


def test_on_and_off_are_entries_and_new_versions(tmp_path: Path) -> None:
    with closing(open_store(tmp_path, create=True)) as store:
        account = store.create_account("acme", at=AT, actor="t").id
        project = store.create_project("web", account=account, at=AT, actor="t").id
        given = replace(CONSENT, account=account, project=project)
        with pytest.raises(ConflictError, match="--by"):
            store.consent(replace(given, by=""), at=AT, actor="t")
        with pytest.raises(NotFoundError):
            store.consent(replace(given, project="proj_none"), at=AT, actor="t")
        with pytest.raises(NotFoundError, match="captures nothing"):
            store.end_consent(project, reason="", at=AT, actor="t")
        seen = store.version()
        store.consent(given, at=AT, actor="ann")
        assert store.version() > seen
        ended = store.end_consent(project, reason="enough", at=AT, actor="bob")
        told = [e for e in store.entries() if e.kind.startswith("capture")]

        assert not ended.holds
        assert [ended] == store.consents()
        assert [("capture_on", "ann"), ("capture_off", "bob")] == [(e.kind, e.actor) for e in told]
        assert ("for our own models", 30) == (told[0].body["text"], told[0].body["days"])
        assert check(store.entries()) is None


def test_a_key_is_kept_once_and_goes_with_its_erasure(tmp_path: Path) -> None:
    with closing(open_store(tmp_path, create=True)) as store:
        assert store.capture_key("a") is None
        assert b"one" == store.add_capture_key("a", b"one")
        assert b"one" == store.add_capture_key("a", b"two")
        store.note_erased("a", {"rows": 3, "key": False}, at=AT, actor="t")
        assert b"one" == store.capture_key("a")
        store.note_erased("a", {"rows": 3, "key": True}, at=AT, actor="t")

        assert store.capture_key("a") is None
        assert [False, True] == [e.body["key"] for e in store.entries()]
