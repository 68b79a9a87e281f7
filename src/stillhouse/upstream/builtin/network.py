"""One onnxruntime session: tokens and what was read before in, logits of the next token out.

The graph (written by recipes/builtin/export.py) reads one sequence at a time and is pure: `past`
goes in, `present` comes out, nothing is kept in the session. So several answers may branch from
one prompt, and a generation that is abandoned leaves nothing behind. One thread per run: a busy
box serves better by processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Read:
    """What one run gave."""

    logits: Floats  # (V,) of the token after the last one read
    pooled: Floats  # (D,) mean of the final hidden states of the tokens just read
    past: Floats  # (L, 2, H, tokens read so far, D/H)


class Network:
    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # Warnings of the runtime are about hardware it did not find; they are not the operator's.
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        past = next(i for i in self._session.get_inputs() if i.name == "past").shape
        self._nothing = np.zeros((*past[:3], 0, past[4]), dtype=np.float32)
        self.width: int = self._session.get_outputs()[1].shape[0]
        self.vocabulary: int = self._session.get_outputs()[0].shape[0]
        self.context = int(self._session.get_modelmeta().custom_metadata_map["context"])

    def read(self, ids: Sequence[int], past: Floats | None = None) -> Read:
        """Read `ids` (at least one) after `past`. The caller keeps the sum within `context`."""
        before = self._nothing if past is None else past
        feed = {"ids": np.asarray(ids, dtype=np.int64), "past": before}
        return Read(*self._session.run(["logits", "pooled", "present"], feed))
