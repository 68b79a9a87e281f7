"""SQLiteStore passes the suite of every store."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from tests.store.conformance import Conformance

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
