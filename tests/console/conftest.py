"""A console over a real data folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.console.real import Real, opened


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Real]:
    with opened(tmp_path) as made:
        yield made
