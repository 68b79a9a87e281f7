"""Raw sockets against a running service: whatever comes in, a clear answer or a closed line.

Each case runs beside a well-behaved client that calls without pause; none of its calls may fail.
"""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from tests.service import Customer, House, eventually, serving

from stillhouse.testing.upstream import upstream_thread

SERVER = """
max_body_bytes = 100000
max_header_bytes = 8192
header_timeout_s = 0.6
body_timeout_s = 0.8
keepalive_timeout_s = 2
client_gone_drain_s = 1
"""
GOOD = b'{"model":"gpt-4o","messages":[{"role":"user","content":"?"}]}'


class Neighbour:
    """A client that calls all the time and counts what does not go well."""

    def __init__(self, house: House, customer: Customer) -> None:
        self.house, self.customer = house, customer
        self.calls = self.failed = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.calls += 1
            try:
                answer = self.house.post(self.customer, "/v1/chat/completions", GOOD)
                self.failed += answer.status != 200
            except OSError:
                self.failed += 1
            time.sleep(0.01)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(10)


@pytest.fixture(scope="module")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Customer]]:
    with (
        upstream_thread() as upstream,
        serving(
            tmp_path_factory.mktemp("bad"), upstream.base_url, workers=1, server=SERVER
        ) as house,
    ):
        yield house, house.customer("raw")


@pytest.fixture
def customer(_served: tuple[House, Customer]) -> Customer:
    return _served[1]


@pytest.fixture
def house(_served: tuple[House, Customer]) -> Iterator[House]:
    """Undisturbed: the neighbour's calls all succeed and the worker is the one that it was."""
    house, customer = _served
    worker = house.service.processes()["workers"]
    neighbour = Neighbour(house, customer)
    yield house
    neighbour.stop()
    assert (0, worker) == (neighbour.failed, house.service.processes()["workers"])
    assert neighbour.calls
    assert 200 == house.send("GET", "/ready").status


def head(customer: Customer, *lines: bytes, path: bytes = b"/v1/chat/completions") -> bytes:
    start = b"POST %b HTTP/1.1\r\nhost: x\r\nauthorization: Bearer %b\r\n"
    joined = b"".join(line + b"\r\n" for line in lines)
    return start % (path, customer.key.encode()) + joined + b"\r\n"


def request(customer: Customer, body: bytes, *lines: bytes) -> bytes:
    return head(customer, b"content-length: %d" % len(body), *lines) + body


def talk(house: House, *pieces: bytes, pause_s: float = 0.0, wait_s: float = 5.0) -> bytes:
    """Send the pieces, then everything that comes until the server closes or is silent."""
    came = b""
    with socket.create_connection(house.address, timeout=wait_s) as link:
        with suppress(ConnectionError):
            for piece in pieces:
                link.sendall(piece)
                time.sleep(pause_s)
        with suppress(TimeoutError, ConnectionError):
            while got := link.recv(65536):
                came += got
    return came


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def statuses(answer: bytes) -> list[int]:
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) [A-Z]", answer)]


CLOSE = b"connection: close"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"{'model': 'gpt-4o'}",
        b'{"model":"gpt-4o","messages":[{"role":"user","content":"\xff\xfe"}]}',
        b'{"model":"gpt-4o","messages":"hello"}\x00',
        b'{"model":7,"messages":[]}',
        b'{"model":"gpt-4o","messages":[],"stream":"yes"}',
        b'{"model":"gpt-4o","messages":[],"max_tokens":"ten"}',
        b'{"model":"gpt-4o","messages":[],"max_tokens":1e999}',
        b'{"model":"gpt-4o","messages":[],"n":-1}',
        b'{"model":"gpt-4o","model":"other","messages":[]}',
        b"[" * 50_000,
        b'{"model":"gpt-4o","messages":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"model":"\\ud83d","messages":[]}',
        b"\xef\xbb\xbf" + GOOD,
    ],
    ids=range(18),
)
def test_a_body_that_is_no_request_is_refused_with_words(
    house: House, customer: Customer, body: bytes
) -> None:
    answer = talk(house, request(customer, body, CLOSE))

    assert status(answer) in (400, 413)
    assert b'"error":{"message":"' in answer
    assert b"Traceback" not in answer


@pytest.mark.parametrize(
    ("lines", "body", "expected"),
    [
        ([b"content-length: abc"], b"", 400),
        ([b"content-length: -5"], b"", 400),
        ([b"content-length: +5"], b"hello", 400),
        ([b"content-length: 0x10"], b"", 400),
        ([b"content-length: 99999999999999999999999"], b"", 400),
        ([b"content-length: 5, 5"], b"hello", 400),
        ([b"content-length: 5", b"content-length: 5"], b"hello", 400),
        ([b"content-length: 5", b"content-length: 6"], b"hello!", 400),
        ([b"content-length: 5", b"transfer-encoding: chunked"], b"0\r\n\r\n", 400),
        ([b"transfer-encoding: chunked", b"content-length: 5"], b"0\r\n\r\n", 400),
        ([b"transfer-encoding: chunked", b"transfer-encoding: chunked"], b"0\r\n\r\n", 400),
        ([b"transfer-encoding: chunked, identity"], b"", 400),
        ([b"transfer-encoding: gzip, chunked"], b"0\r\n\r\n", 501),
        ([b"transfer-encoding: xchunked"], b"", 501),
        ([b"transfer-encoding: chunked"], b"zz\r\n", 400),
        ([b"transfer-encoding: chunked"], b"-1\r\n", 400),
        ([b"transfer-encoding: chunked"], b"ffffffffffffffffff\r\n", 400),
        ([b"transfer-encoding: chunked"], b"1\r\nxx\r\n", 400),
        ([b"transfer-encoding : chunked"], b"", 400),
        ([b"content-length: 5\r\n folded"], b"hello", 400),
        ([b"x-header: a\r\n\tfolded", b"content-length: 2"], b"{}", 400),
        ([b"x-header: a\nx-other: b", b"content-length: 2"], b"{}", 400),
        ([b"x-header: a\rb", b"content-length: 2"], b"{}", 400),
        ([b"x-header: a\x00b", b"content-length: 2"], b"{}", 400),
        ([b"no colon here"], b"", 400),
        ([b": no name"], b"", 400),
        ([b"authorization: Bearer another", b"content-length: 2"], b"{}", 400),
    ],
    ids=range(27),
)
def test_framing_that_two_parsers_could_read_differently_is_refused_and_the_line_closed(
    house: House, customer: Customer, lines: list[bytes], body: bytes, expected: int
) -> None:
    """Behind it waits a request that must not be answered."""
    hidden = b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n"

    answer = talk(house, head(customer, *lines) + body + hidden)

    got = statuses(answer)
    assert 1 == len(got)
    assert got[0] in (expected, 400)
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n\r\n\r\n\x00",
        b"GET /health HTTP/3.7\r\n\r\n",
        b"GET /health HTTP/1.1\nhost: x\n\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"SSH-2.0-OpenSSH_9.0\r\n",
        b"get /health HTTP/1.1\r\nhost: x\r\n\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
    ids=range(8),
)
def test_what_is_not_our_http_is_refused_and_the_line_closed(house: House, sent: bytes) -> None:
    answer = talk(house, sent)

    assert len(statuses(answer)) <= 1
    assert status(answer) in (0, 400, 404, 405, 408)


def test_a_body_over_the_limit_is_refused_however_it_is_framed(
    house: House, customer: Customer
) -> None:
    big = b'{"model":"gpt-4o","x":"' + b"x" * 200_000 + b'"}'
    chunks = b"".join(
        b"%x\r\n%b\r\n" % (len(big[a : a + 9999]), big[a : a + 9999])
        for a in range(0, len(big), 9999)
    )

    told = talk(house, head(customer, b"content-length: 200000"))
    sent = talk(house, request(customer, big))
    chunked = talk(house, head(customer, b"transfer-encoding: chunked") + chunks + b"0\r\n\r\n")

    assert [[413]] * 3 == [statuses(answer) for answer in (told, sent, chunked)]
    assert b"max_body_bytes" in told
    assert b"request_too_large" in told or b'"error"' in told


def test_a_head_over_the_limit_is_refused_in_one_piece_or_dripped(house: House) -> None:
    start = b"GET /health HTTP/1.1\r\nhost: x\r\n"
    giant = start + b"x-large: " + b"x" * 9000 + b"\r\n\r\n"
    many = start + b"".join(b"x-%d: y\r\n" % number for number in range(2000)) + b"\r\n"

    one = talk(house, giant)
    drip = talk(house, *[giant[at : at + 1000] for at in range(0, len(giant), 1000)], pause_s=0.005)
    lines = talk(house, many)
    url = talk(house, b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n")

    assert [[431]] * 4 == [statuses(answer) for answer in (one, drip, lines, url)]


def test_a_head_and_body_may_be_cut_anywhere(house: House, customer: Customer) -> None:
    """Also inside the empty line before a body that is larger than heads may be."""
    large = b'{"model":"gpt-4o","messages":[{"role":"user","content":"' + b"x" * 20_000 + b'"}]}'
    whole = request(customer, large, CLOSE)
    end = whole.index(b"\r\n\r\n") + 4

    cut = [talk(house, whole[:at], whole[at:], pause_s=0.02) for at in range(end - 5, end + 2)]

    assert [[200]] * 7 == [statuses(answer) for answer in cut]


def test_slow_heads_and_bodies_are_timed_out(house: House, customer: Customer) -> None:
    silent = talk(house, b"")
    slow_head = talk(house, b"GET /health HTTP/1.1\r\n", *[b"x: y\r\n"] * 12, pause_s=0.1)
    slow_body = talk(house, head(customer, b"content-length: 100"), *[b"{"] * 14, pause_s=0.1)

    assert [[], [408], [408]] == [statuses(a) for a in (silent, slow_head, slow_body)]


def test_pipelined_requests_are_answered_in_order(house: House, customer: Customer) -> None:
    """Twenty in one write: metered ones among small ones, the last one closing."""
    ask = b"GET /v1/models/%b HTTP/1.1\r\nhost: x\r\nauthorization: Bearer %b\r\n%b\r\n"
    key = customer.key.encode()
    sent = b"".join(
        request(customer, GOOD)
        if number % 3 == 0
        else ask % (b"none-%d" % number, key, b"" if number < 19 else CLOSE + b"\r\n")
        for number in range(20)
    )

    answer = talk(house, sent)

    assert [200 if number % 3 == 0 else 404 for number in range(20)] == statuses(answer)
    named = [number for number in range(20) if b"'none-%d'" % number in answer]
    assert [number for number in range(20) if number % 3] == named
    places = [answer.index(b"'none-%d'" % number) for number in named]
    assert sorted(places) == places


def test_thousands_of_pipelined_requests_behind_one_call_harm_nobody(
    house: House, customer: Customer
) -> None:
    many = 5000
    sent = request(customer, GOOD) + b"GET /x HTTP/1.1\r\n\r\n" * many

    answer = talk(house, sent + b"GET /x HTTP/1.1\r\n%b\r\n\r\n" % CLOSE)

    assert [200] + [404] * (many + 1) == statuses(answer)


def test_older_http_is_answered_and_closed(house: House, customer: Customer) -> None:
    body = GOOD[:-1] + b',"stream":true}'
    start = b"POST /v1/chat/completions HTTP/1.0\r\nauthorization: Bearer %b\r\n"
    start %= customer.key.encode()

    health = talk(house, b"GET /health HTTP/1.0\r\n\r\n")
    stream = talk(house, start + b"content-length: %d\r\n\r\n%b" % (len(body), body))

    assert [[200], [200]] == [statuses(health), statuses(stream)]
    assert b"transfer-encoding" not in stream.lower()
    assert b"data: [DONE]" in stream


def test_a_client_that_waits_to_be_asked_is_asked(house: House, customer: Customer) -> None:
    expect = b"expect: 100-continue"
    length = b"content-length: %d" % len(GOOD)
    with socket.create_connection(house.address, timeout=5) as link:
        link.sendall(head(customer, expect, length, CLOSE))
        asked = link.recv(100)
        link.sendall(GOOD)
        rest = b""
        while got := link.recv(65536):
            rest += got
    too_large = talk(house, head(customer, expect, b"content-length: 900000"))

    assert b"HTTP/1.1 100 Continue\r\n\r\n" == asked
    assert [200] == statuses(rest)
    assert [413] == statuses(too_large)


def test_a_refused_head_is_never_asked_for_its_body(house: House, customer: Customer) -> None:
    twice = [b"api-key: a", b"api-key: b", b"expect: 100-continue", b"content-length: 5"]

    assert [400] == statuses(talk(house, head(customer, *twice)))


@pytest.mark.parametrize("path", [b"/health", b"/v1/models", b"/nowhere"])
def test_an_answer_to_head_has_no_body(house: House, path: bytes) -> None:
    """Else what follows on the line would be read as the next answer."""
    answer = talk(
        house,
        b"HEAD %b HTTP/1.1\r\nhost: x\r\n\r\nGET /health HTTP/1.1\r\nhost: x\r\n%b\r\n\r\n"
        % (path, CLOSE),
    )
    first, blank, rest = answer.partition(b"\r\n\r\n")

    assert b"HTTP/1.1 " == first[:9]
    assert blank
    assert rest.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("method", [b"OPTIONS", b"PUT", b"DELETE", b"PATCH", b"TRACE"])
def test_other_methods_are_refused_with_words(house: House, method: bytes) -> None:
    answer = talk(
        house, b"%b /v1/chat/completions HTTP/1.1\r\nhost: x\r\n%b\r\n\r\n" % (method, CLOSE)
    )

    assert [405] == statuses(answer)
    assert b"use POST" in answer


@pytest.mark.parametrize("to", [b"h2c", b"websocket"])
def test_an_offer_to_upgrade_is_ignored(house: House, customer: Customer, to: bytes) -> None:
    """As RFC 9110 section 7.8 allows. With a body it is refused: the parser loses the body then."""
    offer = [b"connection: Upgrade, HTTP2-Settings", b"upgrade: " + to, b"http2-settings: AAMA"]
    lines = b"".join(line + b"\r\n" for line in offer)

    get = talk(house, b"GET /health HTTP/1.1\r\nhost: x\r\n" + lines + b"\r\n")
    post = talk(house, request(customer, GOOD, *offer))
    wrong = talk(house, b"GET /v1/models HTTP/1.1\r\nhost: x\r\n" + lines + b"\r\n")

    assert [[200], [400], [401]] == [statuses(answer) for answer in (get, post, wrong)]
    assert b"send no Upgrade header" in post


def test_a_half_closed_or_reset_client_costs_nobody_else(house: House, customer: Customer) -> None:
    whole = request(customer, GOOD[:-1] + b',"stream":true}')
    for at in (10, len(whole) // 2, len(whole)):
        for _ in range(5):
            link = socket.create_connection(house.address, timeout=5)
            link.sendall(whole[:at])
            link.shutdown(socket.SHUT_WR)
            link.close()
            link = socket.create_connection(house.address, timeout=5)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            link.sendall(whole[:at])
            link.close()  # a reset

    eventually(lambda: 200 == house.send("GET", "/ready").status)


def test_nothing_is_left_open_after_all_that(house: House) -> None:
    # The neighbour goes on: what is in flight is its own one call.
    eventually(lambda: house.verify()["in_flight"] <= 1)
    verdict = house.verify()
    log = house.service.tail(100_000)

    assert (True, 0) == (verdict["ok"], verdict["open_holds"]), verdict
    assert "Traceback" not in log
    assert "Exception" not in log
