"""A missing library says how to get it; a broken one says what is wrong with it."""

import sys
from pathlib import Path

import pytest

from stillhouse.training.needs import MissingExtraError, library


def test_a_library_that_is_there_is_given() -> None:
    assert library("json").loads("1") == 1


def test_a_missing_one_says_how_to_get_it() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'stillhouse\[train\]'"):
        library("no_such_library.inner")


def test_a_library_that_lacks_something_itself_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_library.py").write_text("import no_such_library")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        library("broken_library")
    sys.modules.pop("broken_library", None)
