"""What was written is read again, row by row."""

from pathlib import Path

from stillhouse.distill.example import Example, Turn
from stillhouse.training.rows import read_rows, write_rows


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    rows = [Example(f"c{n}", n, "a", "w", (Turn("user", "x\ny"),), "é", ()) for n in range(3)]
    write_rows(tmp_path / "rows", rows)

    assert rows == list(read_rows(tmp_path / "rows"))
