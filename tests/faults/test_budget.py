"""A hard budget holds to the last pico-dollar and gets used; `tests.faults.budget` is the table."""

import asyncio
from pathlib import Path

import pytest
from tests.faults import budget


@pytest.mark.parametrize(("callers", "workers"), [(1, 2), (32, 2)])
def test_parallel_callers_spend_the_budget_and_not_more(
    tmp_path: Path, callers: int, workers: int
) -> None:
    row = asyncio.run(budget.run(callers, workers, 3, tmp_path))

    assert row.overshoot == 0
    assert row.utilisation >= 0.95
    assert row.ok, row
