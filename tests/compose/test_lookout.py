"""A worker's lookout: few calls, little time each, no text, and never in a call's way."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.gateway.rig import BODY, SECRET, Rig

from stillhouse.compose.lookout import (
    BODY_BYTES_MAX,
    PER_ACCOUNT_MAX,
    REST,
    SLICE,
    SLICE_S,
    Lookout,
    Row,
    kept,
)
from stillhouse.compose.stores import open_store
from stillhouse.guard.signals import Signal, Signals
from stillhouse.ledger.ports import UnavailableError
from stillhouse.tenants import Directory, Key, Project, digest
from stillhouse.units.instant import Instant

FIRST = 256
SECRET_WORDS = b"the marvellous recipe of our grandmother"


class Loop:
    """Runs what is put off, when told to."""

    def __init__(self) -> None:
        self.later: list[Callable[[], None]] = []
        self.delays: list[float] = []

    def call_later(self, delay: float, call: Callable[[], None]) -> None:
        self.delays.append(delay)
        self.later.append(call)

    def turn(self) -> None:
        later, self.later = self.later, []
        for call in later:
            call()

    def run(self) -> int:
        turns = 0
        while self.later:
            self.turn()
            turns += 1
        return turns


def looking(
    keep: Callable[[Sequence[Row]], None],
    signals: Any = None,
    payment: Callable[[str], str] = lambda _: "",
) -> tuple[Rig, Lookout, Loop, list[str]]:
    rig, loop, said = Rig(), Loop(), []
    lookout = Lookout(
        signals or Signals(b"k" * 32),
        first=FIRST,
        writer=7,
        later=loop.call_later,
        keep=keep,
        log=lambda event, **_: said.append(event),
        payment=payment,
    )
    rig.gateway.watcher = lookout.look
    return rig, lookout, loop, said


def call(rig: Rig, body: bytes = BODY, times: int = 1) -> None:
    for _ in range(times):
        client = rig.connect()
        client.ask(body)
        rig.attempts[-1].answer()
        rig.journal.sync_all()
        rig.loop.turn()


def test_a_call_becomes_a_signal_in_the_store_and_its_text_is_nowhere(tmp_path: Path) -> None:
    with closing(open_store(tmp_path, create=True)) as store:
        rig, lookout, loop, _ = looking(lambda rows: kept(store.add_signals, rows, print))
        call(rig, BODY.replace(b"hello", SECRET_WORDS))
        assert [] == store.signals()
        loop.run()
        lookout.flush()
        lookout.flush()
        [(_, account, data)] = store.signals()
    signal = msgspec.msgpack.decode(data, type=Signal)

    assert ("acct_1", "acct_1", "w7-1", 3) == (
        account,
        signal.account,
        signal.id,
        signal.output_tokens,
    )
    assert 0 != signal.network
    for file in tmp_path.iterdir():
        if file.is_file():
            assert b"marvellous" not in file.read_bytes()


def test_the_client_is_kept_as_a_hash_that_tells_it_from_others() -> None:
    rows: list[Row] = []
    rig, lookout, loop, _ = looking(rows.extend)
    twice = "curl/8.5\r\nuser-agent: a proxy"
    for agent in ("openai-python/2.1", "openai-python/2.1", "curl/8.5", twice, ""):
        client = rig.connect()
        client.ask(BODY, headers=f"user-agent: {agent}\r\n" if agent else "")
        rig.attempts[-1].answer()
        rig.journal.sync_all()
        rig.loop.turn()
        loop.run()
    lookout.flush()
    first, same, other, first_of_two, none = (
        msgspec.msgpack.decode(data, type=Signal).client for _, _, data in rows
    )

    assert first == same
    assert other == first_of_two
    assert len({first, other, none}) == 3
    assert all(b"curl" not in data for _, _, data in rows)


def test_who_pays_alike_is_seen_to_pay_alike() -> None:
    rows: list[Row] = []
    paid = {"acct_1": "a hash"}
    rig, lookout, loop, _ = looking(rows.extend, payment=lambda account: paid[account])
    for means in ("a hash", "a hash", "another", ""):
        paid["acct_1"] = means
        call(rig)
        loop.run()
    lookout.flush()
    first, same, other, none = (
        msgspec.msgpack.decode(data, type=Signal).payment for _, _, data in rows
    )

    assert first == same
    assert len({first, other, none}) == 3
    assert 0 == none


def test_the_first_calls_of_an_hour_are_looked_at_and_then_one_in_sixteen() -> None:
    rows: list[Row] = []
    rig, lookout, loop, _ = looking(rows.extend)
    for _ in range(FIRST + 160):
        call(rig)
        loop.run()
    lookout.flush()
    assert FIRST + 10 == len(rows)
    rig.loop.pass_time(3600)

    for _ in range(32):
        call(rig)
        loop.run()
    lookout.flush()

    assert FIRST + 10 + 1 + 16 < len(rows)


def test_a_slice_is_short_and_the_rest_waits_for_the_next() -> None:
    rows: list[Row] = []
    rig, lookout, loop, _ = looking(rows.extend)
    call(rig, times=SLICE * 3)
    loop.turn()
    lookout.flush()
    assert SLICE == len(rows)

    assert 2 == loop.run()
    lookout.flush()
    assert SLICE * 3 == len(rows)


def test_what_does_not_fit_is_counted_and_costs_no_call() -> None:
    rig, lookout, _, _ = looking(lambda _: None)
    call(rig, BODY.replace(b"hello", b"x" * BODY_BYTES_MAX))
    assert 1 == lookout.missed
    call(rig, times=PER_ACCOUNT_MAX + 3)

    assert PER_ACCOUNT_MAX + 4 == len(rig.attempts)
    assert 4 == lookout.missed


def test_whoever_calls_a_lot_does_not_crowd_out_whoever_calls_a_little() -> None:
    rows: list[Row] = []
    rig, lookout, loop, _ = looking(rows.extend)
    call(rig, times=PER_ACCOUNT_MAX * 2)
    rig.gateway.use_directory(
        Directory(
            accounts=[replace(rig.account, id="acct_quiet")],
            projects=[Project("proj_2", "acct_quiet", "p")],
            keys=[Key("key_2", "acct_quiet", "proj_2", digest(SECRET.encode()), "sk", Instant(0))],
        )
    )
    call(rig)
    loop.run()
    lookout.flush()

    assert {"acct_1": PER_ACCOUNT_MAX, "acct_quiet": 1} == Counter(row[0] for row in rows)


def test_a_lookout_that_is_broken_breaks_nothing() -> None:
    class Broken:
        def see(self, _: object) -> Signal:
            raise ValueError("a bug")

    rig, _, loop, said = looking(lambda _: None, Broken())
    call(rig)
    loop.run()
    call(rig)
    rig.close_books()

    assert ["signal_not_made"] == said
    assert 2 == len(rig.journal.closes)


def test_a_store_that_cannot_be_used_costs_the_signals_and_is_said() -> None:
    said: list[str] = []

    def add(_: Sequence[Row]) -> None:
        raise UnavailableError("busy")

    kept(add, [], lambda event, **_: said.append(event))

    assert ["signals_not_kept"] == said


def test_a_call_that_cannot_be_looked_at_ends_like_any_other() -> None:
    rig, lookout, _, said = looking(lambda _: None)
    lookout._queue = None  # type: ignore[assignment]
    call(rig)
    rig.close_books()

    assert ["call_not_looked_at"] == said
    assert 1 == len(rig.journal.closes)


@pytest.mark.parametrize("status", [400, 429, 500])
def test_calls_that_were_not_answered_are_not_looked_at(status: int) -> None:
    rows: list[Row] = []
    rig, lookout, loop, _ = looking(rows.extend)
    rig.connect().ask()
    rig.attempts[-1].answer(b"{}", status=status)
    rig.loop.pass_time(1)
    loop.run()
    lookout.flush()

    assert [] == rows


def test_it_rests_a_hundred_times_as_long_as_it_worked() -> None:
    loop, now = Loop(), [0.0]

    class Slow:
        def see(self, _: object) -> Signal:
            now[0] += 0.001
            return Signal("w7-1", 1, "a", "m")

    rig = Rig()
    anything: Any = Slow()
    lookout = Lookout(
        anything,
        first=FIRST,
        writer=7,
        later=loop.call_later,
        keep=lambda _: None,
        log=print,
        clock=lambda: now[0],
    )
    rig.gateway.watcher = lookout.look
    call(rig, times=2 * SLICE)
    loop.run()

    assert [SLICE_S, pytest.approx(REST * SLICE * 0.001)] == loop.delays
