"""SHA-256 of weights and of folders: what a card names, and what two runs are compared by."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Container


def weights_sha256(model: torch.nn.Module) -> str:
    """Of names, shapes and values, whatever the files that held them."""
    hashed = hashlib.sha256()
    for name, weight in sorted(model.state_dict().items()):
        hashed.update(f"{name} {tuple(weight.shape)} {weight.dtype}".encode())
        hashed.update(weight.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return hashed.hexdigest()


def files_sha256(folder: Path, *, but: Container[str] = ()) -> str:
    """Of every file's name and content; `but`: names that do not count."""
    hashed = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in but):
        hashed.update(file.relative_to(folder).as_posix().encode() + b"\0")
        hashed.update(hashlib.sha256(file.read_bytes()).digest())
    return hashed.hexdigest()
