"""What is asked ahead is what would have been asked, and is never older than a posting."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.console.real import AT, DAY, Real

from stillhouse.compose import ahead
from stillhouse.compose.ahead import first_questions, keep_up
from stillhouse.console.views import Days
from stillhouse.store.rollups import Rollups

WHOLE_DAY = Days(DAY, DAY)


@pytest.fixture
def sums(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was summed."""
    found: list[object] = []
    real = Rollups.sums

    def told(self: Rollups, by: Any, **more: Any) -> Any:
        found.append(tuple(by))
        return real(self, by, **more)

    monkeypatch.setattr(Rollups, "sums", told)
    return found


def sell(real: Real) -> Callable[[], list[int]]:
    def charged() -> list[int]:
        return [r.receipts for r in real.parts.newest.sums(["account"], WHOLE_DAY, only={})]

    real.seal(real.receipts(3, account=real.alice, writer=real.writer()))
    return charged


def test_after_a_posting_a_question_was_asked_already(real: Real, sums: list[object]) -> None:
    charged = sell(real)
    assert [3] == charged()
    assert real.parts.newest.keep_up()
    assert not real.parts.newest.keep_up(), "nothing was posted"
    real.seal(real.receipts(2, account=real.alice, writer=real.writer()))
    assert real.parts.newest.keep_up()
    del sums[:]

    assert [5] == charged()
    assert [] == sums


def test_who_asks_first_is_answered_by_what_was_posted(real: Real) -> None:
    charged = sell(real)
    charged()
    real.parts.newest.keep_up()
    real.seal(real.receipts(2, account=real.alice, writer=real.writer()))

    assert [5] == charged()


def test_the_first_pages_find_their_sums(real: Real, sums: list[object]) -> None:
    first_questions(real.parts, AT)  # of an empty house: no error
    sell(real)
    first_questions(real.parts, AT)
    del sums[:]
    first_questions(real.parts, AT)

    assert [] == sums


def test_it_goes_on_after_an_error_and_ends_when_it_is_told(
    real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "EVERY_S", 0.01)
    stop, told, tries = threading.Event(), [], []

    def fail() -> bool:
        tries.append(1)
        if len(tries) == 3:
            stop.set()
        raise OSError("gone")

    monkeypatch.setattr(real.parts.newest, "keep_up", fail)
    keep_up(real.parts, stop, lambda event, **_: told.append(event))

    assert ["console_not_ahead"] * 3 == told
