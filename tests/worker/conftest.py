"""A house per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.worker.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House.found(tmp_path / "data")
    yield built
    built.close()
