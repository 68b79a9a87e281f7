"""The shelf of students: put in whole, found by id.

    data/distill/students/<id>/     written beside, fsynced, renamed: never half there

`distill run` puts them here; a provider of the configuration and every command find them here.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from stillhouse.distill import artefact
from stillhouse.distill.artefact import MANIFEST, DamagedError, Manifest
from stillhouse.training.work import replaced, synced

FOLDER = Path("distill") / "students"
PART = ".part"
NOTES = "notes.json"
"""What became known of a student after its card was written: a list of sentences."""
SHOWN = 4
"""Ids that an error names."""


class AbsentError(DamagedError):
    """There is no such student."""


def shelf(data: Path) -> Path:
    """Where a data folder keeps its students."""
    return data / FOLDER


def put(manifest: Manifest, weights: Path, data: Path, *, extra: Sequence[Path] = ()) -> Path:
    """Copy a sealed student onto the shelf. weights: the folder of its files."""
    place = shelf(data) / manifest.id
    if place.exists():
        return place
    part = place.with_name(manifest.id + PART)
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


def notes(place: Path) -> list[str]:
    """Of a student's folder; [] where none can be read."""
    try:
        said = json.loads((place / NOTES).read_bytes())
    except (OSError, ValueError):
        return []
    return [str(one) for one in said] if isinstance(said, list) else []


def note(place: Path, words: str) -> None:
    """Add a sentence to a student's card, once."""
    known = notes(place)
    if words not in known:
        replaced(place / NOTES, json.dumps([*known, words], ensure_ascii=False, indent=1))


def find(data: Path, name: str) -> Path:
    """The folder of a student: by its path, its id, or the beginning of its id.

    Raises:
        AbsentError: there is none.
        DamagedError: several begin so.
    """
    return Path(name) if (Path(name) / MANIFEST).is_file() else named(data, name)


def named(data: Path, name: str) -> Path:
    """The same, of the shelf alone."""
    hits = [p for p in everyone(data) if p.name.startswith(name)]
    hits = [p for p in hits if p.name == name] or hits
    if len(hits) == 1 and name:
        return hits[0]
    if hits:
        ids = ", ".join(p.name for p in hits[:SHOWN])
        raise DamagedError(
            f"{len(hits)} students begin with {name!r} ({ids}): write more of the id"
        )
    raise AbsentError(f"no student {name!r}; `stillhouse distill status` lists them")


def everyone(data: Path) -> list[Path]:
    """Every folder of the shelf that is whole."""
    found = sorted(at.parent for at in shelf(data).glob(f"*/{MANIFEST}"))
    return [place for place in found if place.suffix != PART]
