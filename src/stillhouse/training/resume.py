"""Where a killed run goes on: the checkpoints of a folder, if they are of an equal run.

    OUT.work/key             the hash of all that decides the run: settings, data, base, libraries
    OUT.work/checkpoint-N/   after N updates: weights, optimizer, schedule, chance

Another key means another run: what lies there is thrown away.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path


def begin(work: Path, key: str) -> Path | None:
    """Make the folder of a run, or find in it where an equal run was killed."""
    named = work / "key"
    if not named.is_file() or named.read_text() != key:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        named.write_text(key)
    return last_checkpoint(work)


def last_checkpoint(work: Path) -> Path | None:
    """The newest that is whole: the trainer's state is written last."""
    for found in sorted(
        work.glob("checkpoint-*"), key=lambda p: int(p.name.partition("-")[2]), reverse=True
    ):
        try:
            json.loads((found / "trainer_state.json").read_text())
        except (OSError, ValueError):
            shutil.rmtree(found)
        else:
            return found
    return None
