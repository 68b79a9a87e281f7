"""Whatever a provider does to an answer, what it billed and told is what we recorded."""

import asyncio
from pathlib import Path

from tests.faults import truth


def test_every_usage_that_was_told_has_a_receipt_with_the_same_tokens(tmp_path: Path) -> None:
    found = asyncio.run(truth.run(250, 5, tmp_path))

    assert found.unmatched == [], f"replay with --calls 250 --seed {found.seed}"
    assert len(found.receipts) >= len(found.billed)
    assert found.verify["ok"], found.verify
