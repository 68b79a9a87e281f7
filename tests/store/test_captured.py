"""Captured rows come back as they were, are nowhere in plain text, and go when they must."""

import secrets
from pathlib import Path

import pytest
from tests.distill.test_capture import AT, row

from stillhouse.ledger.ports import UnavailableError
from stillhouse.store.captured import Captured

DAY = "2026-11-30"


def store(data: Path) -> Captured:
    keys: dict[str, bytes] = {}
    return Captured(data, lambda account: keys.setdefault(account, secrets.token_bytes(32)))


def files(data: Path) -> list[Path]:
    return [path for path in data.rglob("*.rows") if path.is_file()]


def test_rows_come_back_and_nothing_of_them_is_readable(tmp_path: Path) -> None:
    captured = store(tmp_path)
    captured.append([row(), row(receipt="w1-8")], day=DAY, writer="w1")
    captured.append([row(receipt="w2-1")], day=DAY, writer="w2")
    captured.append([row(receipt="w1-9")], day="2026-12-01", writer="w1")
    captured.append([row(account="b", project="q")], day=DAY, writer="w1")

    assert ["w1-7", "w1-8", "w2-1", "w1-9"] == [r.receipt for r in captured.rows(account="a")]
    assert ["w1-9"] == [r.receipt for r in captured.rows(account="a", since="2026-12-01")]
    assert [] == list(captured.rows(account="a", project="q"))
    assert row(account="b", project="q") == next(captured.rows(account="b"))
    data = b"".join(path.read_bytes() for path in files(tmp_path))
    for secret in (b"cheap", b"spam", b"u7", b"gpt-4o", b"messages"):
        assert secret not in data
    assert {0o600} == {path.stat().st_mode & 0o777 for path in files(tmp_path)}


def test_a_torn_tail_is_what_was_not_written(tmp_path: Path) -> None:
    captured = store(tmp_path)
    captured.append([row()], day=DAY, writer="w1")
    captured.append([row(receipt="w1-8")], day=DAY, writer="w1")
    [file] = files(tmp_path)
    file.write_bytes(file.read_bytes()[:-9])

    assert ["w1-7"] == [r.receipt for r in captured.rows(account="a")]


def test_a_batch_opens_only_where_it_belongs_and_unchanged(tmp_path: Path) -> None:
    captured = store(tmp_path)
    captured.append([row()], day=DAY, writer="w1")
    [file] = files(tmp_path)
    moved = file.parent.with_name("2026-12-01")
    file.parent.rename(moved)
    with pytest.raises(UnavailableError, match="cannot be opened"):
        list(captured.rows(account="a"))
    moved.rename(file.parent)
    data = bytearray(file.read_bytes())
    data[-20] ^= 1
    file.write_bytes(data)

    with pytest.raises(UnavailableError, match="cannot be opened"):
        list(captured.rows(account="a"))
    with pytest.raises(UnavailableError):
        list(Captured(tmp_path, lambda _: b"k" * 32).rows(account="a"))


def test_rows_are_erased_and_others_stay(tmp_path: Path) -> None:
    captured = store(tmp_path)
    captured.append([row(), row(receipt="w1-8", user="u8")], day=DAY, writer="w1")
    captured.append([row(receipt="w2-1")], day=DAY, writer="w2")
    captured.append([row(project="q")], day=DAY, writer="w1")

    gone = captured.erase(account="a", project="p", matches=lambda r: r.user == "u7")

    assert ["w1-7", "w2-1"] == [r.receipt for r in gone]
    assert ["w1-8", "w1-7"] == [r.receipt for r in captured.rows(account="a")]
    assert 2 == len(files(tmp_path))
    captured.erase(account="a", project=None, matches=lambda _: True)
    assert [] == files(tmp_path)
    assert [] == list(captured.days())


def test_rows_are_counted_by_workload_the_latest_days_first(tmp_path: Path) -> None:
    captured = store(tmp_path)
    captured.append([row(), row(receipt="w1-8", workload="v")], day=DAY, writer="w1")
    captured.append([row(receipt="w1-9")], day="2026-12-01", writer="w1")
    captured.append([row(account="b", project="q")], day="2026-12-02", writer="w1")
    latest = tmp_path / "captured" / "a" / "p" / "2026-12-01" / "w1.rows"
    size = latest.stat().st_size

    assert {("a", "w"): 2, ("a", "v"): 1, ("b", "w"): 1} == captured.counted(bytes_max=10**6)
    assert {("a", "w"): 1} == captured.counted(account="a", bytes_max=size)
    assert {} == captured.counted(account="a", bytes_max=size - 1)
    latest.write_bytes(latest.read_bytes()[:-1] + b"?")
    assert {("a", "w"): 1, ("a", "v"): 1} == captured.counted(account="a", bytes_max=10**6)


def test_a_day_is_dropped_whole(tmp_path: Path) -> None:
    captured = store(tmp_path)
    captured.append([row()], day=DAY, writer="w1")
    captured.append([row(at=AT)], day="2026-12-01", writer="w1")
    [(account, project, day, folder), _] = captured.days()
    captured.drop(folder)

    assert ("a", "p", DAY) == (account, project, day)
    assert ["2026-12-01"] == [day for _, _, day, _ in captured.days()]
