"""Shapes that resources share: what a body may not hold, and which days were meant."""

import pytest
from pydantic import ValidationError
from tests.console.real import Real

from stillhouse.console.api.shapes import ERRORS, Asked, days_of
from stillhouse.console.gate import Visit
from stillhouse.console.roles import Role, Who
from stillhouse.console.views import Days


class Body(Asked):
    name: str


def test_an_unknown_key_is_a_mistake_and_is_not_repeated() -> None:
    with pytest.raises(ValidationError) as told:
        Body.model_validate({"name": "a", "nmae": "sk-secret"})

    assert "sk-secret" not in str(told.value)


def test_every_error_has_the_one_shape() -> None:
    assert 1 == len({row["model"] for row in ERRORS.values()})


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (("", "", ""), Days("2026-11-01", "2026-11-30")),
        (("", "", "2026-02"), Days("2026-02-01", "2026-02-28")),
        (("2026-11-05", "2026-11-06", ""), Days("2026-11-05", "2026-11-06")),
    ],
)
def test_days_are_those_given_or_a_month(
    real: Real, asked: tuple[str, str, str], expected: Days
) -> None:
    who = Who(id="m", actor="user:m", name="", email="", role=Role.OWNER)
    desk = real.app.state.house.desk(who, at=real.now)
    visit = Visit(who=who, desk=desk, csrf="", member=None)

    assert expected == days_of(visit, *asked)
