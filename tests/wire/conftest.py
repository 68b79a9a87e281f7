"""Recorded exchanges with the real APIs, for the tests of this room."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

CASSETTES = Path(__file__).parents[2].parent / "shared" / "contract" / "openai-cassettes"


class Exchange(NamedTuple):
    """One recorded request and its answer."""

    name: str
    path: str
    request: bytes
    status: int
    response: bytes
    headers: dict[str, list[str]]


@pytest.fixture(scope="session")
def exchanges() -> dict[str, Exchange]:
    """Every recorded exchange by the name of its file."""
    if not CASSETTES.is_dir():
        pytest.skip(f"no recorded exchanges: {CASSETTES} does not exist")
    return {path.stem: _exchange(path) for path in sorted(CASSETTES.glob("*.yaml"))}


def _exchange(path: Path) -> Exchange:
    recorded: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))["interactions"][0]
    asked, answer = recorded["request"], recorded["response"]
    return Exchange(
        path.stem,
        "/" + asked["url"].split("/", 3)[3],
        (asked.get("body") or "").encode(),
        answer["code"],
        answer["body"].encode(),
        answer["headers"],
    )
