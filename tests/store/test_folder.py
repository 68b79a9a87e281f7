"""The journal folder: locks that the kernel lets go, changes that are whole."""

import threading
from pathlib import Path

from tests.store.test_journal import NOW, Writer, close, opened

from stillhouse.ledger.journal import frame
from stillhouse.ledger.receipt import Start
from stillhouse.ledger.segment import JournalName
from stillhouse.store.folder import JournalFolder

NAME = JournalName(1, 1)


def written(tmp_path: Path, data: bytes, name: JournalName = NAME) -> JournalFolder:
    folder = JournalFolder(tmp_path)
    folder.path.mkdir(exist_ok=True)
    (folder.path / str(name)).write_bytes(data)
    return folder


def start(carried: int) -> bytes:
    return frame(Start(writer=1, file=1, next_seq=1, started_at=NOW, carried=carried))


def test_an_empty_folder_answers_with_nothing(tmp_path: Path) -> None:
    folder = JournalFolder(tmp_path / "nothing")

    assert (folder.names(), folder.writers(), folder.set_aside_names()) == ([], [], [])
    assert folder.scan(NAME) is None
    assert folder.head(NAME) is None


def test_a_writer_is_dead_when_its_lock_is_free(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    folder = JournalFolder(tmp_path)

    assert (folder.writers(), folder.alive(1)) == ([1], True)
    with folder.claim(1) as dead:
        assert not dead

    writer.journal.close()

    with folder.claim(1) as dead:
        assert dead
        assert folder.alive(1)  # by us
    assert not folder.alive(1)
    folder.forget(1)
    assert folder.writers() == []


def test_readers_share_and_the_sealer_waits(tmp_path: Path) -> None:
    folder = JournalFolder(tmp_path)
    order = []

    def seal() -> None:
        with folder.sealing():
            order.append("sealed")

    with folder.reading(), folder.reading():
        thread = threading.Thread(target=seal)
        thread.start()
        thread.join(0.1)
        order.append("read")
    thread.join()

    assert order == ["read", "sealed"]


def test_the_head_is_whole_or_nothing(tmp_path: Path) -> None:
    many = [opened(seq) for seq in range(1, 2001)]
    frames = b"".join(map(frame, many))
    folder = written(tmp_path, start(2000) + frames + frame(close(1)))
    head = folder.head(NAME)

    assert head is not None
    assert many == head[1]
    for cut in (3, len(start(2000)) + 5, len(start(2000)) + len(frames) - 1):
        assert written(tmp_path, (start(2000) + frames)[:cut]).head(NAME) is None
    assert written(tmp_path, frames).head(NAME) is None


def test_extending_cuts_a_torn_tail_and_appends(tmp_path: Path) -> None:
    good = start(0) + frame(opened(1))
    folder = written(tmp_path, good + b"torn" + bytes(100))
    folder.extend(NAME, good_bytes=len(good), frames=frame(close(1)))
    found = folder.scan(NAME)

    assert found is not None
    assert ([opened(1), close(1)], None) == (found.records[1:], found.damage)
    assert folder.names() == [NAME]


def test_a_begun_file_gets_its_name(tmp_path: Path) -> None:
    begun = JournalName(1, 2, begun=True)
    folder = written(tmp_path, start(0), begun)

    assert JournalName(1, 2) == folder.promote(begun)
    assert [JournalName(1, 2)] == folder.names()


def test_evidence_is_the_first_copy(tmp_path: Path) -> None:
    folder = written(tmp_path, b"first")
    folder.set_aside(NAME)
    written(tmp_path, b"second")
    folder.set_aside(NAME)

    assert [str(NAME)] == folder.set_aside_names()
    assert (tmp_path / "damaged" / str(NAME)).read_bytes() == b"first"


def test_removing_twice_is_removing_once(tmp_path: Path) -> None:
    folder = written(tmp_path, b"")
    folder.remove(NAME)
    folder.remove(NAME)

    assert folder.names() == []
