"""Windows: the estimate beside an exact sliding minute, and many workers in one table."""

from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.gateway import windows
from stillhouse.gateway.windows import MINUTE, WORKERS_MAX, Windows, wait_us

NOON = 29_000_000 * MINUTE
STEPS = st.lists(st.tuples(st.integers(0, MINUTE), st.integers(0, 1000)), min_size=1, max_size=40)
"""(microseconds since the last call, tokens)"""


@pytest.fixture
def small_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """The layout of a small table, so that a full one is cheap to have."""
    rows = 64
    block = rows * windows.FIELDS
    monkeypatch.setattr(windows, "ROWS", rows)
    monkeypatch.setattr(windows, "BLOCK", block)
    monkeypatch.setattr(windows, "WORDS", rows + WORKERS_MAX * block)


TABLE = Windows(None, 0, 1)
SCOPES = count()


@given(STEPS)
def test_the_estimate_is_off_by_less_than_what_the_last_minute_counted(
    steps: list[tuple[int, int]],
) -> None:
    """Exact in this minute; the last one is taken to be even, which is the whole error."""
    window = TABLE.window(f"scope {next(SCOPES)}")
    calls: list[tuple[int, int]] = []
    now = NOON
    for gap, tokens in steps:
        now += gap
        window.enter(now, tokens)
        calls.append((now, tokens))
        requests, counted, running = window.read(now)
        exact = [(at, n) for at, n in calls if now - MINUTE < at]
        before = [(at, n) for at, n in calls if at // MINUTE == now // MINUTE - 1]

        assert abs(requests - len(exact)) <= len(before)
        assert abs(counted - sum(n for _, n in exact)) <= sum(n for _, n in before)
        assert running == len(calls)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=10), st.integers(2, 100))
def test_after_two_minutes_nothing_is_remembered_but_who_is_still_there(
    tokens: list[int], minutes: int
) -> None:
    window = Windows(None, 0, 1).window("a")
    for each in tokens:
        window.enter(NOON, each)
    later = NOON + minutes * MINUTE

    assert (0, 0, len(tokens)) == window.read(later)
    window.leave(-1000)
    assert (0, 0, len(tokens) - 1) == window.read(later)


def test_an_even_load_is_estimated_exactly_to_one() -> None:
    window = TABLE.window("even")
    second = MINUTE // 60
    for at in range(180):
        window.enter(NOON + at * second, 10)
    for passed in range(60):
        at = NOON + (180 + passed) * second
        requests, tokens, _ = window.read(at)

        assert 59 <= requests <= 61
        assert 590 <= tokens <= 610
        window.enter(at, 10)


def test_a_correction_never_makes_a_window_negative() -> None:
    window = TABLE.window("corrected")
    window.enter(NOON, 100)
    assert (1, 100, 1) == window.read(NOON + MINUTE)
    window.leave(-90)
    assert (1, 100, 0) == window.read(NOON + MINUTE)


def test_a_correction_counts_in_the_minute_of_its_entry_while_nobody_looked_later() -> None:
    window = TABLE.window("corrected in time")
    window.enter(NOON, 100)
    window.leave(-90)

    assert (1, 10, 0) == window.read(NOON + MINUTE)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 500)), max_size=40),
    st.integers(0, MINUTE),
)
def test_columns_of_several_workers_add_up(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[int, int]], passed: int
) -> None:
    path = tmp_path_factory.mktemp("windows") / "windows"
    workers = [Windows(path, index, 4).window("a") for index in range(4)]
    for worker, tokens in calls:
        workers[worker].enter(NOON, tokens)
    seen = {window.read(NOON) for window in workers}

    assert seen == {(len(calls), sum(tokens for _, tokens in calls), len(calls))}


def test_a_successor_clears_its_own_column_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "windows"
    one, two = Windows(path, 0, 2), Windows(path, 1, 2)
    one.window("a").enter(NOON, 5)
    two.window("a").enter(NOON, 7)
    successor = Windows(path, 0, 2)

    assert (1, 7, 1) == successor.window("a").read(NOON)
    assert (1, 7, 1) == two.window("a").read(NOON)


def test_scopes_do_not_share_a_row(tmp_path: Path) -> None:
    table, other = Windows(tmp_path / "windows", 0, 2), Windows(tmp_path / "windows", 1, 2)
    for number in range(60):
        table.window(f"key_{number}").enter(NOON, number)

    for number in reversed(range(60)):
        assert (1, number, 1) == other.window(f"key_{number}").read(NOON)


@pytest.mark.usefixtures("small_table")
def test_when_the_table_is_full_a_scope_is_limited_by_its_worker_alone(tmp_path: Path) -> None:
    said: list[str] = []
    path = tmp_path / "windows"
    table = Windows(path, 0, 2, log=lambda event, **_: said.append(event))
    other = Windows(path, 1, 2)
    for number in range(64):
        table.window(f"key_{number}")
    table.window("late").enter(NOON, 3)

    assert ["windows_full"] == said
    assert (1, 3, 1) == table.window("late").read(NOON)
    assert (0, 0, 0) == other.window("late").read(NOON)


def test_only_so_many_workers_fit() -> None:
    with pytest.raises(ValueError, match="at most 32"):
        Windows(None, 32, 33)


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 10**6))
def test_after_the_wait_there_is_room(limit: int, used: int, need: int) -> None:
    """By the estimate's own rule: t microseconds forget used x t / minute."""
    wait = wait_us(limit, used, need)
    forgotten = used * wait / MINUTE

    assert 0 <= wait <= MINUTE
    if wait == 0:
        assert used + need <= limit
    elif wait < MINUTE:
        assert used + need - forgotten <= limit + 1
