"""The client's side: framings by protocol version, headers of ours, and nothing after the end."""

import pytest
from tests.gateway.rig import ANSWER, DONE, PIECE, STREAM, USAGE, Rig

from stillhouse.wire.deployment import ProviderKind

MESSAGE = b'{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}'


def finish(rig: Rig) -> None:
    for _ in range(3):
        rig.journal.sync_all()
        rig.loop.pass_time(0.01)


def test_one_connection_carries_one_call_after_another() -> None:
    rig = Rig()
    client = rig.connect()
    for number in range(3):
        client.ask(STREAM if number == 1 else STREAM.replace(b"true", b"false"))
        if number == 1:
            rig.attempts[number].begin_stream(PIECE, USAGE, DONE)
            rig.attempts[number].end()
        else:
            rig.attempts[number].answer()
        finish(rig)

    assert [True] * 3 == [reply.whole for reply in client.replies]
    assert ["w1-1", "w1-2", "w1-3"] == [r.headers["x-stillhouse-receipt"] for r in client.replies]


def test_a_client_of_http_1_0_gets_no_chunks_and_a_closed_line() -> None:
    rig = Rig()
    client = rig.connect()
    client.ask(STREAM, version="1.0")
    rig.attempts[0].begin_stream(PIECE, USAGE, DONE)
    finish(rig)

    assert client.reply.body.startswith(PIECE)
    assert client.reply.body.endswith(DONE)
    assert "transfer-encoding" not in client.reply.headers
    assert client.transport.closed


@pytest.mark.parametrize("stream", [False, True])
def test_who_asks_to_close_is_closed_after_the_answer(*, stream: bool) -> None:
    rig = Rig()
    client = rig.connect()
    client.ask(
        STREAM if stream else STREAM.replace(b"true", b"false"), headers="connection: close\r\n"
    )
    if stream:
        rig.attempts[0].begin_stream(PIECE, USAGE, DONE)
    else:
        rig.attempts[0].answer()
    assert not client.transport.closed
    finish(rig)

    assert client.reply.whole
    assert client.transport.closed


def test_of_a_providers_headers_only_harmless_ones_pass() -> None:
    rig = Rig()
    client = rig.connect()
    client.ask()
    rig.attempts[0].head(
        200,
        b"application/json; charset=utf-8",
        {
            b"openai-processing-ms": b"12",
            b"x-ratelimit-remaining-requests": b"1",
            b"set-cookie": b"a=b",
            b"openai-organization": b"ours",
            b"x-request-id": b"theirs",
        },
    )
    rig.attempts[0].data(ANSWER)
    rig.attempts[0].end()
    finish(rig)
    headers = client.reply.headers

    assert "12" == headers["openai-processing-ms"]
    assert "application/json; charset=utf-8" == headers["content-type"]
    assert not {"set-cookie", "openai-organization", "x-ratelimit-remaining-requests"} & set(
        headers
    )
    assert headers["x-request-id"].startswith("req_1")


def test_anthropic_clients_find_their_request_id() -> None:
    rig = Rig(kind=ProviderKind.ANTHROPIC)
    client = rig.connect()
    client.ask(MESSAGE, path="/v1/messages")
    rig.attempts[0].answer(b'{"usage":{"input_tokens":7,"output_tokens":3}}')
    finish(rig)

    assert client.reply.headers["request-id"].startswith("req_1")


def test_a_provider_that_asks_to_wait_is_heard() -> None:
    rig = Rig()
    client = rig.connect()
    client.ask()
    rig.attempts[0].head(429, b"application/json", {b"retry-after": b"7"})
    rig.attempts[0].data(b'{"error":{}}')
    rig.attempts[0].end()
    finish(rig)

    assert (429, "7") == (client.reply.status, client.reply.headers["retry-after"])


def test_while_it_drains_every_answer_is_the_lines_last() -> None:
    rig = Rig()
    client = rig.connect()
    client.ask()
    rig.gateway.drain()
    rig.attempts[0].answer()
    finish(rig)

    assert "close" == client.reply.headers["connection"]
    assert client.transport.closed
