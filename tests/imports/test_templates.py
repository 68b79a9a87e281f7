"""Calls of one task share a template, in a log as at the gateway; nothing in a log fails it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import JSON_VALUES

from stillhouse.imports.templates import Finder
from stillhouse.wire.paths import METERED, Surface
from stillhouse.wire.request import read
from stillhouse.wire.template import Templates

KEY = bytes(32)
surfaces = st.sampled_from(sorted(METERED))


def body(text: str, system: str = "Classify the comment.") -> bytes:
    turns = [{"role": "system", "content": system}, {"role": "user", "content": text}]
    return json.dumps({"model": "m", "messages": turns}).encode()


def test_calls_of_one_task_share_the_template_that_the_gateway_finds() -> None:
    finder = Finder(KEY)
    first, second = body("it is good"), body("it is bad")
    gateway = Templates(KEY).find(Surface.CHAT, first, read(Surface.CHAT, first))

    assert gateway.startswith("t:")
    assert [gateway] * 2 == [finder.find(Surface.CHAT, b) for b in (first, second)]
    assert gateway != finder.find(Surface.CHAT, body("it is good", "Translate it."))


@given(surfaces, JSON_VALUES)
def test_a_body_that_no_gateway_takes_has_none(surface: Surface, value: object) -> None:
    found = Finder(KEY).find(surface, json.dumps(value).encode())

    assert found == "" or found.startswith("t:")


@pytest.mark.parametrize("text", [b"", b"null", b"{", b"\xff", b'{"messages": 7}'])
def test_what_is_no_body_has_none(text: bytes) -> None:
    assert "" == Finder(KEY).find(Surface.CHAT, text)
