"""A worker keeps what a consenting project's calls said, and of nobody else's anything."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.distill.test_capture import CONSENT
from tests.gateway.rig import ANSWER, BODY, DONE, PIECE, STREAM, USAGE, Rig
from tests.gateway.students import ask, released

from stillhouse.compose import capturing
from stillhouse.compose.capturing import Capturing, account_key, kept_key
from stillhouse.compose.stores import open_store
from stillhouse.distill.capture import Row
from stillhouse.ledger.ports import UnavailableError
from stillhouse.store.captured import Captured

MINE = replace(CONSENT, project="proj_1", account="acct_1")


def watched(rig: Rig, share: int = 0) -> tuple[Capturing, list[str]]:
    said: list[str] = []
    made = Capturing(writer=1, log=lambda event, **_: said.append(event))
    made.use([MINE])
    released(rig, share, watches=lambda key, _split: made.look if made.wants(key.project) else None)
    return made, said


def rows(made: Capturing, data: Path) -> list[Row]:
    captured = Captured(data, lambda _: b"k" * 32)
    made.keep(made.take(), captured)
    return list(captured.rows(account="acct_1"))


def finished(rig: Rig) -> None:
    for _ in range(2):  # what came while the disk was busy is synced a moment later
        rig.journal.sync_all()
        rig.loop.pass_time(0.1)


def test_whole_answers_and_streams_are_kept_alike(tmp_path: Path) -> None:
    rig = Rig()
    made, _ = watched(rig)
    _, attempt = ask(rig, body=BODY[:-1] + b',"user":"u7"}')
    attempt.answer()
    _, attempt = ask(rig, body=STREAM)
    attempt.begin_stream(PIECE, USAGE, DONE)
    attempt.end()
    finished(rig)
    one, other = rows(made, tmp_path)

    assert ("w1-1", "w", "u7", "proj_1", "model-0") == (
        one.receipt, one.workload, one.user, one.project, one.model,
    )  # fmt: skip
    assert ANSWER == bytes(one.response)
    assert b'"content":" word"' in bytes(other.response)
    assert STREAM == bytes(other.request)


def test_a_project_without_consent_leaves_nothing(tmp_path: Path) -> None:
    rig = Rig()
    made, _ = watched(rig)
    made.use([replace(MINE, ended_at=CONSENT.began_at), replace(MINE, project="proj_2")])
    rig.gateway.release_by({}, lambda key, _: made.look if made.wants(key.project) else None)
    _, attempt = ask(rig)
    attempt.answer()
    finished(rig)

    assert [] == made.take()
    assert not (tmp_path / "captured").exists()


def test_what_a_student_of_ours_says_teaches_nobody() -> None:
    rig = Rig()
    made, _ = watched(rig, share=10_000)
    _, attempt = ask(rig)
    attempt.answer()
    finished(rig)

    assert [] == made.take()


def test_what_is_too_much_is_not_kept_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    made, said = watched(rig)
    monkeypatch.setattr(capturing, "WAITING_BYTES_MAX", len(BODY) + len(ANSWER))
    for _ in range(3):
        _, attempt = ask(rig)
        attempt.answer()
        finished(rig)

    assert 1 == len(made.take())
    assert ["capture_missed"] == said


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    rig = Rig()
    made, said = watched(rig)
    _, attempt = ask(rig)
    attempt.answer()
    finished(rig)
    (tmp_path / "captured").write_text("in the way")
    made.keep(made.take(), Captured(tmp_path, lambda _: b"k" * 32))

    assert ["capture_failed"] == said


def test_an_accounts_key_is_drawn_once_and_sealed(tmp_path: Path) -> None:
    store = open_store(tmp_path, create=True)
    with pytest.raises(UnavailableError, match="nothing was captured"):
        kept_key(store, tmp_path, "a")
    key = account_key(store, tmp_path, "a")

    assert key == account_key(store, tmp_path, "a") == kept_key(store, tmp_path, "a")
    assert key != account_key(store, tmp_path, "b")
    sealed = store.capture_key("a")
    assert sealed is not None
    assert key not in sealed
    store.close()
