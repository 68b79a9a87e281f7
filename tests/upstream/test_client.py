"""A provider's connection: what is an answer, what is not, and when it may carry another."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import chunks, cuts

from stillhouse.ledger.receipt import Outcome
from stillhouse.upstream.client import MAX_ANSWER_HEAD, Connection


class Owner:
    def __init__(self) -> None:
        self.released = 0
        self.forgotten = False

    def release(self, connection: Connection) -> None:
        self.released += 1

    def forget(self, connection: Connection) -> None:
        self.forgotten = True


class Wire:
    """The transport of one connection."""

    def __init__(self) -> None:
        self.sent = b""
        self.closed = self.paused = False

    def write(self, data: bytes) -> None:
        self.sent += data

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Reads:
    """A sink that notes what it is told, and may abandon its line in the middle."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.body = b""
        self.abandon: Connection | None = None

    def on_head(self, status: int, headers: dict[bytes, bytes]) -> None:
        self.told.append((status, dict(headers)))

    def on_data(self, data: bytes) -> None:
        self.body += data
        if self.abandon is not None:
            self.abandon.abandon()

    def on_end(self) -> None:
        self.told.append("end")

    def on_answer(self, status: int, headers: dict[bytes, bytes], body: bytes) -> None:
        self.on_head(status, headers)
        if body:
            self.on_data(body)
        self.on_end()

    def on_failure(self, kind: Outcome, message: str) -> None:
        self.told.append((kind, message))

    @property
    def ended(self) -> list[Any]:
        """How it ended: exactly one thing once it is over."""
        return [t if t == "end" else t[0] for t in self.told if not isinstance(t[0], int)]


class Line:
    """A connection with everything around it."""

    def __init__(self) -> None:
        self.owner, self.wire = Owner(), Wire()
        self.connection = Connection(self.owner)
        self.connection.connection_made(self.wire)

    def ask(self, body: bytes = b"{}") -> Reads:
        sink = Reads()
        self.connection.send(b"POST / HTTP/1.1\r\n\r\n", body, sink)
        return sink

    def feed(self, *pieces: bytes) -> None:
        for piece in pieces:
            if not self.wire.closed:
                self.connection.data_received(piece)

    @property
    def reusable(self) -> bool:
        return self.owner.released > 0 and not self.owner.forgotten


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"


@given(st.data(), st.sampled_from([ANSWER, CHUNKED, b"HTTP/1.1 100 Continue\r\n\r\n" + ANSWER]))
def test_an_answer_is_the_same_however_it_is_cut(data: st.DataObject, answer: bytes) -> None:
    line = Line()
    sink = line.ask()
    line.feed(*chunks(answer, data.draw(cuts(len(answer)))))

    assert 200 == sink.told[0][0]
    assert (b"hello", ["end"], True) == (sink.body, sink.ended, line.reusable)


def test_the_next_request_goes_over_the_same_connection() -> None:
    line = Line()
    for _ in range(3):
        sink = line.ask(b"[1]")
        line.feed(ANSWER)
        assert (b"hello", ["end"]) == (sink.body, sink.ended)

    assert 3 == line.owner.released
    assert line.wire.sent == b"POST / HTTP/1.1\r\n\r\n[1]" * 3


def test_a_large_body_is_sent_whole() -> None:
    line = Line()
    line.ask(b"x" * 200_000)

    assert 200_000 == line.wire.sent.count(b"x")


@pytest.mark.parametrize("size", [MAX_ANSWER_HEAD, 250_000])
@pytest.mark.parametrize("before", [0, 1])
def test_a_large_answer_that_comes_at_once_is_not_a_large_head(size: int, before: int) -> None:
    """Sockets are read 256 KiB at a time: a head and its body may come in one piece."""
    line = Line()
    for _ in range(before):
        line.ask()
        line.feed(ANSWER)
    sink = line.ask()
    line.feed(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size)

    assert (size, ["end"]) == (len(sink.body), sink.ended)


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("piece", [1000, 30_000])
def test_a_head_without_end_is_refused(before: int, piece: int) -> None:
    line = Line()
    for _ in range(before):
        line.ask()
        line.feed(ANSWER)
    sink = line.ask()
    line.feed(b"HTTP/1.1 200 OK\r\n", *[b"x-a: " + b"a" * piece + b"\r\n"] * (70_000 // piece + 1))

    assert ["upstream_cut"] == sink.ended
    assert line.wire.closed


def test_an_answer_without_length_ends_with_its_connection() -> None:
    line = Line()
    sink = line.ask()
    line.feed(b"HTTP/1.1 200 OK\r\n\r\n", b"hello")
    assert [] == sink.ended
    line.connection.connection_lost(None)

    assert (b"hello", ["end"]) == (sink.body, sink.ended)
    assert line.owner.forgotten


@pytest.mark.parametrize("head", [b"content-length: 9", b"transfer-encoding: chunked"])
@pytest.mark.parametrize("error", [None, ConnectionResetError()])
def test_an_answer_that_names_its_length_does_not_end_with_its_connection(
    head: bytes, error: Exception | None
) -> None:
    line = Line()
    sink = line.ask()
    line.feed(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n", b"3\r\nhel\r\n")
    line.connection.connection_lost(error)

    assert ["upstream_cut"] == sink.ended


def test_a_reset_is_never_an_end() -> None:
    line = Line()
    sink = line.ask()
    line.feed(b"HTTP/1.1 200 OK\r\n\r\nhel")
    line.connection.connection_lost(ConnectionResetError())

    assert ["upstream_cut"] == sink.ended


def test_bytes_that_nobody_asked_for_close_the_connection() -> None:
    line = Line()
    line.ask()
    line.feed(ANSWER)
    line.feed(b"HTTP/1.1 200 OK\r\n")

    assert line.wire.closed
    assert not line.reusable


@pytest.mark.parametrize("extra", [ANSWER, ANSWER[:-3], ANSWER[:20], b"H"])
def test_bytes_after_an_answer_are_never_the_next_ones(extra: bytes) -> None:
    """Behind the answer in the same piece: another customer's call must not get them."""
    line = Line()
    sink = line.ask()
    line.feed(ANSWER + extra)

    assert (b"hello", ["end"]) == (sink.body, sink.ended)
    assert line.wire.closed
    assert not line.reusable


def test_an_abandoned_connection_is_never_used_again() -> None:
    line = Line()
    sink = line.ask()
    sink.abandon = line.connection
    line.feed(ANSWER[:-2], ANSWER[-2:])

    assert (b"hel", []) == (sink.body, sink.ended)
    assert line.wire.closed
    assert not line.reusable


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    ],
)
def test_a_connection_that_the_provider_ends_is_not_kept(answer: bytes) -> None:
    line = Line()
    sink = line.ask()
    line.feed(answer)

    assert (b"hi", ["end"]) == (sink.body, sink.ended)
    assert line.wire.closed
    assert not line.reusable


@pytest.mark.parametrize(
    "answer",
    [
        b"not HTTP at all\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_not_http_is_one_failure(answer: bytes) -> None:
    line = Line()
    sink = line.ask()
    line.feed(answer)
    line.connection.connection_lost(None)

    assert ["upstream_cut"] == sink.ended
    assert not line.reusable


def test_a_paused_connection_reads_again_before_it_is_kept() -> None:
    line = Line()
    line.ask()
    line.feed(ANSWER[:-1])
    line.connection.pause()
    assert line.wire.paused
    line.feed(ANSWER[-1:])

    assert not line.wire.paused
    assert line.reusable


def test_an_error_in_a_sink_is_not_taken_for_the_providers() -> None:
    class Broken(Reads):
        def on_data(self, data: bytes) -> None:
            raise ZeroDivisionError(data)

    line, sink = Line(), Broken()
    line.connection.send(b"", b"", sink)

    with pytest.raises(ZeroDivisionError):
        line.feed(ANSWER)


@given(st.data())
def test_a_sink_is_told_one_end_whatever_comes(data: st.DataObject) -> None:
    line = Line()
    sink = line.ask()
    text = data.draw(st.sampled_from([ANSWER, CHUNKED, b"HTTP/1.1 200 OK\r\n\r\nhello"]))
    at = data.draw(st.integers(0, len(text)))
    noise = data.draw(st.binary(max_size=4))
    stream = text[:at] + noise + text[at:]
    line.feed(*chunks(stream, data.draw(cuts(len(stream)))))
    line.connection.connection_lost(None)

    assert 1 == len(sink.ended)
    assert sink.told[-1] == "end" or sink.ended == ["upstream_cut"]
