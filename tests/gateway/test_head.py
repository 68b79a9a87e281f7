"""A head that is known again says what the parser would say, and never says anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz.targets import client

from stillhouse.gateway.head import HEAD_BYTES_MAX, Request, learned

HEADERS = {b"authorization": b"Bearer k"}


def post(body: bytes, *, length: bytes = b"", more: bytes = b"") -> bytes:
    return b"POST /v1/x HTTP/1.1\r\nContent-Length: %b\r\nAuthorization: Bearer k\r\n%b\r\n%b" % (
        length or b"%d" % len(body),
        more,
        body,
    )


def asked(
    body: bytes, *, keep_alive: bool = True, headers: dict[bytes, bytes] = HEADERS
) -> Request:
    return Request(b"POST", b"/v1/x", headers, body, keep_alive, True)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_another_body_behind_the_same_head_is_another_request(first: bytes, second: bytes) -> None:
    head = learned(post(first), asked(first))

    assert head is not None
    assert asked(second) == head.request(post(second))


@pytest.mark.parametrize(
    "data",
    [
        post(b"abc", length=b"2"),
        post(b"abc", length=b"4"),
        post(b"abc", length=b"+3"),
        post(b"abc", length=b"3 "),
        post(b"abc", length=b" 3"),
        post(b"abc", length=b"0x3"),
        post(b"abc", length=b"3, 3"),
        post(b"abc", length="\N{ARABIC-INDIC DIGIT THREE}".encode()),
        post(b"", length=b" "),
        post(b"a" * 10, length=b"0000000010"),
        post(b"abc", more=b"x: y\r\n"),
        post(b"abc") * 2,
        post(b"abc")[:-1],
        post(b"abc").replace(b"Bearer k", b"Bearer l"),
        post(b"abc").replace(b"POST", b"HOST"),
        post(b"abc").replace(b"\r\n\r\n", b"\n\n"),
        post(b"abc").lower(),
        b"",
        b"POST",
    ],
)
def test_what_differs_in_anything_is_for_the_parser(data: bytes) -> None:
    head = learned(post(b"abcde"), asked(b"abcde"))

    assert head is not None
    assert head.request(data) is None


@pytest.mark.parametrize(
    ("data", "request_"),
    [
        (post(b"abc"), asked(b"abc", keep_alive=False)),
        (post(b"abc"), asked(b"abc", headers={b"expect": b"100-continue"})),
        (post(b"abc") + b"POST", asked(b"abc")),
        (b"\r\n\r\n" + post(b"abc"), asked(b"abc")),
        (post(b"abc", length=b"4"), asked(b"abc")),
        (post(b"abc", more=b"content-length: 3\r\n"), asked(b"abc")),
        (post(b"abc", more=b"x: %b\r\n" % (b"y" * HEAD_BYTES_MAX)), asked(b"abc")),
        (b"POST /v1/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", asked(b"")),
        (b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n", asked(b"")),
    ],
)
def test_what_is_not_a_whole_plain_request_is_not_learned(data: bytes, request_: Request) -> None:
    assert learned(data, request_) is None


@given(st.lists(st.sampled_from([b"", b"x", b"yy" * 40]), min_size=1, max_size=6), st.data())
def test_a_connection_hears_the_same_with_and_without_its_memory(
    bodies: list[bytes], data: st.DataObject
) -> None:
    """In whole requests, which are known again, and with one byte apart, which never are."""
    whole = [post(body) for body in bodies]
    last = data.draw(
        st.sampled_from([post(b"zz"), post(b"zz")[:-1], b"G", post(b"z", length=b"2")])
    )
    apart = [piece for one in [*whole, last] for piece in (one[:1], one[1:])]

    assert client(apart) == client([*whole, last])
