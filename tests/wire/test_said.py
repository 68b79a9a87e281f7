"""The first thing an answer says, in each dialect."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import JSON_VALUES

from stillhouse.wire.paths import Surface
from stillhouse.wire.said import said

TOOL = {"function": {"name": "f", "arguments": '{"a":1}'}}
SAID: list[tuple[Surface, dict[str, Any], str | None]] = [
    (Surface.CHAT, {"choices": [{"message": {"content": "hi"}}]}, "hi"),
    (Surface.CHAT, {"choices": [{"message": {"content": None, "tool_calls": [TOOL]}}]}, '{"a":1}'),
    (Surface.CHAT, {"choices": []}, None),
    (Surface.COMPLETIONS, {"choices": [{"text": "hi"}]}, "hi"),
    (Surface.MESSAGES, {"content": [{"type": "thinking"}, {"type": "text", "text": "hi"}]}, "hi"),
    (Surface.MESSAGES, {"content": [{"type": "tool_use", "input": {"a": 1}}]}, '{"a": 1}'),
    (
        Surface.RESPONSES,
        {"output": [{"type": "reasoning"}, {"content": [{"text": "hi"}]}]},
        "hi",
    ),
    (Surface.RESPONSES, {"output": [{"type": "function_call", "arguments": "{}"}]}, "{}"),
    (Surface.EMBEDDINGS, {"choices": [{"text": "hi"}]}, None),
]


@pytest.mark.parametrize(("surface", "answer", "expected"), SAID)
def test_the_first_text_or_arguments_are_found(
    surface: Surface, answer: dict[str, Any], expected: str | None
) -> None:
    assert expected == said(surface, json.dumps(answer).encode())


@given(JSON_VALUES.map(json.dumps).map(str.encode) | st.binary(max_size=80))
def test_any_bytes_say_something_or_nothing(body: bytes) -> None:
    for surface in Surface:
        found = said(surface, body)
        assert found is None or isinstance(found, str)
