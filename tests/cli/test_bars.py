"""Bars on a terminal, nothing elsewhere; and files that cannot be read say so in a sentence."""

import io
import sys
from pathlib import Path

import pytest

from stillhouse.cli.bars import bars, opened, through
from stillhouse.cli.output import Failure


class Terminal(io.StringIO):
    """Somebody watches."""

    def isatty(self) -> bool:
        return True


def watched(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """In the test itself: pytest puts its own stderr there when a test begins."""
    made = Terminal()
    monkeypatch.setattr(sys, "stderr", made)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    return made


def test_a_bar_says_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    file = tmp_path / "rows"
    file.write_bytes(b"x\n" * 1_000)
    with opened(file) as source, bars(stay=True, counted=True) as on:
        read = through(on, source, "rows")
        source.read(1_000)
        read(500)
        on.bar("train", 4.0).to(1)
        on.bar("train", 4.0).on(2)
    said = terminal.getvalue()

    assert "500 rows" in said
    assert "1000/2000" in said
    assert "3/4" in said


def test_where_nobody_watches_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal, nobody = watched(monkeypatch), io.StringIO()
    with bars(shown=False) as on:
        on.bar("train", 4.0).to(1)
    monkeypatch.setattr(sys, "stderr", nobody)
    with bars() as on:
        on.bar("train").on()

    assert "" == terminal.getvalue() == nobody.getvalue()


def test_of_stdin_nobody_knows_how_long_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Pipe(b"row\n")))
    with opened(Path("-")) as source, bars() as on:
        through(on, source, "rows")(1)
        assert [b"row\n"] == list(source)

    assert "rows" not in terminal.getvalue()


def test_a_file_that_cannot_be_read_is_a_failure_of_the_kind_asked_for(tmp_path: Path) -> None:
    class Wrong(Failure):
        pass

    with (
        pytest.raises(Wrong, match="cannot be read: No such file"),
        opened(tmp_path / "none", wrong=Wrong),
    ):
        pass
