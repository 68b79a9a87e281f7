"""Students on disk: put in whole, found by id, checked before they answer.

    data/distill/students/<id>/     written beside, fsynced, renamed: never half there

Reading fails closed: a folder whose manifest or files were changed is `DamagedError`.
"""

import shutil
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from stillhouse.distill import answer, artefact
from stillhouse.distill.artefact import MANIFEST, DamagedError, Manifest
from stillhouse.training.work import file_hash, synced

FOLDER = Path("distill") / "students"


def shelf(data: Path) -> Path:
    """Where a data folder keeps its students."""
    return data / FOLDER


def put(manifest: Manifest, weights: Path, data: Path, *, extra: Sequence[Path] = ()) -> Path:
    """Copy a sealed student onto the shelf. weights: the folder of its files."""
    place = shelf(data) / manifest.id
    if place.exists():
        return place
    part = place.with_name(f"{manifest.id}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    try:
        for name in manifest.files:
            shutil.copyfile(weights / name, part / name)
        for file in extra:
            shutil.copyfile(file, part / file.name)
        (part / MANIFEST).write_bytes(artefact.written(manifest))
        for file in part.iterdir():
            synced(file)
        part.rename(place)
        synced(place.parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return place


def find(data: Path, name: str) -> Path:
    """The folder of a student: by its path, its id, or the beginning of its id.

    Raises:
        DamagedError: there is none, or several begin so.
    """
    if (Path(name) / MANIFEST).is_file():
        return Path(name)
    hits = sorted(p for p in shelf(data).glob(f"{name}*") if (p / MANIFEST).is_file())
    hits = [p for p in hits if p.suffix != ".part"]
    if len(hits) == 1 and name:
        return hits[0]
    if hits:
        raise DamagedError(f"{len(hits)} students begin with {name!r}: write more of the id")
    raise DamagedError(f"no student {name!r}; `stillhouse distill status` lists them")


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
