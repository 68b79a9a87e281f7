"""What tests of several rooms share. Imported by every run: nothing heavy at the top."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.console.real import Real

# A slow moment of a small machine is not a defect: time is what bench/ looks at.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture
def real(tmp_path: Path) -> "Iterator[Real]":
    """A console over a real data folder."""
    from tests.console.real import opened  # noqa: PLC0415 - FastAPI, for those who ask

    with opened(tmp_path) as made:
        yield made
