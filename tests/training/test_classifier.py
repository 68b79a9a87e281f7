"""The form that is asked for is made; by default words, which need nothing."""

from pathlib import Path

import pytest

from stillhouse.distill.example import Example, Turn
from stillhouse.training.classifier import fit
from stillhouse.training.fitting import Settings

pytest.importorskip("sklearn", reason="pip install 'stillhouse[train]'")


@pytest.mark.parametrize("form", ["linear", "auto"])
def test_words_are_the_default(tmp_path: Path, form: str) -> None:
    rows = [
        Example(f"c{n}", n, "a", "w", (Turn("user", t),), t, (), input=f"{t} number {n}")
        for n, t in enumerate(["card", "pin"] * 30)
    ]
    made = fit(rows, [], settings=Settings(extra={"form": form}), folder=tmp_path)

    assert "linear" == made.form
