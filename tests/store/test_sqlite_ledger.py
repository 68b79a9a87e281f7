"""Any history of leases, segments, edits and crashes comes out as in the reference."""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from tests.store.machine import machine

from stillhouse.ledger.ports import Store
from stillhouse.store.sqlite import SQLiteStore


def unsynced(path: Path) -> Store:
    """Thousands of transactions that no power cut needs to survive."""
    store = SQLiteStore(path)
    store._connection.execute("PRAGMA synchronous = OFF")
    return store


def test_any_history_of_a_store_is_that_of_the_reference(tmp_path: Path) -> None:
    def opener() -> Callable[[], Store]:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        return partial(unsynced, folder / "stillhouse.sqlite")

    run_state_machine_as_test(
        machine(opener),
        settings=settings(max_examples=80, stateful_step_count=40, deadline=None),
    )
