"""An answer is worked out once for a state, not kept for ever, and never for another question."""

import threading

import pytest

from stillhouse.compose.lately import Lately


class Desk:
    """A clock, and how often something was worked out."""

    def __init__(self, most: int = 2) -> None:
        self.now, self.worked = 0.0, 0
        self.lately = Lately[int](seconds=60, most=most, clock=lambda: self.now)

    def ask(self, question: str = "q", state: int = 1) -> int:
        return self.lately.ask(question, state, self._work_out)

    def _work_out(self) -> int:
        self.worked += 1
        return self.worked


def test_the_same_answer_until_the_state_or_the_time_is_another() -> None:
    desk = Desk()
    assert [1, 1] == [desk.ask(), desk.ask()]
    assert 2 == desk.ask(state=2)
    desk.now = 60.0
    assert 2 == desk.ask(state=2)
    desk.now = 60.1

    assert 3 == desk.ask(state=2)


def test_of_many_questions_those_asked_last_are_kept() -> None:
    desk = Desk(most=2)
    for question in ("a", "b", "a", "c"):
        desk.ask(question)
    assert 3 == desk.worked
    desk.ask("a")
    assert 3 == desk.worked

    assert 4 == desk.ask("b")


def test_who_asks_while_it_is_worked_out_waits_for_that_answer() -> None:
    lately, begun, go = Lately[int](seconds=60, most=2), threading.Event(), threading.Event()
    answers: list[int] = []

    def slow() -> int:
        begun.set()
        go.wait(5)
        return 7

    first = threading.Thread(target=lambda: answers.append(lately.ask("q", 1, slow)))
    first.start()
    begun.wait(5)
    second = threading.Thread(target=lambda: answers.append(lately.ask("q", 1, lambda: 8)))
    second.start()
    go.set()
    first.join()
    second.join()

    assert [7, 7] == answers


def test_a_failure_is_not_kept() -> None:
    desk = Desk()
    with pytest.raises(ZeroDivisionError):
        desk.lately.ask("q", 1, lambda: 1 // 0)

    assert 1 == desk.ask()
