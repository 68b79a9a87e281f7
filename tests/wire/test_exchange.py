"""No call is forwarded without a hold and an open record, and every path ends."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.wire.exchange import ENDS, TABLE, Event, IllegalStepError, State, mermaid, step


def paths(state: State = State.RECEIVED, seen: tuple[State, ...] = ()) -> list[tuple[State, ...]]:
    """Every way from here to an end, each state at most twice (a retry comes back once)."""
    seen = (*seen, state)
    if state in ENDS:
        return [seen]
    return [
        way
        for after in TABLE[state].values()
        if seen.count(after) < 2
        for way in paths(after, seen)
    ]


def test_the_table_names_every_state() -> None:
    assert set(State) == set(TABLE)
    assert {State.SETTLED, State.REFUSED} == ENDS


def test_every_forwarded_call_was_admitted_held_and_journalled_before_and_is_settled_after() -> (
    None
):
    before = [State.AUTHENTICATED, State.ADMITTED, State.HELD, State.JOURNALLED]
    for way in paths():
        if State.FORWARDED in way:
            assert [*way[1:5]] == before
            assert way[-1] == State.SETTLED


def test_a_refused_call_was_never_journalled() -> None:
    assert not [w for w in paths() if w[-1] == State.REFUSED and State.JOURNALLED in w]


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_a_step_is_in_the_table_or_a_bug(state: State, event: Event) -> None:
    if event in TABLE[state]:
        assert TABLE[state][event] == step(state, event)
    else:
        with pytest.raises(IllegalStepError, match=state.value):
            step(state, event)


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_an_ended_call_takes_no_more_steps(events: list[Event]) -> None:
    state = State.RECEIVED
    for event in events:
        try:
            state = step(state, event)
        except IllegalStepError:
            continue

        assert state not in ENDS or not TABLE[state]


def test_the_diagram_draws_each_line_of_the_table() -> None:
    arrows = [line for line in mermaid().splitlines() if "-->" in line]

    assert mermaid().startswith("stateDiagram-v2\n")
    assert len(arrows) == 1 + len(ENDS) + sum(len(events) for events in TABLE.values())
