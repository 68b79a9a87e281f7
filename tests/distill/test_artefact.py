"""A student is its manifest: whatever is changed is another student, or damage that is seen."""

import msgspec
import pytest

from stillhouse.distill.artefact import (
    DamagedError,
    Data,
    Judged,
    Manifest,
    Taught,
    checked,
    described,
    read,
    sealed,
    written,
)
from stillhouse.distill.intake import Intake
from stillhouse.terms import Origin

ORIGIN = Origin(path="builtin", model="builtin")
FILES = {"w.npy": b"weights", "w.json": b"[]"}
BARE = Manifest(
    kind="classifier",
    form="linear",
    workload="comments",
    intake=Intake(before="Comment: "),
    files={name: described(data) for name, data in FILES.items()},
    data=Data(sha256="0" * 64, rows=3, funnel=(("duplicate", 2),)),
    taught=(Taught(ORIGIN, 3, 1, 9),),
    judged=(Judged(ORIGIN, "allow", ("builtin",), 3),),
    labels=("ham", "spam"),
    metrics={"accuracy": 0.91, "n": 100},
    seeds=(1,),
)


def test_what_was_written_is_read_again() -> None:
    manifest = sealed(BARE)

    assert manifest == read(written(manifest))
    assert 32 == len(manifest.id)


def test_the_same_student_has_the_same_id_and_another_has_another() -> None:
    other = msgspec.structs.replace(BARE, threshold=0.5)

    assert sealed(BARE) == sealed(sealed(BARE))
    assert sealed(BARE).id != sealed(other).id


def test_a_changed_manifest_is_refused() -> None:
    text = written(sealed(BARE)).replace(b'"internal"', b'"sold"')
    with pytest.raises(DamagedError, match="was changed"):
        read(text)


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"{", b'{"kind": "poem"}'])
def test_what_is_no_manifest_is_refused(text: bytes) -> None:
    with pytest.raises(DamagedError, match="no manifest"):
        read(text)


@pytest.mark.parametrize("name", ["../x", "a/b", "student.json", "", ".x", "a\\b"])
def test_a_file_outside_the_folder_is_refused(name: str) -> None:
    manifest = sealed(msgspec.structs.replace(BARE, files={name: described(b"")}))
    with pytest.raises(DamagedError, match="outside its folder"):
        read(written(manifest))


def test_another_version_and_an_unsealed_one_are_refused() -> None:
    with pytest.raises(DamagedError, match="version 2"):
        read(written(sealed(msgspec.structs.replace(BARE, version=2))))
    with pytest.raises(ValueError, match="sealed before"):
        written(BARE)


def test_files_are_checked_one_by_one() -> None:
    manifest = sealed(BARE)
    found = {name: described(data) for name, data in FILES.items()}
    checked(manifest, found)
    with pytest.raises(DamagedError, match=r"w\.json is missing"):
        checked(manifest, {"w.npy": found["w.npy"]})
    with pytest.raises(DamagedError, match=r"w\.npy is not what"):
        checked(manifest, found | {"w.npy": described(b"weightz")})
