"""Who watches sees whole answers, streamed or not, of calls that ended well; nobody else pays."""

from tests.gateway.rig import ANSWER, DONE, PIECE, STREAM, USAGE, Rig
from tests.gateway.students import LABELLED, ask, released

from stillhouse.gateway import watched
from stillhouse.gateway.watched import Ended, Kept, whole
from stillhouse.wire.paths import Surface


def watching(rig: Rig) -> list[tuple[str, bytes]]:
    """(workload, answer) of each call that was told."""
    told: list[tuple[str, bytes]] = []

    def watch(call: Ended) -> None:
        told.append((call.admitted.label.workload, whole(call)))

    released(rig, 0, watches=lambda _key, split: None if split is None else watch)
    return told


def finished(rig: Rig) -> None:
    rig.journal.sync_all()
    rig.loop.turn()


def test_a_whole_answer_is_told_once_it_is_on_disk() -> None:
    rig = Rig()
    told = watching(rig)
    _, attempt = ask(rig)
    attempt.answer()

    assert [] == told
    finished(rig)
    assert [("w", ANSWER)] == told


def test_a_stream_is_passed_on_and_kept() -> None:
    rig = Rig()
    told = watching(rig)
    client, attempt = ask(rig, body=STREAM)
    attempt.begin_stream(PIECE, PIECE, USAGE, DONE)
    attempt.end()
    finished(rig)

    assert [("w", PIECE + PIECE + USAGE + DONE)] == told
    assert PIECE + PIECE in client.reply.body


def test_failures_and_other_workloads_are_not_told() -> None:
    rig = Rig()
    told = watching(rig)
    _, attempt = ask(rig)
    attempt.answer(b"{}", status=400)
    client = rig.connect()
    client.ask(headers=LABELLED.replace(": w", ": v"))
    rig.attempts[-1].answer()
    finished(rig)

    assert [] == told


def test_a_stream_that_is_too_long_is_not_kept() -> None:
    stream = Kept(Surface.CHAT, strip_usage=False)
    piece = PIECE * 1000
    for _ in range(watched.KEPT_BYTES_MAX // len(piece) + 1):
        assert piece == stream.feed(piece)

    assert b"" == stream.came
