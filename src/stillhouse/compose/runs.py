"""Runs of distillation and the shelf of students, as their folders tell them: read, never loaded.

    data/distill/<run>/<stage>/done.json   what each stage found        ─► RunView
    data/distill/students/<id>/            student.json, card.json, ... ─► StudentView

A folder that cannot be read is shown with what is wrong with it, and never stops the others.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from stillhouse.console.student_views import RunView, StageView, StudentView
from stillhouse.distill.artefact import MANIFEST, DamagedError
from stillhouse.ledger.ports import NotFoundError
from stillhouse.training.forget import DROPPED
from stillhouse.training.shelf import notes, shelf
from stillhouse.training.stages import STAGES
from stillhouse.training.students import manifest_of
from stillhouse.training.work import DONE
from stillhouse.units.instant import Instant

RUN, STUDENT = re.compile(r"[0-9a-f]{16}"), re.compile(r"[0-9a-f]{32}")
FILES: Mapping[str, str] = {
    "card.json": "application/json",
    "card.md": "text/markdown; charset=utf-8",
    "bom.json": "application/vnd.cyclonedx+json",
}
"""what may be downloaded of a student; its weights may not"""


def runs(data: Path) -> list[RunView]:
    """The newest first."""
    found = [_run(folder) for folder in _folders(data / "distill", RUN)]
    return sorted((r for r in found if r.at), key=lambda r: (-r.at, r.id))


def run(data: Path, ident: str) -> RunView:
    """Raises NotFoundError."""
    folder = data / "distill" / ident
    if not RUN.fullmatch(ident) or not folder.is_dir():
        raise NotFoundError(f"no run {ident}; the page of distillation runs shows them all")
    return _run(folder)


def students(data: Path, releases: Mapping[str, Sequence[str]]) -> list[StudentView]:
    """The newest first. releases: student's id -> live releases."""
    found = [_student(folder, releases) for folder in _folders(shelf(data), STUDENT)]
    return sorted(found, key=lambda s: (-s.at, s.id))


def student(data: Path, ident: str, releases: Mapping[str, Sequence[str]]) -> StudentView:
    """Raises NotFoundError."""
    return _student(_shelved(data, ident), releases)


def student_file(data: Path, ident: str, name: str) -> tuple[str, bytes]:
    """(media type, content). Raises NotFoundError."""
    folder = _shelved(data, ident)
    if name not in FILES:
        raise NotFoundError(f"a student has {', '.join(FILES)} to download, and no {name}")
    try:
        return FILES[name], _with_notes(name, (folder / name).read_bytes(), notes(folder))
    except OSError as error:
        raise NotFoundError(f"{name} cannot be read: {error.strerror}; train it again") from None


def _with_notes(name: str, data: bytes, said: list[str]) -> bytes:
    """A card with what became known of its student later."""
    if not said or name == "bom.json":
        return data
    if name == "card.md":
        return data + "".join(f"\n- {one}" for one in said).encode() + b"\n"
    try:
        card = json.loads(data)
    except ValueError:
        return data
    card["limits"] = [*card.get("limits", ()), *said]
    return json.dumps(card, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _shelved(data: Path, ident: str) -> Path:
    folder = shelf(data) / ident
    if not STUDENT.fullmatch(ident) or not folder.is_dir():
        raise NotFoundError(f"no student {ident}; the page of model cards shows them all")
    return folder


def _folders(place: Path, name: re.Pattern[str]) -> Iterator[Path]:
    if place.is_dir():
        yield from (p for p in place.iterdir() if name.fullmatch(p.name) and p.is_dir())


def _changed(path: Path) -> Instant:
    """When a file was written; 0 for none."""
    try:
        return Instant(path.stat().st_mtime_ns // 1000)
    except OSError:
        return Instant(0)


def _json(path: Path) -> dict[str, Any]:
    """{} where there is none that can be read."""
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _run(folder: Path) -> RunView:
    stages = tuple(_stage(folder, name) for name in STAGES)
    found = {stage.name: stage.found for stage in stages}
    card = _json(folder / "card" / "card.json")
    return RunView(
        id=folder.name,
        workload=str(card.get("workload") or _workload(found)),
        kind=str(found["consent"].get("kind") or ""),
        stages=stages,
        student=str(found["card"].get("student") or ""),
        verdict=str(found["evaluate"].get("verdict") or ""),
        at=Instant(max((s.at or 0 for s in stages), default=0)),
        dropped=str(_json(folder / DROPPED).get("why") or ""),
    )


def _stage(folder: Path, name: str) -> StageView:
    done = folder / name / DONE
    said = _json(done)
    if isinstance(said.get("found"), dict):
        return StageView(name=name, state="done", at=_changed(done), found=said["found"])
    begun = _changed(folder / f"{name}.part")
    return StageView(name=name, state="begun" if begun else "waiting", at=begun or None, found={})


def chosen(plan: Mapping[str, Any], seen: int | None) -> dict[str, Any]:
    """Of a plan's workloads the one that was gone on with: by its rows, else the largest."""
    listed = [one for one in plan.get("workloads") or () if isinstance(one, dict)]
    same = [one for one in listed if one.get("rows") == seen]
    return dict((same or listed or [{}])[0])


def _workload(found: Mapping[str, Mapping[str, Any]]) -> str:
    return str(chosen(found["plan"], found["consent"].get("seen")).get("workload") or "")


def _student(folder: Path, releases: Mapping[str, Sequence[str]]) -> StudentView:
    damaged, card = "", _json(folder / "card.json")
    try:
        manifest = manifest_of(folder)
    except DamagedError as error:
        damaged = str(error)
    else:
        if manifest.id != folder.name:
            damaged = f"{MANIFEST} is of {manifest.id}"
        card = {**card, "workload": manifest.workload, "kind": manifest.kind}
        sizes = {name: file.bytes for name, file in manifest.files.items()}
        wrong = [n for n, size in sizes.items() if _size(folder / n) != size]
        if wrong and not damaged:
            damaged = f"{', '.join(sorted(wrong))} is missing or has another size; train it again"
    if later := notes(folder):
        card = {**card, "limits": [*(card.get("limits") or ()), *later]}
    data, judged = _part(card, "data"), _part(_part(card, "metrics"), "judged")
    return StudentView(
        id=folder.name,
        workload=str(card.get("workload") or ""),
        kind=str(card.get("kind") or ""),
        form=str(card.get("form") or ""),
        exposure=str(card.get("exposure") or ""),
        verdict=str(judged.get("verdict") or ""),
        rows=int(data.get("rows") or 0),
        at=_changed(folder / MANIFEST),
        files=tuple(sorted((p.name, _size(p)) for p in folder.iterdir() if p.is_file())),
        releases=tuple(releases.get(folder.name, ())),
        damaged=damaged,
        card=card,
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


def _part(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = said.get(name)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
