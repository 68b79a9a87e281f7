"""One client's connection: any chunking reads the same, pipelines keep order, all waits end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gateway.rig import ANSWER, BODY, SECRET, Rig
from tests.strategies import chunks, cuts

from stillhouse.gateway.connection import PIPELINE_MAX

REQUEST = (
    b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer %b\r\n"
    b"content-length: %d\r\n\r\n%b" % (SECRET.encode(), len(BODY), BODY)
)
CHUNKED = (
    b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer %b\r\n"
    b"transfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (SECRET.encode(), len(BODY), BODY)
)


def settle(rig: Rig) -> None:
    for _ in range(3):
        rig.journal.sync_all()
        rig.loop.pass_time(0.01)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from([REQUEST, CHUNKED]), st.integers(1, 3))
def test_requests_are_the_same_however_they_are_cut(
    data: st.DataObject, request: bytes, count: int
) -> None:
    rig = Rig()
    client = rig.connect()
    stream = request * count
    for piece in chunks(stream, data.draw(cuts(len(stream)))):
        client.send(piece)
    for number in range(count):
        rig.attempts[number].answer()
        settle(rig)

    assert [BODY.replace(b'"m"', b'"model-0"')] * count == [a.body for a in rig.attempts]
    assert [ANSWER] * count == [reply.body for reply in client.replies]


def test_a_pipeline_is_answered_in_order_one_at_a_time() -> None:
    rig = Rig()
    client = rig.connect()
    client.send(REQUEST * 3)
    assert 1 == len(rig.attempts)
    for number in range(3):
        rig.attempts[number].answer(ANSWER.replace(b'"id":"1"', b'"id":"%d"' % number))
        settle(rig)

    assert [b"0", b"1", b"2"] == [reply.body[7:8] for reply in client.replies]


def test_a_long_pipeline_stops_being_read_until_answers_catch_up() -> None:
    rig = Rig()
    client = rig.connect()
    client.send(REQUEST * (PIPELINE_MAX + 1))
    assert client.transport.reading_paused
    for number in range(PIPELINE_MAX + 1):
        rig.attempts[number].answer()
        settle(rig)

    assert not client.transport.reading_paused
    assert PIPELINE_MAX + 1 == len(client.replies)


@pytest.mark.parametrize(
    ("begun", "after_s", "status"),
    [(b"", 76, None), (b"POST /v1", 11, 408), (REQUEST[:-5], 61, 408)],
)
def test_who_is_slow_is_told_and_who_is_idle_is_let_go(
    begun: bytes, after_s: float, status: int | None
) -> None:
    rig = Rig()
    client = rig.connect()
    if begun:
        client.send(begun)
    rig.loop.pass_time(after_s - 2)
    assert not client.transport.closed
    rig.loop.pass_time(2.5)

    assert client.transport.closed
    assert ([] if status is None else [status]) == [reply.status for reply in client.replies]
    assert not rig.gateway.connections


def test_a_call_in_flight_is_never_idle() -> None:
    rig = Rig()
    client = rig.connect()
    client.send(REQUEST)
    rig.loop.pass_time(100)
    rig.attempts[0].answer()
    settle(rig)

    assert 200 == client.reply.status


def test_garbage_behind_a_request_does_not_spoil_its_answer() -> None:
    rig = Rig()
    client = rig.connect()
    client.send(REQUEST + b"\x00garbage\r\n\r\n")
    rig.attempts[0].answer()
    settle(rig)

    assert [(200, ANSWER)] == [(reply.status, reply.body) for reply in client.replies]
    assert client.transport.closed


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nauthorization: a\r\nauthorization: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + b"x: " + b"y" * 40_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\nhost: x\n\n", 400),
    ],
)
def test_bad_framing_is_one_refusal_and_the_end(head: bytes, status: int) -> None:
    rig = Rig()
    client = rig.connect()
    client.send(head)

    assert status == client.reply.status
    assert client.transport.closed
    client.send(REQUEST)
    assert [] == rig.attempts


def test_who_expects_to_be_asked_for_its_body_is() -> None:
    rig = Rig()
    client = rig.connect()
    head, _, body = REQUEST.partition(b"\r\n\r\n")
    client.send(head + b"\r\nexpect: 100-continue\r\n\r\n")
    assert b"HTTP/1.1 100 Continue\r\n\r\n" == client.transport.out
    client.send(body)

    assert 1 == len(rig.attempts)


def test_whoever_never_reads_its_last_bytes_is_cut_in_the_end() -> None:
    """A transport that closes waits for its buffer; a client may leave it full for ever."""
    rig = Rig()
    client = rig.connect()
    client.transport.stuck = True
    client.send(b"GET /health HTTP/1.1\r\nconnection: close\r\n\r\n")
    assert not client.transport.gone
    rig.loop.pass_time(200)

    assert client.transport.gone
    assert not rig.gateway.connections


def test_a_trailer_is_no_header() -> None:
    """Or who strips or checks headers in front of us could be passed with a key behind the body."""
    rig = Rig()
    client = rig.connect()
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    body = b"%x\r\n%b\r\n0\r\nauthorization: Bearer %b\r\n\r\n" % (len(BODY), BODY, SECRET.encode())
    client.connection.data_received(head + body)

    assert 401 == client.reply.status
