"""SQLiteStore passes the suite of every store, and the state machine."""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from tests.store.conformance import Conformance
from tests.store.machine import machine

from stillhouse.ledger.ports import Store
from stillhouse.store.sqlite import SQLiteStore


def traced(store: Store, tick: Callable[[str], None]) -> None:
    assert isinstance(store, SQLiteStore)
    store._connection.set_trace_callback(tick)


class TestSQLiteStore(Conformance):
    trace = staticmethod(traced)

    @pytest.fixture
    def factory(self, tmp_path: Path) -> Callable[[], Store]:
        return partial(SQLiteStore, tmp_path / "stillhouse.sqlite")


def test_any_history_of_a_store_is_that_of_the_reference(tmp_path: Path) -> None:
    def opener() -> Callable[[], Store]:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        return partial(SQLiteStore, folder / "stillhouse.sqlite")

    run_state_machine_as_test(
        machine(opener),
        settings=settings(max_examples=60, stateful_step_count=30, deadline=None),
    )
