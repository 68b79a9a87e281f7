"""The sealer as a process of its own: it seals what it is left with, and says what fails."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from stillhouse.compose import sealer_process
from stillhouse.compose.stores import open_store
from stillhouse.config.settings import Server, Settings, dump
from stillhouse.store.journal import JournalWriter
from stillhouse.units.instant import Instant
from stillhouse.worker.seal import Sealer


def test_the_end_of_input_seals_what_dead_writers_left_and_ends_it(tmp_path: Path) -> None:
    with closing(open_store(tmp_path, create=True)) as store:
        writer = store.register_writer(at=Instant(1))
    JournalWriter(tmp_path, writer=writer, at=1, on_synced=lambda _: None).close()
    done = subprocess.run(
        [sys.executable, "-m", "stillhouse.compose.sealer_process"],
        input=dump(Settings(server=Server(data=tmp_path))) + b"\n",
        capture_output=True,
        timeout=60,
        check=True,
    )
    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]

    assert ("sealer_ready", "sealer_stopped") == (events[0], events[-1])
    assert "sealing_failed" not in events
    assert [] == list((tmp_path / "journal").glob("*.journal"))


def test_whatever_fails_is_said_and_tried_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken(Sealer):
        def __init__(self) -> None:
            self.tries = 0

        def seal_ready(self, now: Instant) -> None:  # type: ignore[override]
            self.tries += 1
            raise OSError(28, f"No space left on device at {now} in {tmp_path.name}")

    broken = Broken()
    for _ in range(2):
        sealer_process._once(broken)
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    assert 2 == broken.tries
    assert ["sealing_failed"] * 2 == [line["event"] for line in said]
    assert "No space left" in said[0]["error"]
