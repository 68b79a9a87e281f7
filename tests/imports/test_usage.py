"""Each shape of usage is known by its own words and read as the gateway reads it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from stillhouse.imports import usage
from stillhouse.imports.call import LineError
from stillhouse.units.usage import Usage
from stillhouse.wire.paths import Surface
from stillhouse.wire.usage import read_usage

counts = st.integers(0, 10_000)


def raw(value: object) -> Raw:
    return Raw(json.dumps(value).encode())


@given(counts, counts, counts)
def test_a_report_means_here_what_it_means_at_the_gateway(a: int, b: int, c: int) -> None:
    shapes = {
        Surface.CHAT: {
            "prompt_tokens": a + c,
            "completion_tokens": b,
            "prompt_tokens_details": {"cached_tokens": c},
        },
        Surface.RESPONSES: {
            "input_tokens": a + c,
            "output_tokens": b,
            "input_tokens_details": {"cached_tokens": c},
        },
        Surface.MESSAGES: {
            "input_tokens": a,
            "output_tokens": b,
            "cache_read_input_tokens": c,
            "cache_creation_input_tokens": 3,
        },
    }
    for surface, shape in shapes.items():
        at_gateway = read_usage(surface, json.dumps({"usage": shape}).encode())

        assert at_gateway == usage.read(raw(shape))


def test_no_usage_and_no_counts_are_none() -> None:
    assert [None] * 3 == [usage.read(Raw(text)) for text in (b"", b"null", b"{}")]


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ([1], "not_an_object"),
        ({"prompt_tokens": "9"}, "not_an_object"),
        ({"prompt_tokens": 9.5}, "not_an_object"),
        ({"prompt_tokens": 2**40}, "unbelievable"),
    ],
)
def test_what_is_no_usage_is_refused_with_its_reason(shape: object, reason: str) -> None:
    with pytest.raises(LineError) as caught:
        usage.read(raw(shape))

    assert reason == caught.value.reason


def test_text_is_counted_where_nothing_was_reported() -> None:
    request = raw({"messages": [{"role": "user", "content": "a" * 400}]})
    answer = raw({"choices": [{"message": {"content": "b" * 40}}]})
    found = usage.counted(Surface.CHAT, request, answer)

    assert Usage(input=101, output=10, requests=1) == found
    assert 0 == usage.counted(Surface.CHAT, request, Raw(b"null")).output
