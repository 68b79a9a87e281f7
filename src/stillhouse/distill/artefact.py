"""A student on disk: a folder with `student.json`, and the files that it names.

    student.json   the manifest: canonical JSON, so the same student is the same bytes
    *.npy, *.json  its weights, each with its SHA-256 in the manifest

`id` is the hash of everything else in the manifest, hence of the weights, the data, the terms'
verdicts and the seeds: a student that differs in any of them is another student. Nothing in it
comes from a clock, so the same run twice gives the same id.

A manifest that does not hash to its id, or a file that does not hash to what the manifest says, is
refused: no half-written student is ever served.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Literal

import msgspec

from stillhouse.distill.intake import Intake
from stillhouse.terms import Origin

Kind = Literal["classifier", "extraction", "generative"]
Form = Literal["linear", "encoder", "fields", "causal"]
MANIFEST = "student.json"
VERSION = 1
ID_CHARS = 32


class DamagedError(ValueError):
    """This folder holds no whole student, and why."""


class File(msgspec.Struct, frozen=True):
    sha256: str
    bytes: int


class Taught(msgspec.Struct, frozen=True):
    """One teacher's part in the lineage. first, last: of its rows' times, microseconds."""

    origin: Origin
    rows: int
    first: int
    last: int


class Judged(msgspec.Struct, frozen=True):
    """A verdict of the registry of terms on one teacher's rows, or on the base model.

    result: allow, allow_with_conditions or deny. clauses: what decided, entry and clause.
    """

    origin: Origin
    result: str
    clauses: tuple[str, ...]
    rows: int


class Data(msgspec.Struct, frozen=True):
    """What it was trained on. sha256: of the dataset's lines. receipts: Merkle root, or "".

    funnel: (reason, rows) in the order of the stages; what is left is `rows`. consent: who allowed
    that these rows are trained on, in words.
    """

    sha256: str
    rows: int
    funnel: tuple[tuple[str, int], ...] = ()
    consent: str = ""
    receipts: str = ""
    account: tuple[str, ...] = ()


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All that is said of a student.

    workload: the task. labels: the closed set, of a classifier. model: what `form` needs besides
    the files (of "linear" a `linear.Layer`). base: name and hash of weights that are not in the
    folder. threshold: an answer with less confidence is left to the teacher. metrics: measured on
    rows that no stage before had seen. obligations: of the terms, for whoever serves it.
    """

    kind: Kind
    form: Form
    workload: str
    intake: Intake
    files: dict[str, File]
    data: Data
    taught: tuple[Taught, ...]
    judged: tuple[Judged, ...]
    obligations: tuple[str, ...] = ()
    exposure: str = "internal"
    registry: str = ""
    labels: tuple[str, ...] = ()
    model: dict[str, Any] = {}
    base: str = ""
    threshold: float = 0.0
    metrics: dict[str, Any] = {}
    seeds: tuple[int, ...] = ()
    commit: str = ""
    version: int = VERSION
    id: str = ""


_canonical = msgspec.json.Encoder(order="sorted").encode
_read = msgspec.json.Decoder(Manifest).decode


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def described(data: bytes) -> File:
    return File(digest(data), len(data))


def sealed(manifest: Manifest) -> Manifest:
    """The same with its id."""
    bare = msgspec.structs.replace(manifest, id="")
    return msgspec.structs.replace(bare, id=digest(_canonical(bare))[:ID_CHARS])


def written(manifest: Manifest) -> bytes:
    """The bytes of `student.json`; of a sealed manifest only."""
    if not manifest.id:
        raise ValueError("a manifest is sealed before it is written")
    return msgspec.json.format(_canonical(manifest), indent=1) + b"\n"


def read(data: bytes) -> Manifest:
    """Raises DamagedError unless it is a whole manifest that hashes to its id."""
    try:
        manifest = _read(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise DamagedError(f"{MANIFEST} is no manifest: {error}") from None
    if manifest.version != VERSION:
        raise DamagedError(
            f"{MANIFEST} is of version {manifest.version}; this Stillhouse reads {VERSION}"
        )
    if sealed(manifest).id != manifest.id:
        raise DamagedError(f"{MANIFEST} was changed: it does not hash to its id {manifest.id}")
    for name in manifest.files:
        if not name or name == MANIFEST or "/" in name or "\\" in name or name.startswith("."):
            raise DamagedError(f"{MANIFEST} names a file outside its folder: {name!r}")
    return manifest


def checked(manifest: Manifest, found: Mapping[str, File]) -> None:
    """Raises DamagedError unless every file is there and is what the manifest says.

    found: what lies in the folder, as `described` says of each; large files are hashed in pieces.
    """
    for name, said in sorted(manifest.files.items()):
        if name not in found:
            raise DamagedError(f"{name} is missing; train the student again or restore the file")
        if found[name] != said:
            raise DamagedError(f"{name} is not what {MANIFEST} says; restore it or train again")
