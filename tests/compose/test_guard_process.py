"""Guard as a process of its own: it ends with its input, and whatever fails is said, not raised."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from stillhouse.compose.guard_process import Watch
from stillhouse.compose.stores import open_store
from stillhouse.config.settings import Guard, Server, Settings, dump
from stillhouse.guard.ladder import Position
from stillhouse.guard.stake import Teacher
from stillhouse.terms.lineage import when
from stillhouse.units.instant import Instant
from stillhouse.wire.deployment import Deployment, Provider, ProviderKind

NOW = Instant(when("2026-11-30T12:00:00Z") or 0)


def test_the_end_of_input_ends_it(tmp_path: Path) -> None:
    open_store(tmp_path, create=True).close()
    done = subprocess.run(
        [sys.executable, "-m", "stillhouse.compose.guard_process"],
        input=dump(Settings(server=Server(data=tmp_path))) + b"\n",
        capture_output=True,
        timeout=60,
        check=True,
    )
    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]

    assert ["guard_ready", "guard_stopped"] == events


def test_a_store_that_is_not_there_yet_is_looked_for_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = Watch(Settings(server=Server(data=tmp_path / "data"), guard=Guard(automatic="note")))
    watch.once()
    assert "guard_failed" in capsys.readouterr().err
    with closing(open_store(tmp_path / "data", create=True)):
        watch.once()

    assert "" == capsys.readouterr().err


def test_the_clause_comes_from_the_registry_that_ships(tmp_path: Path) -> None:
    watch = Watch(Settings(server=Server(data=tmp_path)))
    found = watch._stakes([Teacher("openai-api", "gpt-4.1")], "acct_1", NOW)

    assert Position.FORBIDDEN is found.position


@pytest.mark.parametrize(
    ("weights", "position", "entry"),
    [
        ("", Position.UNKNOWN, ""),
        ("qwen3-apache", Position.PERMITTED, "qwen3-apache"),
        ("llama-2", Position.FORBIDDEN, "llama-2"),
    ],
)
def test_self_hosted_weights_are_judged_by_the_licence_that_the_configuration_names(
    tmp_path: Path, weights: str, position: Position, entry: str
) -> None:
    there = Provider(
        name="vllm",
        kind=ProviderKind.OPENAI,
        base_url="http://127.0.0.1:8000/v1",
        path="self-hosted",
    )
    ours = Deployment(name="ours", provider="vllm", model="our-own-name", weights=weights)
    watch = Watch(
        Settings(
            server=Server(data=tmp_path), providers={"vllm": there}, deployments={"ours": ours}
        )
    )
    found = watch._stakes([Teacher("self-hosted", "our-own-name")], "acct_1", NOW)

    assert position is found.position
    assert entry == found.clause.entry.partition("@")[0]
