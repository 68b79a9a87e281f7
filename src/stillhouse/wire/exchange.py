"""The life of one metered call, as a table: state -> event -> next state.

The gateway walks it and asks `step` at every turn, so a call cannot be forwarded without a hold and
an open record, nor end without being settled or refused. The diagram in the docs is drawn from it.

Two states end a call. `refused`: no attempt was made and nothing is charged. `settled`: there is a
receipt for every attempt; a broken call is settled too, by the written rule for what broke it.
"""

from enum import StrEnum


class State(StrEnum):
    RECEIVED = "received"
    AUTHENTICATED = "authenticated"
    ADMITTED = "admitted"
    HELD = "held"
    JOURNALLED = "journalled"
    FORWARDED = "forwarded"
    RELAYING = "relaying"
    BROKEN = "broken"
    SETTLED = "settled"
    REFUSED = "refused"


class Event(StrEnum):
    KEY_FOUND = "key found"
    ADMIT = "admit"
    HOLD = "hold"
    OPEN = "open record written"
    DISPATCH = "dispatch"
    FIRST_BYTE = "first byte"
    RETRY = "retry or fall back"
    BREAK = "break"
    SETTLE = "close record on disk"
    REFUSE = "refuse"


TABLE: dict[State, dict[Event, State]] = {
    State.RECEIVED: {Event.KEY_FOUND: State.AUTHENTICATED, Event.REFUSE: State.REFUSED},
    State.AUTHENTICATED: {Event.ADMIT: State.ADMITTED, Event.REFUSE: State.REFUSED},
    State.ADMITTED: {Event.HOLD: State.HELD, Event.REFUSE: State.REFUSED},
    # From here on there is something to give back, so the only ways out go through a receipt,
    # except that a hold without an open record is simply returned.
    State.HELD: {Event.OPEN: State.JOURNALLED, Event.REFUSE: State.REFUSED},
    State.JOURNALLED: {Event.DISPATCH: State.FORWARDED, Event.BREAK: State.BROKEN},
    State.FORWARDED: {Event.FIRST_BYTE: State.RELAYING, Event.BREAK: State.BROKEN},
    State.RELAYING: {Event.SETTLE: State.SETTLED, Event.BREAK: State.BROKEN},
    # Each attempt has its own open record, so a retry is journalled before it is dispatched.
    State.BROKEN: {Event.RETRY: State.JOURNALLED, Event.SETTLE: State.SETTLED},
    State.SETTLED: {},
    State.REFUSED: {},
}
ENDS = frozenset(state for state, events in TABLE.items() if not events)


class IllegalStepError(AssertionError):
    """A bug: this event cannot happen in this state."""


def step(state: State, event: Event) -> State:
    """The state after `event`.

    Raises:
        IllegalStepError: a bug of the caller; never caught in the core.
    """
    after = TABLE[state].get(event)
    if after is None:
        raise IllegalStepError(f"a call that is {state.value} cannot take: {event.value}")
    return after


def mermaid() -> str:
    """The table as a Mermaid state diagram, for the docs."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.RECEIVED.value}"]
    lines += [
        f"    {state.value} --> {after.value}: {event.value}"
        for state, events in TABLE.items()
        for event, after in events.items()
    ]
    lines += [f"    {state.value} --> [*]" for state in TABLE if state in ENDS]
    return "\n".join(lines) + "\n"
