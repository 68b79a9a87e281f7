"""A round of guard over a real store, with a judge that finds what it is told to."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.guard.cases import CLAUSE
from tests.guard.findings import STRONG, Judge, finding, signal

from stillhouse.compose import cases
from stillhouse.compose.guarding import Guarding, Seen, linked
from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.guard.bundle import read, replay
from stillhouse.guard.ladder import Level, Links, Position
from stillhouse.guard.ports import Declared
from stillhouse.guard.stake import Stake, Teacher
from stillhouse.ledger.ports import Segment, Total
from stillhouse.tenants import Standing
from stillhouse.units.instant import Instant, period

NOW = Instant(1_800_000_100_000_000)


class Bench:
    """A store with two accounts and what guard is told of them."""

    def __init__(self, store: WholeStore) -> None:
        self.store = store
        made = [store.create_account(name, at=NOW, actor="t").id for name in ("acme", "bravo")]
        self.accounts = tuple(sorted(made))
        self.judge = Judge()
        self.stake = Stake(Position.FORBIDDEN, CLAUSE)
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.calls = 0
        self.guarding = self.new()

    def new(self, **more: Any) -> Guarding:
        return Guarding(
            self.store,
            judge=self.judge,
            stakes=self.stakes,
            version="1",
            calibration="c",
            log=lambda event, **fields: self.said.append((event, fields)),
            **more,
        )

    def stakes(self, teachers: Sequence[Teacher], _account: str, _now: Instant) -> Stake:
        assert teachers
        return self.stake

    def tell(self, e_value: float, *accounts: str, **more: Any) -> None:
        found = finding(e_value, *accounts, **more)
        self.judge.told = {**self.judge.told, accounts: found}

    def call(self, *accounts: str) -> None:
        rows = []
        for account in accounts:
            self.calls += 1
            made = signal(self.calls, account=account)
            rows.append((account, Instant(made.at), msgspec.msgpack.encode(made)))
        self.store.add_signals(rows)

    def seen(self) -> dict[str, Seen]:
        found = self.store.findings()
        return {s: msgspec.json.decode(text, type=Seen) for s, (_, text) in found.items()}

    def standing(self, account: str) -> Standing:
        return self.store.find_account(account).standing


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with closing(open_store(tmp_path, create=True)) as store:
        yield Bench(store)


def test_evidence_becomes_a_case_a_notice_and_a_throttle_with_a_bundle_that_replays(
    bench: Bench,
) -> None:
    one, other = bench.accounts
    bench.tell(2e3, one)
    bench.call(one, other, one)
    done = bench.guarding.round(NOW)
    [case] = cases.listed(bench.store)

    assert ((case.id,), 3, 2) == (done.changed, done.signals, done.accounts)
    assert (Level.THROTTLE, (one,)) == (case.level, case.accounts)
    assert (Standing.RESTRICTED, Standing.ACTIVE) == (bench.standing(one), bench.standing(other))
    bundle = read(bench.store.bundle(case.newest.bundle), named=case.newest.bundle)
    assert 2 == len(bundle.signals)
    assert replay(bundle, bench.judge, version="1", calibration="c").same
    assert case.id == bench.seen()[one].case


def test_a_permitted_harvest_is_seen_and_nothing_is_done(bench: Bench) -> None:
    one, _ = bench.accounts
    bench.stake = Stake(Position.PERMITTED, CLAUSE)
    bench.tell(1e9, one)
    bench.call(one)
    bench.guarding.round(NOW)

    assert [] == bench.store.cases()
    assert Standing.ACTIVE == bench.standing(one)
    assert bench.seen()[one].informational
    assert "permitted" == bench.seen()[one].held_by


def test_a_declared_evaluation_is_informational_until_it_passes_its_cap(bench: Bench) -> None:
    one, _ = bench.accounts
    lane = Declared(one, "evaluation", 5, Instant(NOW + 10**12), "ada")
    bench.store.declare_purpose(lane, reason="nightly runs", at=NOW, actor="t")
    bench.tell(2e3, one)
    bench.call(one)
    bench.guarding.round(NOW)
    assert [] == bench.store.cases()
    assert "declared" == bench.seen()[one].held_by

    writer = bench.store.register_writer(at=NOW)
    day = period(NOW, "day")
    total = Total(day, one, "p", "k", "d", "m", "", "", 6, (0,), 0, 0)
    segment = Segment(f"w{writer}-1", writer, 1, "s", "0" * 64, 1, 6, 1, 6, 0, 0, NOW, (total,))
    bench.store.post_segment(segment, at=NOW)
    bench.call(one)
    bench.guarding.round(Instant(NOW + 1))

    [case] = cases.listed(bench.store)
    assert Level.THROTTLE == case.level


def test_a_declaration_that_has_ended_covers_nothing(bench: Bench) -> None:
    one, _ = bench.accounts
    lane = Declared(one, "evaluation", 5, Instant(NOW + 1), "ada")
    bench.store.declare_purpose(lane, reason="nightly runs", at=NOW, actor="t")
    bench.tell(2e3, one)
    bench.call(one)
    bench.guarding.round(Instant(NOW + 1))

    assert 1 == len(bench.store.cases())


def test_unknown_terms_are_told_and_slow_nobody(bench: Bench) -> None:
    one, _ = bench.accounts
    bench.stake = Stake(Position.UNKNOWN)
    bench.tell(1e9, one)
    bench.call(one)
    bench.guarding.round(NOW)
    [case] = cases.listed(bench.store)

    assert Level.NOTICE == case.level
    assert Standing.ACTIVE == bench.standing(one)
    assert case.id == bench.store.find_account(one).notice


def test_the_same_evidence_again_writes_nothing_and_much_more_of_it_does(bench: Bench) -> None:
    one, _ = bench.accounts
    bench.tell(150.0, one)
    bench.call(one)
    bench.guarding.round(NOW)
    count = len(list(bench.store.entries()))
    bench.tell(160.0, one)
    bench.call(one)
    bench.guarding.round(Instant(NOW + 1))
    assert count == len(list(bench.store.entries()))

    bench.tell(2e3, one)
    bench.call(one)
    bench.guarding.round(Instant(NOW + 2))

    [case] = cases.listed(bench.store)
    assert Level.THROTTLE == case.level


def test_nothing_new_is_not_judged_again_and_a_restart_begins_from_the_store(
    bench: Bench,
) -> None:
    one, _ = bench.accounts
    bench.tell(30.0, one)
    bench.call(one)
    bench.guarding.round(NOW)
    asked = bench.judge.asked
    assert 0 == bench.guarding.round(NOW).signals
    assert asked == bench.judge.asked

    assert 1 == bench.new().round(NOW).signals
    assert 1 == len(bench.store.cases())


def test_a_cluster_is_one_case_of_all_its_accounts(bench: Bench) -> None:
    bench.tell(2e3, *bench.accounts, links=(STRONG,))
    bench.call(*bench.accounts)
    bench.guarding.round(NOW)
    [case] = cases.listed(bench.store)

    assert bench.accounts == case.accounts
    assert Links.CONFIRMED is case.newest.links
    assert [Standing.RESTRICTED] * 2 == [bench.standing(a) for a in bench.accounts]


def test_how_high_the_machine_goes_is_the_operators_to_limit(bench: Bench) -> None:
    one, _ = bench.accounts
    bench.tell(1e9, one)
    bench.call(one)
    bench.new(most=Level.NOTICE).round(NOW)

    assert Standing.ACTIVE == bench.standing(one)


def test_a_clock_that_goes_back_is_said_and_nothing_is_acted_on(bench: Bench) -> None:
    one, _ = bench.accounts
    bench.tell(30.0, one)
    bench.call(one)
    bench.guarding.round(NOW)
    bench.tell(1e9, one)
    bench.call(one)
    bench.guarding.round(Instant(NOW - 1))
    [case] = cases.listed(bench.store)

    assert Level.NOTE == case.level
    assert "case_not_written" in [event for event, _ in bench.said]


def test_a_signal_of_another_version_is_one_signal_less(bench: Bench) -> None:
    one, _ = bench.accounts
    bench.store.add_signals([(one, NOW, b"\xc1")])
    bench.call(one)
    bench.guarding.round(NOW)

    assert "signal_not_read" in [event for event, _ in bench.said]


def test_what_is_not_found_alone_is_not_acted_on(bench: Bench) -> None:
    one, other = bench.accounts
    bench.tell(1e9, one)

    class Together(Judge):
        def __call__(self, signals: Sequence[Any]) -> Any:
            found = super().__call__(signals)
            alone = {s.account for s in signals} == {one}
            return msgspec.structs.replace(found, findings=()) if alone else found

    bench.judge = Together(bench.judge.told)
    bench.call(one, other)
    bench.new().round(NOW)

    assert [] == bench.store.cases()


def test_weak_links_are_a_suspicion() -> None:
    weak = msgspec.structs.replace(STRONG, strength="weak")

    assert Links.SUSPECTED is linked(finding(1.0, "a", "b", links=(weak,)))
    assert Links.SINGLE is linked(finding(1.0, "a"))
