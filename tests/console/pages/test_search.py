"""The search field: a receipt, an exact name, or the only one that holds the words."""

import pytest
from tests.console.real import Real

from stillhouse.console.pages.search import meaning
from stillhouse.console.roles import Role, Who


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("w7-1234", {"receipt": "w7-1234"}),
        (" W7-1234 ", {"receipt": "w7-1234"}),
        ("gpt", {"deployment": "gpt"}),
        ("", {}),
        ("sk-sh", {}),
        ("nobody", {}),
    ],
)
def test_words_mean(real: Real, words: str, expected: dict[str, str]) -> None:
    assert expected == meaning(words, desk(real))


def test_a_part_of_a_name_is_enough_when_only_one_has_it(real: Real) -> None:
    assert {"account": real.alice.id} == meaning("ALI", desk(real))
    assert {"key": real.keys[real.bob.id].id} == meaning("sk-sh-1", desk(real))


def desk(real: Real):  # type: ignore[no-untyped-def]
    who = Who(id="m", actor="user:a@b", name="", email="a@b", role=Role.OWNER)
    return real.app.state.house.desk(who, at=real.now)
