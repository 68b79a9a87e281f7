"""What is taken away is counted, nothing is taken twice, and what is clean stays."""

import json

import pytest
from msgspec.structs import replace
from tests.training.recorded import call, calls

from stillhouse.distill.example import Example
from stillhouse.training.curate import Choices, Curated, curate
from stillhouse.training.logs import Reader

pytest.importorskip("datasketch", reason="pip install 'stillhouse[train]'")
READ = Reader("stillhouse", key=b"k").read


def rows(lines: list[dict[str, object]]) -> list[Example]:
    return [READ(json.dumps(line).encode()).example for line in lines]


CLEAN = rows(calls(400))


def curated(some: list[Example], **choices: object) -> Curated:
    return curate(some, kind="classifier", choices=Choices(**choices))  # type: ignore[arg-type]


def left(made: Curated) -> int:
    return len(made.learned) + len(made.judging)


def test_every_row_is_learned_judges_or_is_counted() -> None:
    made = curated(CLEAN)

    assert 400 == left(made) + made.funnel.total()
    assert "Comment: " == made.intake.before
    assert all(row.input for row in made.learned)
    assert not {r.id for r in made.learned} & {r.id for r in made.judging}
    assert max(r.at for r in made.learned) < min(r.at for r in made.judging)


def test_what_teaches_nothing_is_counted_by_its_reason() -> None:
    spoiled = [
        replace(CLEAN[0], id="x1", finish="length"),
        replace(CLEAN[1], id="x2", output="I'm sorry, but I can't help with that."),
        replace(CLEAN[2], id="x3", output="never seen before"),
        replace(CLEAN[3], id="x4", output=" "),
        *rows([call(900, "x", "y", system="Translate.")]),
    ]
    made = curated([*CLEAN, *spoiled])

    for reason in ("truncated", "refusal", "rare_label", "empty", "foreign"):
        assert 1 == made.funnel[reason], reason


def test_the_same_question_counts_once_and_most_answers_decide() -> None:
    same = [replace(CLEAN[5], id=f"d{n}", at=CLEAN[5].at + n) for n in range(3)]
    odd = replace(CLEAN[5], id="odd", output="insult" if CLEAN[5].output != "insult" else "spam")
    made = curated([*CLEAN, *same, odd])

    assert 1 == made.funnel["contradiction"]
    assert made.funnel["duplicate"] >= 3


def test_what_is_personal_is_gone_from_question_and_answer() -> None:
    lines = calls(100)
    lines[7] = call(7, "call +62 812-3456-7890 for cheap followers", "spam")
    made = curated(rows(lines))
    kept = "".join(str(row) for row in (*made.learned, *made.judging))

    assert 1 == made.changed["scrubbed"]
    assert "812-3456" not in kept
    assert "<phone>" in kept


def test_raw_takes_away_only_what_is_empty() -> None:
    made = curated([*CLEAN, replace(CLEAN[0], id="x", finish="length")], raw=True)

    assert 401 == left(made)


def test_only_the_latest_rows_are_needed() -> None:
    made = curated(CLEAN, rows_max=100)

    assert made.funnel["not_needed"] > 200
    assert left(made) <= 100


def test_rows_to_choose_by_are_read_as_the_student_will_and_never_learned() -> None:
    asked = [replace(row, id=f"v{n}", gold=row.output) for n, row in enumerate(CLEAN[:40])]
    other = rows([call(900, "x", "y", system="Translate.")])
    made = curate(CLEAN, kind="classifier", choices=Choices(), apart=[*asked, *other])
    learned = {row.input for row in made.learned}

    assert [row.id for row in asked] == [row.id for row in made.apart]
    assert all(row.input and row.input not in learned for row in made.apart)
    assert made.funnel["in_evaluation"] >= 40
    assert [] == curated(CLEAN).apart
