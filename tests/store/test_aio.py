"""fdatasync by the kernel: it ends, it is told once, and an error is an error."""

import os
import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from stillhouse.store.aio import Aio, open_aio
from stillhouse.store.journal import JournalWriter


@pytest.fixture
def kernel() -> Iterator[Aio]:
    opened = open_aio()
    if opened is None:
        pytest.skip("this system has no native AIO for us; the journal's thread syncs instead")
    yield opened
    opened.close()


def wait(opened: Aio) -> None:
    assert select.select([opened.eventfd], [], [], 30)[0]


def test_a_sync_ends_and_is_told_once(kernel: Aio, tmp_path: Path) -> None:
    with (tmp_path / "f").open("wb") as file:
        for _ in range(20):
            file.write(b"x" * 100)
            file.flush()
            kernel.fdatasync(file.fileno())
            wait(kernel)

            assert kernel.done()
            assert not kernel.done()


def test_nothing_in_flight_is_not_done(kernel: Aio) -> None:
    assert not kernel.done()


def test_what_cannot_be_synced_is_an_error(kernel: Aio, tmp_path: Path) -> None:
    file = os.open(tmp_path / "f", os.O_RDWR | os.O_CREAT)
    os.close(file)
    with pytest.raises(OSError, match="Bad file descriptor"):
        kernel.fdatasync(file)
    reading, writing = os.pipe()

    def sync_a_pipe() -> None:
        kernel.fdatasync(writing)
        wait(kernel)
        kernel.done()

    with pytest.raises(OSError, match="Invalid argument"):
        sync_a_pipe()
    os.close(reading)
    os.close(writing)


def test_a_machine_that_is_not_known_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "s390x")

    assert open_aio() is None


def test_a_journal_with_it_reports_what_is_on_disk(kernel: Aio, tmp_path: Path) -> None:
    """Closing the journal closes its AIO, so it gets one of its own."""
    own = open_aio()
    assert own is not None
    synced: list[int] = []
    journal = JournalWriter(tmp_path, writer=1, at=0, on_synced=synced.append, aio=own)
    for _ in range(3):
        journal.append(b"y" * 50)
        position = journal.flush()
        journal.sync(position)
        wait(own)
        journal.reap()
        assert position == synced[-1]
    journal.close()

    assert sorted(synced) == synced
    assert not kernel.done()
