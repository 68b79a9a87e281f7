"""The bytes of answers: each status has its reason, each refusal its wait and its dialect."""

import json
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.gateway.answer import (
    PASSED,
    REASONS,
    chunk,
    passed,
    refusal_answer,
    status_line,
)
from stillhouse.wire import refusals
from stillhouse.wire.paths import Dialect


@pytest.mark.parametrize("status", sorted(REASONS))
def test_reasons_are_those_of_http(status: int) -> None:
    here = {413: "Content Too Large", 422: "Unprocessable Content"}
    expected = here.get(status, HTTPStatus(status).phrase)

    assert f"HTTP/1.1 {status} {expected}\r\n".encode() == status_line(status)


def test_an_unknown_status_still_has_a_line() -> None:
    assert b"HTTP/1.1 529 Status\r\n" == status_line(529)


@given(st.binary(min_size=1, max_size=5000))
def test_a_chunk_says_its_length(data: bytes) -> None:
    size, _, rest = chunk(data).partition(b"\r\n")

    assert (len(data), data + b"\r\n") == (int(size, 16), rest)


def test_only_listed_headers_pass() -> None:
    listed = dict.fromkeys(sorted(PASSED), b"1")
    lines = b"".join(b"%b: 1\r\n" % name for name in listed)
    ours = {b"set-cookie": b"x", b"x-ratelimit-limit-tokens": b"9", b"content-type": b"a/b"}

    assert lines == passed(ours | listed)
    assert b"" == passed(ours) == passed({})


@pytest.mark.parametrize("dialect", list(Dialect))
@pytest.mark.parametrize("keep", [True, False])
def test_a_refusal_is_one_whole_answer(dialect: Dialect, *, keep: bool) -> None:
    head, body = refusal_answer(
        refusals.rate_limited("requests", 3, 1500, "key"),
        dialect=dialect,
        request_id=b"req_1",
        date=b"date: now\r\n",
        keep_alive=keep,
        extra=b"x-a: b\r\n",
    )
    first, *lines = head.decode().removesuffix("\r\n\r\n").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)

    assert "HTTP/1.1 429 Too Many Requests" == first
    assert ("2", "1500") == (headers["retry-after"], headers["retry-after-ms"])
    assert str(len(body)) == headers["content-length"]
    assert ("req_1", "b", "now") == (headers["x-request-id"], headers["x-a"], headers["date"])
    assert keep == ("connection" not in headers)
    assert "error" in json.loads(body)
