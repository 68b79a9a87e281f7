"""Counting where nobody reported: rough, never absurd."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import JSON_VALUES

from stillhouse.wire.count import count_input, count_output, tokens
from stillhouse.wire.paths import Surface

FORTY = "x" * 40


@pytest.mark.parametrize(
    ("surface", "answer"),
    [
        (Surface.CHAT, {"choices": [{"message": {"role": "assistant", "content": FORTY}}]}),
        (Surface.CHAT, {"choices": [{"message": {"content": None, "refusal": FORTY}}]}),
        (Surface.CHAT, {"choices": [{"message": {"content": "x" * 20}}] * 2, "id": FORTY}),
        (
            Surface.CHAT,
            {"choices": [{"message": {"tool_calls": [{"function": {"arguments": FORTY}}]}}]},
        ),
        (Surface.COMPLETIONS, {"choices": [{"text": FORTY, "logprobs": None}]}),
        (Surface.RESPONSES, {"output": [{"content": [{"type": "output_text", "text": FORTY}]}]}),
        (Surface.MESSAGES, {"content": [{"type": "text", "text": FORTY}]}),
        (Surface.MESSAGES, {"content": [{"type": "tool_use", "input": {"a": {"b": [FORTY]}}}]}),
    ],
)
def test_what_the_model_wrote_is_counted(surface: Surface, answer: dict[str, object]) -> None:
    assert count_output(surface, json.dumps(answer).encode()) == 10


@pytest.mark.parametrize("surface", [Surface.EMBEDDINGS, Surface.COUNT_TOKENS])
def test_what_writes_nothing_counts_nothing(surface: Surface) -> None:
    assert count_output(surface, b'{"data":[{"embedding":"AAAA"}]}') == 0


def test_images_do_not_count_as_text() -> None:
    parts = [
        {"type": "text", "text": "x" * 8},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 9000}},
        {"type": "input_audio", "input_audio": {"data": "A" * 9000, "format": "wav"}},
    ]

    assert count_input(json.dumps({"messages": [{"content": parts}]}).encode()) < 30


def test_token_ids_are_tokens() -> None:
    assert count_input(b'{"input":[1,22,333,4444]}') == 4


@given(st.integers(0, 10**6))
def test_text_is_counted_up(size: int) -> None:
    assert (size + 3) // 4 == tokens(size)


@given(st.binary(max_size=60) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_anything_can_be_counted(body: bytes) -> None:
    assert count_input(body) >= 0
    assert all(count_output(surface, body) >= 0 for surface in Surface)
