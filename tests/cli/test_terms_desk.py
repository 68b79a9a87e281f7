"""Questions about terms need no data folder, and no clock that ran backwards."""

import pytest
from tests.cli.at_the_desk import Shell

from stillhouse.compose import terms


def test_questions_make_no_data_folder(shell: Shell) -> None:
    shell.run("terms", "explain", "builtin", "builtin", "--student", "generative")

    assert not (shell.data / "stillhouse.sqlite").exists()


def test_a_clock_that_ran_backwards_is_told(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stillhouse.cli.terms_desk.time.time_ns", lambda: 1_700_000_000 * 10**9)

    said = shell.refused("terms", "explain", "builtin", "builtin", "--student", "generative")

    assert "set the clock" in said


def test_a_registry_that_was_edited_by_hand_answers_nothing(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def edited() -> None:
        raise terms.TamperedError([("openai.yaml", "its hash is another")])

    monkeypatch.setattr("stillhouse.compose.terms_book.shipped", edited)

    said = shell.refused("terms", "list")

    assert "openai.yaml" in said
    assert "terms hash --write" in said
