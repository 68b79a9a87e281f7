"""What the console keeps beside the ledger: keys sealed, entries by page, spans learned once."""

from pathlib import Path

import pytest
from tests.console.real import Real

from stillhouse.ledger.ports import NotFoundError
from stillhouse.store.calls import CallFiles
from stillhouse.store.sqlite_desk import SQLiteDesk


def test_a_key_is_kept_rotated_and_removed_with_an_entry_each(real: Real) -> None:
    register = real.parts.register
    for sealed in (b"one", b"two"):
        register.set_provider_key("p", sealed=sealed, hint="h", at=real.now, actor="test")
    register.note_test("p", works=True, at=real.now)
    kept = register.provider_keys()["p"]
    assert (b"two", True) == (kept.sealed, register.tests()["p"].works)
    register.remove_provider_key("p", at=real.now, actor="test")
    told = [(e.kind, e.body.get("rotated")) for e in real.parts.store.entries()][-3:]

    assert [("provider_key", False), ("provider_key", True), ("provider_key_removed", None)] == told
    assert {} == register.provider_keys()
    assert {} == register.tests()
    assert "two" not in repr(kept)
    with pytest.raises(NotFoundError):
        register.remove_provider_key("p", at=real.now, actor="test")


def test_a_new_key_has_not_been_tested(real: Real) -> None:
    register = real.parts.register
    register.note_test("p", works=True, at=real.now)
    register.set_provider_key("p", sealed=b"new", hint="", at=real.now, actor="test")

    assert {} == register.tests()


def test_spans_are_learned_once_and_handed_out_in_order(real: Real, tmp_path: Path) -> None:
    writer = real.writer()
    first = real.seal(real.receipts(2, account=real.alice, writer=writer))
    files = CallFiles(real.parts.data, SQLiteDesk(real.parts.data / "stillhouse.sqlite"))
    assert [(first.id, first.path)] == real.parts.register.without_span()
    [span] = files.learn()
    second = real.seal(real.receipts(1, account=real.bob, writer=writer))
    files.learn()
    newest, spans = real.parts.register.spans(0)

    assert (first.id, frozenset({real.alice.id})) == (span.segment, span.accounts)
    assert span.first_at < span.last_at
    assert [first.id, second.id] == [s.segment for s in spans]
    assert (newest, []) == real.parts.register.spans(newest)
    assert [] == real.parts.register.without_span()
    files.close()


def test_posted_segments_are_told_from_others(real: Real) -> None:
    made = real.seal(real.receipts(1, account=real.alice, writer=real.writer()))

    assert {made.id} == real.parts.register.posted_among([made.id, "w9-9"])
    assert (made.sha256, made.sealed_at) == real.parts.register.segment_facts(made.id)
    with pytest.raises(NotFoundError):
        real.parts.register.segment_facts("w9-9")


def test_entries_come_newest_first_by_kind_and_author(real: Real) -> None:
    every = [e.number for e in real.parts.store.entries()]
    found = real.parts.register.entries_before(2**60, limit=1_000)
    keys = real.parts.register.entries_before(2**60, kind="key", actor="test", limit=1)

    assert every == [e.number for e in reversed(found)]
    assert ["key"] == [e.kind for e in keys]
