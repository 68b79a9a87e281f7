"""What goes on to a provider: the client's own bytes but for named edits."""

import json

import pytest
from hypothesis import given
from tests.gateway.rig import BODY, STREAM, Rig
from tests.strategies import TEXT

from stillhouse.gateway.forward import PASSED, headers
from stillhouse.wire.paths import Surface


@given(TEXT)
def test_a_body_is_passed_byte_for_byte_but_for_its_model(text: str) -> None:
    rig = Rig()
    body = b'{ "messages" : [{"role":"user","content":%b}],\n"model":"m", "temperature":1e0}' % (
        json.dumps(text).encode()
    )
    rig.connect().ask(body)

    assert body.replace(b'"model":"m"', b'"model":"model-0"') == rig.attempts[0].body


@pytest.mark.parametrize("body", [BODY, STREAM])
def test_usage_is_asked_of_streams_alone(body: bytes) -> None:
    rig = Rig()
    rig.connect().ask(body)

    assert (body == STREAM) == (b"include_usage" in rig.attempts[0].body)


def test_only_named_headers_pass() -> None:
    rig = Rig()
    rig.connect().ask(
        headers="openai-beta: assistants=v2\r\nidempotency-key: 7\r\ncookie: a=b\r\n"
        "x-stillhouse-workload: w\r\nx-forwarded-for: 1.2.3.4\r\n"
    )
    lines = sorted(rig.attempts[0].extra.split(b"\r\n"))

    assert [b"", b"idempotency-key: 7", b"openai-beta: assistants=v2"] == lines


def test_anthropic_is_told_a_version_once() -> None:
    given_version = {b"anthropic-version": b"2024-01-01"}

    assert b"anthropic-version: 2023-06-01\r\n" == headers({}, Surface.MESSAGES)
    assert b"anthropic-version: 2024-01-01\r\n" == headers(given_version, Surface.MESSAGES)
    assert b"" == headers({}, Surface.CHAT)
    assert all(name == name.lower() for name in PASSED)
