"""Recorded exchanges with the real APIs, for the tests of this room."""

from pathlib import Path
from typing import Any

import pytest
import yaml

CASSETTES = Path(__file__).parents[2].parent / "shared" / "contract" / "openai-cassettes"


@pytest.fixture(scope="session")
def recorded() -> dict[str, tuple[bytes, bytes]]:
    """(request, answer) of every recorded exchange that was not streamed, by its file's name."""
    if not CASSETTES.is_dir():
        pytest.skip(f"no recorded exchanges: {CASSETTES} does not exist")
    found = {}
    for path in sorted(CASSETTES.glob("*.yaml")):
        said: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))["interactions"][0]
        answer = said["response"]["body"]
        if said["response"]["code"] == 200 and answer.lstrip().startswith("{"):
            found[path.stem] = (said["request"].get("body", "").encode(), answer.encode())
    return found
