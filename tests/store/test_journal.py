"""The writer: what it said is on disk is on disk, whatever dies and whenever."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stillhouse.ledger.journal import frame, scan
from stillhouse.ledger.receipt import Close, Open, Start
from stillhouse.store import journal
from stillhouse.store.folder import JournalFolder
from stillhouse.store.journal import JournalError, JournalWriter

NOW = 1_795_780_800_000_000


class Writer:
    """A journal writer and what it reported."""

    def __init__(self, data: Path, writer: int = 1, **settings: Any) -> None:
        self.synced: list[int] = []
        self.failures: list[JournalError] = []
        self.data = data
        self.journal = JournalWriter(
            data,
            writer=writer,
            at=NOW,
            on_synced=self.synced.append,
            on_failed=self.failures.append,
            **settings,
        )

    def records(self, number: int = 1) -> list[Any]:
        path = self.data / "journal" / f"w{self.journal.writer}-{number:06d}.journal"
        found = scan(path.read_bytes())

        assert found.damage is None
        return found.records


def close(seq: int) -> Close:
    return Close(
        seq=seq,
        settled_at=NOW,
        first_byte_us=1,
        latency_us=2,
        status=200,
        outcome="completed",
        witness="reported",
        flags=0,
        usage=(1,) * 11,
        charge=5,
        cost=4,
    )


def opened(seq: int) -> Open:
    return Open(
        seq=seq,
        call=seq,
        admitted_at=NOW,
        account="a",
        project="p",
        key="k",
        deployment="d",
        provider="stub",
        model="m",
        surface="chat",
        stream=False,
        hold=0,
        sale_tariff="s",
        cost_tariff="c",
        budgets=(),
        input_bound=1,
    )


def until(true: Callable[[], object]) -> None:
    for _ in range(6000):
        if true():
            return
        time.sleep(0.005)
    raise AssertionError("it never came")


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    made = Writer(tmp_path)
    yield made
    made.journal.close()


def test_a_new_journal_begins_with_its_start_and_holds_its_lock(writer: Writer) -> None:
    start = Start(writer=1, file=1, next_seq=1, started_at=NOW, carried=0)

    assert [start] == writer.records()
    assert JournalFolder(writer.data).alive(1)


def test_a_turn_is_one_write_and_a_sync_reports_its_position(writer: Writer) -> None:
    for seq in (1, 2, 3):
        writer.journal.append(frame(close(seq)))
    before = writer.records()
    position = writer.journal.flush()
    writer.journal.sync(position)
    until(lambda: writer.synced)

    assert len(before) == 1
    assert [close(1), close(2), close(3)] == writer.records()[1:]
    assert [position] == writer.synced


def test_syncs_asked_while_one_runs_share_the_next(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, all_asked = [], threading.Event()

    def slow(fd: int) -> None:
        calls.append(fd)
        all_asked.wait(30)

    monkeypatch.setattr(journal, "_fdatasync", slow)
    positions = []
    for seq in range(1, 51):
        writer.journal.append(frame(close(seq)))
        positions.append(writer.journal.flush())
        writer.journal.sync(positions[-1])
    all_asked.set()
    until(lambda: writer.synced and writer.synced[-1] == positions[-1])

    assert len(calls) <= 2
    assert sorted(writer.synced) == writer.synced


def test_sequence_numbers_are_dense_from_one(writer: Writer) -> None:
    assert [writer.journal.next_seq() for _ in range(3)] == [1, 2, 3]


def test_rotation_repeats_open_records_and_positions_go_on(writer: Writer) -> None:
    stays = frame(opened(writer.journal.next_seq()))
    writer.journal.append(stays)
    end = writer.journal.flush()
    writer.journal.rotate([stays], at=NOW + 1)
    writer.journal.append(frame(close(1)))
    position = writer.journal.flush()
    writer.journal.sync(position)
    until(lambda: writer.synced and writer.synced[-1] >= position)
    start = Start(writer=1, file=2, next_seq=2, started_at=NOW + 1, carried=1)

    assert position > end
    assert [start, opened(1), close(1)] == writer.records(2)
    assert writer.records()[1:] == [opened(1)]
    assert [(n.file, n.begun) for n in JournalFolder(writer.data).names()] == [
        (1, False),
        (2, False),
    ]


def test_the_old_file_is_on_disk_before_the_new_one_has_its_name(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def seen(fd: int) -> None:
        done.append(Path(f"/proc/self/fd/{fd}").readlink().name)
        fsync(fd)

    def renamed(self: Path, target: Path) -> Path:
        done.append(f"-> {target.name}")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", seen)
    monkeypatch.setattr(Path, "rename", renamed)
    writer.journal.rotate([], at=NOW)
    until(lambda: "journal" in done)

    assert done == [
        "w1-000001.journal",
        "w1-000002.journal.next",
        "-> w1-000002.journal",
        "journal",
    ]


def test_it_is_time_to_rotate_when_full_or_when_old_and_not_empty(tmp_path: Path) -> None:
    made = Writer(tmp_path, max_bytes=4096, max_age_s=30)
    later = NOW + 30_000_000

    assert not made.journal.should_rotate(later)

    made.journal.append(frame(close(1)))
    made.journal.flush()

    assert not made.journal.should_rotate(NOW)
    assert made.journal.should_rotate(later)

    made.journal.append(frame(close(1)) * 100)
    made.journal.flush()

    assert made.journal.should_rotate(NOW)
    made.journal.close()


def test_a_full_disk_loses_nothing_and_says_so(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pwrite = os.pwrite
    tries: list[int] = []

    def full(fd: int, data: bytes, at: int) -> int:
        tries.append(at)
        if len(tries) == 1:
            return pwrite(fd, memoryview(data)[:10], at)
        raise OSError(errno.ENOSPC, "No space left on device")

    writer.journal.append(frame(close(1)))
    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(JournalError, match="no new calls are admitted"):
        writer.journal.flush()
    monkeypatch.setattr(os, "pwrite", pwrite)
    writer.journal.append(frame(close(2)))
    writer.journal.flush()

    assert [close(1), close(2)] == writer.records()[1:]


def test_without_room_to_preallocate_it_just_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    made = Writer(tmp_path)
    made.journal.append(frame(close(1)))
    made.journal.flush()

    assert [close(1)] == made.records()[1:]
    made.journal.close()


def test_a_failed_sync_is_final_and_nothing_is_acknowledged(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(journal, "_fdatasync", broken)
    writer.journal.append(frame(close(1)))
    writer.journal.sync(writer.journal.flush())
    until(lambda: writer.failures)

    assert writer.synced == []
    with pytest.raises(JournalError):
        writer.journal.sync(1)
    writer.journal.append(frame(close(2)))
    with pytest.raises(JournalError):
        writer.journal.flush()


def test_a_writer_lives_once(writer: Writer) -> None:
    with pytest.raises(JournalError, match="has lived before"):
        Writer(writer.data)

    writer_2 = Writer(writer.data, writer=2)
    writer_2.journal.close()

    assert not JournalFolder(writer.data).alive(2)
    with pytest.raises(JournalError, match="has lived before"):
        Writer(writer.data, writer=2)


def test_an_orderly_end_leaves_no_preallocated_space(tmp_path: Path) -> None:
    made = Writer(tmp_path)
    made.journal.append(frame(close(1)))
    position = made.journal.flush()
    made.journal.close()

    assert position == (tmp_path / "journal" / "w1-000001.journal").stat().st_size


CHILD = """
import sys, time
from pathlib import Path
from stillhouse.ledger.journal import frame
from stillhouse.store.journal import JournalWriter
from tests.store.test_journal import NOW, close, opened

said = {}

def synced(position):
    sys.stdout.write(f"{max(n for p, n in list(said.items()) if p <= position)}\\n")
    sys.stdout.flush()

writer = JournalWriter(Path(sys.argv[1]), writer=1, at=NOW, on_synced=synced)
said[0] = 0
while True:
    seq = writer.next_seq()
    writer.append(frame(opened(seq)) + frame(close(seq)))
    position = writer.flush()
    said[position] = seq
    writer.sync(position)
    if seq % 200 == 0:
        writer.rotate([], at=NOW)
        said[writer.flush()] = seq
    if seq % 20 == 0:
        time.sleep(0.0005)
"""


@pytest.mark.parametrize("after", [20, 300, 900])
def test_what_was_acknowledged_before_a_kill_is_in_the_files(tmp_path: Path, after: int) -> None:
    root = Path(__file__).parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}"},
    )
    assert child.stdout is not None
    acknowledged = 0
    while acknowledged < after:
        acknowledged = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read().decode().splitlines(keepends=True)
    child.stdout.close()
    child.wait()
    acknowledged = max([acknowledged, *(int(text) for text in rest if text.endswith("\n"))])
    folder = JournalFolder(tmp_path)
    found = set()
    for name in folder.names():
        records = folder.scan(name)
        assert records is not None
        assert not records.salvaged
        found |= {r.seq for r in records.records if isinstance(r, Close)}

    assert set(range(1, acknowledged + 1)) <= found
    assert set(range(1, len(found) + 1)) == found
    assert not folder.alive(1)
