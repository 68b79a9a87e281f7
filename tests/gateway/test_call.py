"""One call, whatever happens to it: one close per open, every hold returned, one answer at most."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.gateway.rig import (
    ANSWER,
    BODY,
    CHARGE,
    DONE,
    PIECE,
    PRICE_IN,
    PRICE_OUT,
    STREAM,
    USAGE,
    Attempt,
    Client,
    Rig,
)

from stillhouse.gateway.call import LINGER_S, SLOW_CLIENT_S
from stillhouse.ledger.receipt import FLAG_RETRIED, Close
from stillhouse.tenants import Limits as Rates
from stillhouse.wire.sse import KEEPALIVE

RICH = {"b": 10**9}


def test_the_watcher_is_told_of_what_a_provider_answered_and_of_nothing_else() -> None:
    rig, seen = Rig(), []
    rig.gateway.watcher = lambda call, usage: seen.append(
        (call.seq, usage.output, call.lane.key.id)
    )
    rig.connect().ask()
    rig.attempts[0].answer()
    streaming(rig, PIECE, USAGE, DONE)
    rig.connect().ask()
    rig.attempts[2].answer(b"{}", status=400)
    rig.close_books()

    assert [(1, 3, "key_1"), (2, 3, "key_1")] == seen


def streaming(rig: Rig, *pieces: bytes) -> tuple[Client, Attempt]:
    client = rig.connect()
    client.ask(STREAM)
    attempt = rig.attempts[-1]
    attempt.begin_stream(*pieces)
    return client, attempt


def outcomes(rig: Rig) -> list[tuple[str, str, int]]:
    return [(closed.outcome, closed.witness, closed.charge) for closed in rig.journal.closes]


# -- the order of things


def test_a_whole_answer_waits_for_the_disk() -> None:
    rig = Rig(budgets=RICH)
    client = rig.connect()
    client.ask()
    rig.attempts[0].answer()
    assert b"" == client.transport.out
    rig.journal.sync_all()
    rig.loop.turn()

    assert (200, ANSWER, True) == (client.reply.status, client.reply.body, client.reply.whole)
    assert "w1-1" == client.reply.headers["x-stillhouse-receipt"]
    assert "0.000000000370 usd" == client.reply.headers["x-stillhouse-charge"]
    assert [("completed", "reported", CHARGE)] == outcomes(rig)
    rig.close_books()


def test_the_end_of_a_stream_waits_for_the_disk_and_its_pieces_do_not() -> None:
    rig = Rig(budgets=RICH)
    client, attempt = streaming(rig, PIECE, PIECE, USAGE, DONE)
    attempt.end()

    assert PIECE * 2 == client.reply.body, "the usage was not asked for, the end is withheld"
    assert not client.reply.whole
    rig.journal.sync_all()
    rig.loop.turn()
    trailer = b": stillhouse receipt=w1-1 charge=0.000000000370 currency=USD\n\n"
    assert PIECE * 2 + trailer + DONE == client.reply.body
    assert client.reply.whole
    rig.close_books()


def test_the_usage_is_asked_for_where_the_client_did_not_and_left_where_it_did() -> None:
    rig = Rig()
    asked = STREAM[:-1] + b',"stream_options":{"include_usage":true}}'
    client = rig.connect()
    client.ask(asked)
    attempt = rig.attempts[0]
    attempt.begin_stream(PIECE, USAGE, DONE)

    assert asked.replace(b'"m"', b'"model-0"') == attempt.body
    assert PIECE + USAGE == client.reply.body
    other, attempt = streaming(rig, PIECE, USAGE, DONE)
    assert b'"include_usage":true' in attempt.body
    assert PIECE == other.reply.body


# -- retries and fallbacks


def test_a_failed_attempt_is_settled_and_the_next_one_pays() -> None:
    rig = Rig(budgets=RICH)
    client = rig.connect()
    client.ask()
    rig.attempts[0].fail()
    rig.loop.pass_time(1)
    rig.attempts[1].answer()
    rig.close_books()

    assert 200 == client.reply.status
    assert [("upstream_cut", "lower_bound", 0), ("completed", "reported", CHARGE)] == outcomes(rig)
    assert [1, 1] == [opened.call for opened in rig.journal.opens]
    assert [FLAG_RETRIED, 0] == [closed.flags & FLAG_RETRIED for closed in rig.journal.closes]
    assert "w1-2" == client.reply.headers["x-stillhouse-receipt"]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_there_are_never_more_attempts_than_allowed(most: int) -> None:
    rig = Rig(budgets=RICH, max_attempts=most)
    client = rig.connect()
    client.ask()
    for number in range(most):
        rig.attempts[number].answer(b'{"error":{"message":"oh"}}', status=500)
        rig.loop.pass_time(2)
    rig.close_books()

    assert most == len(rig.attempts)
    assert 500 == client.reply.status
    assert [("refused", "none", 0)] * most == outcomes(rig)


def test_fallbacks_are_tried_in_order_and_the_last_one_again() -> None:
    rig = Rig(legs=2, max_attempts=4)
    rig.connect().ask()
    for number in range(4):
        rig.attempts[number].fail("unreachable")
        rig.loop.pass_time(5)

    assert ["model-0", "model-1", "model-1", "model-1"] == [a.model for a in rig.attempts]
    assert b'"model":"model-1"' in rig.attempts[1].body


@pytest.mark.parametrize(
    ("status", "legs", "attempts"),
    [(400, 2, 1), (404, 2, 1), (429, 1, 1), (429, 2, 2), (503, 1, 2), (408, 1, 1), (504, 2, 2)],
)
def test_which_refusals_of_a_provider_are_tried_elsewhere(
    status: int, legs: int, attempts: int
) -> None:
    rig = Rig(legs=legs, max_attempts=2)
    client = rig.connect()
    client.ask()
    while any(not attempt.over for attempt in rig.attempts):
        next(a for a in rig.attempts if not a.over).answer(b"{}", status=status)
        rig.loop.pass_time(2)
    rig.close_books()

    assert attempts == len(rig.attempts)
    assert status == client.reply.status


def test_nothing_is_tried_again_once_the_client_has_a_byte() -> None:
    rig = Rig(budgets=RICH, legs=2)
    client, attempt = streaming(rig, PIECE)
    attempt.fail()
    rig.close_books()

    assert 1 == len(rig.attempts)
    assert client.reply.body.startswith(PIECE + b"data: {")
    assert b'"error"' in client.reply.body
    assert client.transport.closed, "so that nobody takes it for an end"
    assert [("upstream_cut", "lower_bound", 0)] == outcomes(rig)


def test_a_stream_that_broke_before_its_first_byte_is_tried_again() -> None:
    rig = Rig(legs=2)
    client, first = streaming(rig)
    first.fail()
    rig.loop.pass_time(1)
    rig.attempts[1].begin_stream(PIECE, USAGE, DONE)
    rig.close_books()

    assert PIECE in client.reply.body
    assert DONE in client.reply.body


def test_no_second_attempt_after_the_deadline() -> None:
    rig = Rig(legs=3)
    client, attempt = streaming(rig)
    for _ in range(7):
        rig.loop.pass_time(100)
        if attempt.over:
            break
        attempt.data(b": still thinking")  # no whole event: nothing to relay
    rig.close_books()

    assert 1 == len(rig.attempts)
    assert 504 == client.reply.status


@pytest.mark.parametrize("status", [401, 403])
def test_our_credentials_at_a_provider_are_not_the_clients_matter(status: int) -> None:
    rig = Rig()
    client = rig.connect()
    client.ask()
    rig.attempts[0].answer(b'{"error":{"message":"Incorrect API key: sk-ours"}}', status=status)
    rig.close_books()

    assert 502 == client.reply.status
    assert b"sk-ours" not in client.reply.body
    assert b"stub" in client.reply.body


@pytest.mark.parametrize("status", [302, 307])
def test_what_is_neither_an_answer_nor_an_error_is_not_charged(status: int) -> None:
    """A redirect is not followed, and not an answer: nobody pays for it."""
    rig = Rig(budgets=RICH)
    client = rig.connect()
    client.ask()
    rig.attempts[0].answer(b"<html>moved</html>", status=status)
    rig.close_books()

    assert [0] == [closed.charge for closed in rig.journal.closes]
    assert 502 == client.reply.status


def test_a_provider_without_room_is_tried_again_and_then_told() -> None:
    rig = Rig(budgets=RICH, max_attempts=2)
    rig.stub.room = False
    client = rig.connect()
    client.ask()
    rig.close_books()

    assert [("unreachable", "none", 0)] * 2 == outcomes(rig)
    assert 502 == client.reply.status


# -- clients that leave or do not read


def test_a_client_that_leaves_is_drained_and_pays_for_what_was_reported() -> None:
    rig = Rig(budgets=RICH)
    client, attempt = streaming(rig, PIECE)
    client.leave()
    rig.loop.pass_time(20)
    attempt.data(PIECE + USAGE + DONE)
    rig.close_books()

    assert not attempt.abandoned or attempt.over
    assert [("client_left", "reported", CHARGE)] == outcomes(rig)


def test_a_drain_ends_and_what_was_seen_is_a_lower_bound() -> None:
    rig = Rig(budgets=RICH)
    client, attempt = streaming(rig, PIECE, PIECE)
    client.leave()
    rig.loop.pass_time(31)

    assert attempt.abandoned
    rig.close_books()
    ((outcome, witness, charge),) = outcomes(rig)
    assert ("client_left", "lower_bound") == (outcome, witness)
    assert 2 * PRICE_OUT < charge < 2 * PRICE_OUT + len(STREAM) * PRICE_IN


def test_only_so_many_are_drained_at_once() -> None:
    rig = Rig(budgets=RICH, drains_max=2)
    pairs = [streaming(rig, PIECE) for _ in range(5)]
    for client, _ in pairs:
        client.leave()

    assert [False, False, True, True, True] == [attempt.abandoned for _, attempt in pairs]
    pairs[0][1].data(USAGE + DONE)
    for _ in range(3):
        rig.journal.sync_all()
        rig.loop.pass_time(0.01)
    client, attempt = streaming(rig, PIECE)
    client.leave()
    assert not attempt.abandoned, "one that ended makes room"
    rig.close_books()


def test_a_client_that_left_before_its_attempt_was_dispatched_is_not_served() -> None:
    """Its attempt is closed already; a request that nobody records must not go out."""
    rig = Rig(budgets=RICH, drains_max=0)
    client = rig.connect()
    rig.loop.call_soon(client.connection.connection_lost, None)
    client.ask()
    rig.close_books()

    assert [] == rig.attempts
    assert [("client_left", "lower_bound", 0)] == outcomes(rig)


def test_a_client_that_left_between_two_attempts_gets_no_second() -> None:
    rig = Rig(budgets=RICH)
    client = rig.connect()
    client.ask()
    rig.attempts[0].fail()
    client.leave()
    rig.close_books()

    assert 1 == len(rig.attempts)


def test_who_does_not_read_stops_the_provider_and_is_cut_in_the_end() -> None:
    rig = Rig(budgets=RICH)
    client, attempt = streaming(rig, PIECE)
    client.connection.pause_writing()
    assert attempt.paused
    client.connection.resume_writing()
    assert not attempt.paused
    client.connection.pause_writing()
    rig.loop.pass_time(SLOW_CLIENT_S + 1)

    assert client.transport.closed
    rig.close_books()
    assert ["client_left"] == [closed.outcome for closed in rig.journal.closes]


def test_who_did_not_read_its_last_answer_stops_the_provider_of_its_next() -> None:
    """Transports say only once that they are full: a call must ask how things are."""
    rig = Rig(budgets=RICH)
    client = rig.connect()
    client.connection.pause_writing()
    client.ask(STREAM)

    assert rig.attempts[0].paused
    client.connection.resume_writing()
    assert not rig.attempts[0].paused
    rig.attempts[0].begin_stream(PIECE, USAGE, DONE)
    rig.close_books()


# -- time


def test_a_silent_provider_fails_over_and_then_is_a_timeout() -> None:
    rig = Rig(budgets=RICH, legs=2, max_attempts=2)
    client = rig.connect()
    client.ask()
    rig.loop.pass_time(121)
    assert [True, False] == [attempt.abandoned for attempt in rig.attempts]
    rig.loop.pass_time(121)
    rig.close_books()

    assert 504 == client.reply.status
    assert ["timeout", "timeout"] == [closed.outcome for closed in rig.journal.closes]


def test_silence_in_the_middle_of_a_stream_is_a_timeout_that_the_house_pays() -> None:
    rig = Rig(budgets=RICH)
    client, attempt = streaming(rig, PIECE)
    rig.loop.pass_time(121)

    assert attempt.abandoned
    rig.close_books()
    assert [("timeout", "lower_bound", 0)] == outcomes(rig)
    assert b'"error"' in client.reply.body


def test_a_comment_is_sent_only_between_two_events() -> None:
    rig = Rig()
    client, attempt = streaming(rig, PIECE)
    rig.loop.pass_time(40)
    assert PIECE + KEEPALIVE * 2 == client.reply.body
    attempt.data(PIECE[:20])
    rig.loop.pass_time(40)
    attempt.data(PIECE[20:] + USAGE + DONE)
    rig.close_books()

    body = client.reply.body
    assert body.replace(KEEPALIVE, b"").startswith(PIECE + PIECE)
    assert all(part.endswith(b"\n\n") for part in body.split(KEEPALIVE)[:-1] if part)


def test_a_provider_that_does_not_end_its_message_is_let_go_soon() -> None:
    rig = Rig()
    client, attempt = streaming(rig, PIECE, USAGE, DONE)
    rig.journal.sync_all()
    rig.loop.turn()
    assert client.reply.whole
    assert not attempt.abandoned
    rig.loop.pass_time(LINGER_S)

    assert attempt.abandoned


# -- money


def test_prices_are_those_of_admission_whatever_comes_into_force() -> None:
    rig = Rig(budgets=RICH, dearer_after_s=100)
    rig.connect().ask()
    rig.loop.pass_time(101)
    rig.connect().ask()
    for attempt in rig.attempts:
        attempt.answer()
    rig.close_books()

    assert [CHARGE, 2 * CHARGE] == [closed.charge for closed in rig.journal.closes]


# -- whatever happens


EVENTS = st.sampled_from(
    ["head", "stream", "error", "piece", "usage", "done", "odd", "end", "fail"]
)


class Calls(RuleBasedStateMachine):
    """Several calls at once through one gateway, each step in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.rig = Rig(
            budgets={"a": 60_000, "b": 40_000},
            legs=2,
            limits=Rates(concurrent=4),
            drains_max=1,
        )
        self.clients: list[Client] = []
        self.rig.bank.by_hand = True

    @rule(body=st.sampled_from([BODY, STREAM]), version=st.sampled_from(["1.1", "1.1", "1.0"]))
    def asks(self, body: bytes, version: str) -> None:
        client = self.rig.connect()
        client.ask(body, version=version)
        self.clients.append(client)

    def live(self) -> list[Attempt]:
        return [attempt for attempt in self.rig.attempts if not attempt.over]

    @precondition(lambda self: self.live())
    @rule(event=EVENTS, data=st.data())
    def provider(self, event: str, data: st.DataObject) -> None:
        attempt = data.draw(st.sampled_from(self.live()))
        headed = getattr(attempt, "headed", False)
        if event in ("head", "stream", "error") and not headed:
            attempt.headed = True  # type: ignore[attr-defined]
            status = data.draw(st.sampled_from([400, 401, 429, 500])) if event == "error" else 200
            kind = b"text/event-stream" if event == "stream" else b"application/json"
            attempt.head(status, kind)
        elif event in ("piece", "usage", "done", "odd") and headed:
            parts = {"piece": PIECE, "usage": USAGE, "done": DONE, "odd": PIECE[:9]}
            attempt.data(parts[event])
        elif event == "end" and headed:
            attempt.end()
        elif event == "fail":
            attempt.fail(data.draw(st.sampled_from(["upstream_cut", "unreachable", "timeout"])))

    @precondition(lambda self: self.clients)
    @rule(event=st.sampled_from(["leave", "pause", "resume"]), data=st.data())
    def client(self, event: str, data: st.DataObject) -> None:
        client = data.draw(st.sampled_from(self.clients))
        if client.transport.closed:
            return
        if event == "leave":
            client.leave()
        elif event == "pause" and not client.connection.paused:
            client.connection.pause_writing()
        elif event == "resume" and client.connection.paused:
            client.connection.resume_writing()

    @rule(seconds=st.sampled_from([0.01, 0.3, 1.0, 31.0, 125.0]))
    def time_passes(self, seconds: float) -> None:
        self.rig.loop.pass_time(seconds)

    @rule()
    def disk(self) -> None:
        self.rig.journal.sync_all()
        self.rig.loop.turn()

    @precondition(lambda self: self.rig.bank.questions)
    @rule()
    def bank(self) -> None:
        self.rig.bank.answer()
        self.rig.loop.turn()

    @invariant()
    def nobody_has_an_end_whose_receipt_is_not_on_disk(self) -> None:
        closed = {record.seq: record for record in self.rig.journal.closes}
        for client in self.clients:
            assert len(client.replies) <= 1
            for reply in client.replies:
                name = reply.headers.get("x-stillhouse-receipt")
                ended = b"\n\ndata: [DONE]\n\n" in b"\n\n" + reply.body  # not inside another event
                if name and reply.status == 200 and reply.whole and ended:
                    assert closed[int(name.split("-")[1])].outcome == "completed"

    @invariant()
    def no_budget_is_overdrawn(self) -> None:
        for budget in self.rig.budgets:
            assert sum(closed.charge for closed in self.rig.journal.closes) <= budget.limit

    def teardown(self) -> None:
        self.rig.bank.by_hand = False
        while self.rig.bank.questions:
            self.rig.bank.answer()
        for client in self.clients:
            if client.connection.paused and not client.transport.closed:
                client.connection.resume_writing()
        self.rig.close_books()
        for client in self.clients:
            assert client.transport.closed, "whoever is idle for long is let go"


TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@settings(max_examples=60, deadline=None)
@given(cut=st.lists(st.integers(0, 400), max_size=6), stream=st.booleans())
def test_however_an_answer_is_cut_the_receipt_is_the_same(cut: list[int], *, stream: bool) -> None:
    rig = Rig(budgets=RICH)
    client = rig.connect()
    client.ask(STREAM if stream else BODY)
    whole = PIECE * 3 + USAGE + DONE if stream else ANSWER
    rig.attempts[0].head(200, b"text/event-stream" if stream else b"application/json")
    edges = sorted({0, *(at for at in cut if at < len(whole)), len(whole)})
    for start, end in pairwise(edges):
        rig.attempts[0].data(whole[start:end])
    rig.attempts[0].end()
    rig.journal.sync_all()
    rig.loop.turn()

    closed: Close = rig.journal.closes[0]
    assert ("completed", "reported", CHARGE) == (closed.outcome, closed.witness, closed.charge)
    assert client.reply.whole
    said: Any = client.reply.body
    assert said.startswith(PIECE * 3) if stream else said == ANSWER
