"""A student on disk, checked before it answers; `shelf` says where it lies.

Reading fails closed: a folder whose manifest or files were changed is `DamagedError`.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from stillhouse.distill import answer, artefact
from stillhouse.distill.artefact import MANIFEST, DamagedError, Manifest
from stillhouse.training.work import file_hash


def manifest_of(folder: Path) -> Manifest:
    """Raises DamagedError; its files are not looked at."""
    try:
        return artefact.read((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise DamagedError(f"{MANIFEST} cannot be read: {error.strerror}") from None


def answering(manifest: Manifest, weights: Path) -> Callable[[bytes], answer.Answer]:
    """What answers a request's body. weights: the folder of its files, checked before.

    A causal student is asked through `training.generative`, which holds it while it is asked.
    """
    if manifest.form == "causal":
        made: Callable[[bytes], answer.Answer] = import_module(
            "stillhouse.training.generative"
        ).answering(manifest, weights)
        return made
    files = {name: (weights / name).read_bytes() for name in manifest.files}
    return answer.student(manifest, files).answer


def ready(folder: Path) -> tuple[Manifest, Callable[[bytes], answer.Answer]]:
    """A student that answers, all of it checked. Raises DamagedError."""
    manifest = manifest_of(folder)
    present = {n: folder / n for n in manifest.files if (folder / n).is_file()}
    artefact.checked(manifest, {name: file_hash(path) for name, path in present.items()})
    return manifest, answering(manifest, folder)
