"""Replay says that every number is the same, or which is not, and ends with 1."""

from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.at_the_desk import Shell
from tests.cli.guarded import opened
from tests.guard.findings import Judge

from stillhouse import __version__
from stillhouse.cli import guard_replay
from stillhouse.compose import cases
from stillhouse.compose.stores import open_store
from stillhouse.guard.bundle import Bundle, read, text_of


@pytest.fixture
def saved(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle that this program's judge would make again."""
    case = opened(shell, "acme", 2e5)
    with closing(open_store(shell.data)) as store:
        old = read(store.bundle(cases.read(store, case).newest.bundle))
    made = Bundle(version=__version__, calibration="c", finding=old.finding, signals=())
    judge = Judge({(): made.finding})
    monkeypatch.setattr(guard_replay, "detector", lambda: (judge, "c"))
    file = tmp_path / "bundle.json"
    file.write_text(text_of(made))
    return file


def test_a_bundle_that_is_the_same_says_so(shell: Shell, saved: Path) -> None:
    assert "the same to the bit" in shell.run("guard", "replay", str(saved)).stdout
    assert shell.one("guard", "replay", str(saved))["same"]


def test_a_number_that_differs_is_named_and_exits_1(shell: Shell, saved: Path) -> None:
    saved.write_text(saved.read_text().replace("200000.0", "200001.0"))

    assert (
        "e_value is 200000.0, and was 200001.0"
        in shell.run("guard", "replay", str(saved), code=1).stderr
    )


def test_a_case_of_other_code_says_that_it_is_of_other_code(shell: Shell, saved: Path) -> None:
    case = opened(shell, "bravo", 2e5)

    assert "the code is" in shell.run("guard", "replay", case, code=1).stderr


def test_what_is_no_bundle_is_refused(shell: Shell, saved: Path) -> None:
    saved.write_text("{}")

    assert "no evidence bundle" in shell.refused("guard", "replay", str(saved))


def test_the_newest_bundle_of_a_case_can_be_saved(shell: Shell, tmp_path: Path) -> None:
    case = opened(shell, "acme", 2e5)
    out = tmp_path / "evidence.json"
    shell.run("guard", "replay", case, "--out", str(out), code=1)

    assert 2e5 == read(out.read_text()).finding.e_value
