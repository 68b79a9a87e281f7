"""The registry that ships: whole, sourced, and refused when somebody touched it."""

import shutil
from pathlib import Path

import pytest
import yaml

from stillhouse.compose import terms
from stillhouse.compose.terms import TamperedError, UnreadableError, document, read, shipped
from stillhouse.terms import DocumentError

DRAFT = Path(__file__).parents[3] / "shared" / "terms-draft.yaml"


READ_AGAIN = {"nemotron"}
"""Entries whose notes had the words wrong: corrected from the text itself."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(str(terms.folder()), tmp_path / "registry"))


def test_every_entry_that_was_researched_is_there_and_no_milder() -> None:
    if not DRAFT.exists():
        pytest.skip("the research notes (shared/terms-draft.yaml) are not beside this checkout")
    ours = shipped().chains
    for row in yaml.safe_load(DRAFT.read_text("utf-8"))["entries"]:
        version = ours[row["id"]].versions[0]
        assert row["position"] == version.position.value
        assert set(row["exceptions"]) == set(version.exceptions)
        assert set(row["conditions"]) <= set(version.conditions)
        assert row.get("quote", "") == version.quote or row["id"] in READ_AGAIN


def test_there_are_as_many_as_promised_each_with_its_source() -> None:
    entries = shipped().entries

    assert len(entries) >= 70
    assert all(e.document and e.url and e.read_where for e in entries)


def test_what_ships_is_what_the_index_says(copy: Path) -> None:
    assert (copy / "index.json").read_text("utf-8") == terms.fresh_index(copy)
    assert len(shipped().entries) == len(read(copy).entries)


def test_a_file_edited_by_hand_is_refused_with_the_way_out(copy: Path) -> None:
    edited = copy / "openai.yaml"
    edited.write_text(edited.read_text("utf-8").replace("competing_forbidden", "allowed"), "utf-8")

    with pytest.raises(TamperedError, match=r"openai\.yaml: its hash is .*\n.*terms hash --write"):
        read(copy)

    (copy / "index.json").write_text(terms.fresh_index(copy), "utf-8")
    assert read(copy)


@pytest.mark.parametrize("change", ["added", "removed", "no index"])
def test_files_that_come_or_go_are_refused(copy: Path, change: str) -> None:
    match change:
        case "added":
            (copy / "mine.yaml").write_text("entries: []", "utf-8")
        case "removed":
            (copy / "openai.yaml").unlink()
        case _:
            (copy / "index.json").unlink()

    with pytest.raises(TamperedError):
        read(copy)


def test_mistakes_come_with_file_and_field(copy: Path) -> None:
    (copy / "mine.yaml").write_text("entries: [{id: x}]", "utf-8")
    (copy / "index.json").write_text(terms.fresh_index(copy), "utf-8")

    with pytest.raises(DocumentError, match=r"mine\.yaml, entry 1 \(x\)\.kind"):
        read(copy)


@pytest.mark.parametrize("text", [b"a: [", b"\xff\xfe\x00", b"!!python/object/apply:os.getcwd []"])
def test_what_is_no_yaml_is_refused_and_never_run(text: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"x\.yaml is no YAML"):
        document(text, "x.yaml")
