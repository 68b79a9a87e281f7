"""What every store does when several processes use it at once, and when one is killed."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import closing
from typing import Any

from tests.store.house import (
    AT,
    MONTH,
    Factory,
    House,
    Rules,
    check_books,
    snapshot,
)

from stillhouse.ledger.ports import Segment, Store
from stillhouse.units.money import Pico, pico

SPAWN = multiprocessing.get_context("spawn")
RACERS = 3
PATIENCE_S = 60
Trace = Callable[[Store, Callable[[str], None]], None]
"""Calls back before each statement that this store sends to its database."""


def lease_until_refused(factory: Factory, budget: str, step: int, start: Any) -> None:
    """A process of the concurrency test: takes all it can in steps."""
    with closing(factory()) as store:
        writer = store.register_writer(at=AT)
        start.wait(PATIENCE_S)
        while store.lease(writer, budget, MONTH, need=Pico(step), want=Pico(step)):
            pass


def first_open(factory: Factory, start: Any) -> None:
    start.wait(PATIENCE_S)
    with closing(factory()) as store:
        store.register_writer(at=AT)


def die_while_posting(factory: Factory, trace: Trace, segment: Segment, steps: int) -> None:
    """A process of the crash test: killed, unable to clean up, before its nth statement."""
    store = factory()
    left = steps

    def tick(_statement: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    trace(store, tick)
    store.post_segment(segment, at=AT)
    store.close()


def race(target: Callable[..., None], *arguments: object) -> list[int | None]:
    """Run it in RACERS processes that begin together; their exit codes. None outlives the test."""
    start = SPAWN.Event()
    workers = [SPAWN.Process(target=target, args=(*arguments, start)) for _ in range(RACERS)]
    try:
        for worker in workers:
            worker.start()
        start.set()
        for worker in workers:
            worker.join(PATIENCE_S)
    finally:
        for worker in workers:
            if worker.is_alive():
                worker.kill()
                worker.join()
    return [worker.exitcode for worker in workers]


class ProcessRules(Rules):
    """Part of `Conformance`."""

    trace: Trace

    def test_processes_that_lease_at_once_never_take_more_than_there_is(
        self, factory: Factory, house: House
    ) -> None:
        budget, step = house.budget(pico("20") + 7), pico("0.1")

        assert [0] * RACERS == race(lease_until_refused, factory, budget.id, step)
        assert 200 * step == sum(house.store.leases().values())
        assert (0, 200 * step) == house.balance(budget)
        check_books(house.store)

    def test_processes_that_open_an_empty_store_at_once_all_find_it_ready(
        self, factory: Factory
    ) -> None:
        assert [0] * RACERS == race(first_open, factory)
        with closing(factory()) as store:
            assert dict.fromkeys(range(1, RACERS + 1), False) == store.writers()
            check_books(store)

    def test_a_process_killed_while_posting_has_posted_all_or_nothing(
        self, factory: Factory, house: House
    ) -> None:
        budget = house.budget(1_000)
        house.lease(budget, 1_000)
        killed = 0
        for steps in range(3, 40, 4):
            before = snapshot(house.store)
            segment = house.spend(budget, 10, file=steps)
            worker = SPAWN.Process(
                target=die_while_posting, args=(factory, self.trace, segment, steps)
            )
            worker.start()
            worker.join(PATIENCE_S)
            if worker.exitcode == 0:
                assert house.store.post_segment(segment, at=AT) is False
                break
            killed += 1
            assert -signal.SIGKILL == worker.exitcode
            assert before == snapshot(house.store)
            check_books(house.store)
            assert house.store.post_segment(segment, at=AT)

        assert killed >= 2
        assert 10 * (killed + 1) == house.balance(budget)[0]
