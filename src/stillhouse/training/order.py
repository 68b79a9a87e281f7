"""In which order rows are learned: at random, and rows of like length together.

A batch is padded to its longest row; with rows of like length in it, a third of the time is saved
on short texts. Chance decides twice: which rows meet in a pool of some batches, and in which order
the pool's batches come.

The order depends on seed and epoch alone. (transformers has such a sampler, which draws from the
global generator: a run that goes on after a kill then sees another order than one that was not
killed, and ends in other weights.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import torch
from torch.utils.data import Sampler

POOL: Final = 32
"""batches whose rows are sorted together: fewer pad more, more are less at random"""


class ByLength(Sampler):  # type: ignore[misc] # torch is not followed
    """Numbers of rows, each once an epoch."""

    def __init__(self, lengths: Sequence[int], *, batch: int, seed: int) -> None:
        """batch: rows of one step, over all processes."""
        self._lengths, self._batch, self._seed = lengths, batch, seed
        self._epoch = 0

    def __len__(self) -> int:
        return len(self._lengths)

    def set_epoch(self, epoch: int) -> None:
        """Told by whoever loops, also when a run goes on in the middle of an epoch."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[int]:
        chance = torch.Generator().manual_seed(self._seed * 1_000_003 + self._epoch)
        rows = torch.randperm(len(self), generator=chance).tolist()
        wide = POOL * self._batch
        for start in range(0, len(rows), wide):
            pool = sorted(rows[start : start + wide], key=lambda row: -self._lengths[row])
            batches = [pool[at : at + self._batch] for at in range(0, len(pool), self._batch)]
            for at in torch.randperm(len(batches), generator=chance).tolist():
                yield from batches[at]
