"""The examples run as they are printed, against a service started as an operator starts it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stillhouse.testing.upstream import upstream_thread

ROOT = Path(__file__).parents[1]
CONFIG = """
[deployments.builtin]
provider = "scripted"
model = "builtin"
[providers.scripted]
kind = "openai"
base_url = "{url}"
"""
STILLHOUSE = Path(sys.executable).with_name("stillhouse")
START_S = 60
CALL_S = 60


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What an example needs in its environment: the address, and the key that is printed once."""
    data = tmp_path_factory.mktemp("service")
    with upstream_thread() as upstream:
        environment = {**os.environ, "STILLHOUSE_CONFIG": CONFIG.format(url=upstream.base_url)}
        command = [str(STILLHOUSE), "serve", "--port", "0", "--data", str(data)]
        with (data / "log").open("wb") as log:
            service = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log)
        try:
            yield _greeting(service, data / "log")
        finally:
            service.terminate()
            service.communicate(timeout=START_S)


def _greeting(service: subprocess.Popen[bytes], log: Path) -> dict[str, str]:
    told = ""
    assert service.stdout is not None
    for line in iter(service.stdout.readline, b""):
        told += line.decode()
        if told.rstrip().startswith("Stillhouse") and "stillhouse bill" in told:
            break
    url = re.search(r"serves on (http://\S+)/v1", told)
    key = re.search(r"sk-sh-[0-9a-f]+", told)
    if url is None or key is None:
        pytest.fail(f"the service did not greet:\n{told}\n{log.read_text()}")
    return {"STILLHOUSE_URL": url[1], "STILLHOUSE_KEY": key[0]}


@pytest.mark.parametrize("example", sorted(p.name for p in (ROOT / "examples").glob("*.py")))
def test_an_example_runs_and_tells_what_it_learnt(example: str, gateway: dict[str, str]) -> None:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "examples" / example)],
        env={**os.environ, **gateway},
        capture_output=True,
        text=True,
        timeout=CALL_S,
        check=False,
    )

    assert (0, "") == (ran.returncode, ran.stderr)
    assert "usage" in ran.stdout


@pytest.mark.parametrize("example", sorted(p.name for p in (ROOT / "examples").glob("*.py")))
def test_an_example_without_a_key_says_what_to_do(example: str) -> None:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "examples" / example)],
        env={k: v for k, v in os.environ.items() if not k.startswith("STILLHOUSE")},
        capture_output=True,
        text=True,
        timeout=CALL_S,
        check=False,
    )

    assert 1 == ran.returncode
    assert "STILLHOUSE_KEY" in ran.stderr
