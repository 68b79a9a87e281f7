"""What tests of several rooms share. Imported by every run: nothing heavy at the top."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.console.real import Real

# A slow moment of a small machine is not a defect: time is what bench/ looks at.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

_STATUS = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave at once: DuckDB's binding tells of its own leaks while the interpreter is taken down.

    The summary is to be the last that is said. Everything of ours was closed by its fixture.
    """
    if _STATUS in config.stash and not hasattr(config, "workerinput"):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_STATUS])


@pytest.fixture
def real(tmp_path: Path) -> "Iterator[Real]":
    """A console over a real data folder."""
    from tests.console.real import opened  # noqa: PLC0415 - FastAPI, for those who ask

    with opened(tmp_path) as made:
        yield made
