"""The clause at stake comes from the registry that ships, and a stray call decides nothing."""

import pytest

from stillhouse.compose.terms import shipped
from stillhouse.guard.ladder import Position
from stillhouse.guard.stake import Stake, Teacher, stake
from stillhouse.terms.lineage import when
from stillhouse.units.instant import Instant

NOW = Instant(when("2026-11-30T12:00:00Z") or 0)
GPT = Teacher("openai-api", "gpt-4.1")
DEEPSEEK = Teacher("deepseek-api", "deepseek-chat")


def at_stake(*teachers: Teacher) -> Stake:
    return stake(teachers, shipped(), account="acct_1", now=NOW)


@pytest.mark.parametrize(
    ("teacher", "position"),
    [
        (GPT, Position.FORBIDDEN),
        (DEEPSEEK, Position.PERMITTED),
        (Teacher("unknown", "gpt-4.1"), Position.UNKNOWN),
        (Teacher("", "gpt-4.1"), Position.UNKNOWN),
        (Teacher("nowhere-api", "m"), Position.UNKNOWN),
    ],
)
def test_the_access_path_decides(teacher: Teacher, position: Position) -> None:
    assert position is at_stake(teacher).position


def test_a_prohibition_is_quoted_with_its_version_and_source() -> None:
    found = at_stake(GPT)

    assert "@" in found.clause.entry
    assert "3.3(e)" in found.clause.clause
    assert "compete" in found.clause.quotation
    assert "OpenAI" in found.clause.source
    assert "" == found.resolve


def test_an_unknown_says_what_would_answer_it() -> None:
    assert "terms add" in at_stake(Teacher("nowhere-api", "m")).resolve


def test_the_strictest_of_the_teachers_that_matter_is_what_counts() -> None:
    assert Position.FORBIDDEN is at_stake(*[DEEPSEEK] * 8, *[GPT] * 2).position


def test_one_stray_call_to_another_provider_decides_nothing() -> None:
    assert Position.PERMITTED is at_stake(*[DEEPSEEK] * 30, GPT).position


def test_no_calls_are_unknown() -> None:
    assert Position.UNKNOWN is at_stake().position
