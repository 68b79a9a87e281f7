"""A student that is a toy: it tells spam from ham by single words, and says how sure it is.

written(tmp_path / "spam")     a whole student's folder
body("Comment: cheap")         a request that it was trained for
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from stillhouse.distill import artefact
from stillhouse.distill.artefact import Data, Manifest, described
from stillhouse.distill.example import Turn
from stillhouse.distill.intake import learned
from stillhouse.distill.linear import Block, Layer, write

SYSTEM = "Is it spam?"
LAYER = Layer("w", ("ham", "spam"), (0.0, 0.0), 0.5, (Block("word", 1, 1),))
FILES = write(
    LAYER, [["cheap", "thanks"]], np.ones(2), np.array([[-1, 1], [1, -1]], dtype=np.float32)
)
INTAKE = learned([[Turn("system", SYSTEM), Turn("user", f"Comment: {n}")] for n in "abcdef"])
SURE, UNSURE = "Comment: cheap followers", "Comment: what a day"
"""What it answers with "spam", and what it leaves to its teacher."""


def manifest(**changes: Any) -> Manifest:
    made = Manifest(
        kind="classifier",
        form="linear",
        workload="comments",
        intake=INTAKE,
        files={n: described(d) for n, d in FILES.items()},
        data=Data("", 1),
        taught=(),
        judged=(),
        labels=LAYER.labels,
        model=msgspec.to_builtins(LAYER),
        threshold=0.9,
    )
    return artefact.sealed(msgspec.structs.replace(made, **changes))


def written(folder: Path, **changes: Any) -> Manifest:
    """Write it; returns its manifest."""
    made = manifest(**changes)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    (folder / artefact.MANIFEST).write_bytes(artefact.written(made))
    return made


def asked(text: str, *, system: str = SYSTEM, **more: Any) -> dict[str, Any]:
    turns = [{"role": "system", "content": system}, {"role": "user", "content": text}]
    return {"model": "gpt-4o", "messages": turns, **more}


def body(text: str, **more: Any) -> bytes:
    return json.dumps(asked(text, **more)).encode()
