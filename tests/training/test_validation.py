"""Rows set apart: read with their gold, chosen on by what they can show, refused where too few."""

from pathlib import Path

import pytest
from tests.training.recorded import call, written

from stillhouse.distill.threshold import NEVER, needed
from stillhouse.training.fitting import UnfitError
from stillhouse.training.validation import chosen, rows_of


def test_a_row_has_gold_for_its_answer_whatever_the_teacher_said(tmp_path: Path) -> None:
    file = written(tmp_path / "v.jsonl", [call(0, "free crypto", "praise", gold="spam")])
    [row] = rows_of(file)

    assert ("spam", "spam", ()) == (row.output, row.gold, row.lineage)
    assert "Comment: free crypto" == row.turns[-1].text


def test_a_line_without_gold_is_told(tmp_path: Path) -> None:
    file = written(tmp_path / "v.jsonl", [call(0, "a", "b", gold="c"), call(1, "a", "b")])
    with pytest.raises(ValueError, match=r'line 2 of v.jsonl holds no "gold"'):
        rows_of(file)


def test_too_few_rows_can_show_nothing_and_say_how_many_could() -> None:
    few = [(0.9, True)] * (needed(0.98) - 1)
    with pytest.raises(UnfitError, match="holds 386 calls of this task, and 387 are the least"):
        chosen(few, target=0.98)
    with pytest.raises(UnfitError, match="no rows can show"):
        chosen(few, target=1.0)

    assert 0.9 >= chosen([*few, (0.9, True)], target=0.98).threshold
    assert NEVER == chosen([(0.9, False)] * 400, target=0.98).threshold
