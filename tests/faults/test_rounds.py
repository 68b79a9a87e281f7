"""A few rounds of kill -9 in every test run; `make rounds` runs a thousand."""

import asyncio
from pathlib import Path

from tests.faults import rounds


def test_no_acknowledged_call_is_lost_doubled_or_changed_by_kills(tmp_path: Path) -> None:
    outcome = asyncio.run(rounds.run(5, 7, tmp_path, longest_s=0.4))

    assert dict.fromkeys(outcome.wrong, 0) == outcome.wrong, f"replay with --seed {outcome.seed}"
    assert outcome.ok, outcome.verify
    assert outcome.acknowledged > 50
