"""Reports become disjoint meters that sum to the provider's totals."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import JSON_VALUES

from stillhouse.units.usage import Usage
from stillhouse.wire.paths import Surface, route
from stillhouse.wire.usage import Reported, read_usage

if TYPE_CHECKING:
    from tests.wire.conftest import Exchange

CHAT, RESPONSES, MESSAGES = Surface.CHAT, Surface.RESPONSES, Surface.MESSAGES

RECORDED = {
    # read by eye from the recordings: input, cache_read, output, reasoning, audio_in, audio_out
    "azure-chat-basic": (8, 0, 79, 192, 0, 0),
    "chat-audio-to-text": (27, 0, 17, 0, 1, 0),
    "chat-basic": (8, 0, 57, 320, 0, 0),
    "chat-detailed-usage": (12, 0, 0, 100, 0, 0),
    "chat-image-to-text": (22, 0, 15, 704, 0, 0),
    "chat-json-mode": (21, 0, 24, 256, 0, 0),
    "chat-multimodal": (2245, 0, 0, 100, 0, 0),
    "chat-multiturn": (50, 0, 14, 512, 0, 0),
    "chat-openai-agents-python": (171, 0, 298, 1664, 0, 0),
    "chat-parallel-tools": (162, 0, 27, 192, 0, 0),
    "chat-reasoning": (27, 0, 75, 192, 0, 0),
    "chat-text-to-audio": (22, 0, 6, 0, 0, 12),
    "chat-text-to-image-tool": (206, 0, 0, 150, 0, 0),
    "chat-tools": (162, 0, 31, 256, 0, 0),
    "chat-web-search": (26, 0, 22, 0, 0, 0),
    "completion-basic": (31, 0, 25, 0, 0, 0),
    "completion-suffix": (25, 0, 30, 0, 0, 0),
    "completion-text-batch": (49, 0, 58, 0, 0, 0),
    "completion-token": (31, 0, 25, 0, 0, 0),
    "completion-token-batch": (49, 0, 57, 0, 0, 0),
    "embeddings-base64": (7, 0, 0, 0, 0, 0),
    "embeddings-basic": (7, 0, 0, 0, 0, 0),
    "embeddings-dimensions": (5, 0, 0, 0, 0, 0),
    "embeddings-large-text": (111, 0, 0, 0, 0, 0),
    "embeddings-max-tokens": (1139, 0, 0, 0, 0, 0),
    "embeddings-mixed-batch": (79, 0, 0, 0, 0, 0),
    "embeddings-tokens": (7, 0, 0, 0, 0, 0),
    "embeddings-whitespace": (26, 0, 0, 0, 0, 0),
}


def reported(surface: Surface, usage: object) -> Reported | None:
    return read_usage(surface, json.dumps({"id": "x", "usage": usage}).encode())


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_answers_are_metered_as_read_by_eye(
    name: str, exchanges: "dict[str, Exchange]"
) -> None:
    it = exchanges[name]
    to = route(it.path.encode())
    assert to is not None
    plain, cached, output, reasoning, audio_in, audio_out = RECORDED[name]
    expected = Usage(
        input=plain,
        cache_read=cached,
        output=output,
        reasoning=reasoning,
        audio_in=audio_in,
        audio_out=audio_out,
        requests=1,
    )

    found = read_usage(to.surface, it.response)
    assert found is not None
    assert (expected, False) == (found.usage, found.inconsistent)


def test_every_recorded_answer_with_usage_is_in_the_table(
    exchanges: "dict[str, Exchange]",
) -> None:
    with_usage = {
        it.name
        for it in exchanges.values()
        if (to := route(it.path.encode())) and read_usage(to.surface, it.response)
    }

    assert set(RECORDED) == with_usage


def test_details_are_taken_out_of_their_totals() -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "total_tokens": 150,
        "prompt_tokens_details": {"cached_tokens": 60, "audio_tokens": 10, "image_tokens": 5},
        "completion_tokens_details": {
            "reasoning_tokens": 20,
            "audio_tokens": 7,
            "image_tokens": 3,
            "rejected_prediction_tokens": 4,
        },
    }
    expected = Usage(
        input=25,
        cache_read=60,
        audio_in=10,
        image_in=5,
        output=20,
        reasoning=20,
        audio_out=7,
        image_out=3,
        requests=1,
    )

    assert Reported(expected, inconsistent=False) == reported(CHAT, usage)


def test_a_response_uses_other_names_for_the_same() -> None:
    usage = {
        "input_tokens": 36,
        "input_tokens_details": {"cached_tokens": 30},
        "output_tokens": 87,
        "output_tokens_details": {"reasoning_tokens": 80},
        "total_tokens": 123,
    }
    expected = Usage(input=6, cache_read=30, output=7, reasoning=80, requests=1)

    assert Reported(expected, inconsistent=False) == reported(RESPONSES, usage)


def test_reasoning_beside_the_completion_is_seen_from_the_total() -> None:
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "total_tokens": 315,
        "completion_tokens_details": {"reasoning_tokens": 300},
    }

    assert Reported(Usage(input=10, output=5, reasoning=300, requests=1), inconsistent=False) == (
        reported(CHAT, usage)
    )


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (
            {"input_tokens": 5, "output_tokens": 7},
            Usage(input=5, output=7, requests=1),
        ),
        (
            {
                "input_tokens": 5,
                "cache_creation_input_tokens": 100,
                "cache_read_input_tokens": 200,
                "output_tokens": 7,
            },
            Usage(input=5, cache_read=200, cache_write=100, output=7, requests=1),
        ),
        (
            {
                "input_tokens": 5,
                "cache_creation_input_tokens": 100,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 60,
                    "ephemeral_1h_input_tokens": 40,
                },
                "output_tokens": 7,
            },
            Usage(input=5, cache_write=60, cache_write_1h=40, output=7, requests=1),
        ),
        (
            {"input_tokens": 5, "cache_creation": {"ephemeral_1h_input_tokens": 40}},
            Usage(input=5, cache_write_1h=40, requests=1),
        ),
        (
            {"input_tokens": 5, "cache_creation_input_tokens": None, "cache_creation": None},
            Usage(input=5, requests=1),
        ),
    ],
)
def test_anthropic_counts_lie_side_by_side(usage: dict[str, Any], expected: Usage) -> None:
    assert Reported(expected, inconsistent=False) == reported(MESSAGES, usage)


@pytest.mark.parametrize("surface", [CHAT, Surface.EMBEDDINGS, RESPONSES, MESSAGES])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"<html>",
        b'{"usage":null}',
        b'{"usage":{}}',
        b'{"usage":"much"}',
        b'{"usage":{"prompt_tokens":1.5}}',
        b'{"usage":{"prompt_tokens":"5","input_tokens":"5"}}',
        b'{"choices":[{"message":{"content":"\\"usage\\":{\\"prompt_tokens\\":5}"}}]}',
        b'{"choices":[{"usage":{"prompt_tokens":5,"input_tokens":5}}]}',
        b'{"usage":{"prompt_tokens":5,"input_tokens":5}',
        b"\xff",
    ],
)
def test_no_usage_is_not_zero_usage(surface: Surface, body: bytes) -> None:
    assert read_usage(surface, body) is None


def test_zero_usage_is_reported() -> None:
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}

    assert Reported(Usage(requests=1), inconsistent=False) == reported(CHAT, usage)


def test_counting_tokens_uses_none() -> None:
    assert Reported(Usage(requests=1), inconsistent=False) == read_usage(
        Surface.COUNT_TOKENS, b'{"input_tokens": 2095}'
    )


@st.composite
def consistent(draw: st.DrawFn) -> dict[str, Any]:
    """A report whose details are parts of their totals."""
    counts = st.integers(0, 10**9)
    cached, audio_in, image_in, plain = (draw(counts) for _ in range(4))
    reasoning, audio_out, image_out, text = (draw(counts) for _ in range(4))
    tokens_in = cached + audio_in + image_in + plain
    tokens_out = reasoning + audio_out + image_out + text
    report: dict[str, Any] = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out}
    if draw(st.booleans()):
        report["total_tokens"] = tokens_in + tokens_out
    report["prompt_tokens_details"] = {
        "cached_tokens": cached,
        "audio_tokens": audio_in,
        "image_tokens": image_in,
    }
    report["completion_tokens_details"] = {
        "reasoning_tokens": reasoning,
        "audio_tokens": audio_out,
        "image_tokens": image_out,
    }
    return report


def renamed(report: dict[str, Any]) -> dict[str, Any]:
    """The same report in the words of the Responses API."""
    return {
        name.replace("prompt", "input").replace("completion", "output"): value
        for name, value in report.items()
    }


@given(consistent())
def test_meters_sum_to_the_providers_totals(report: dict[str, Any]) -> None:
    found = reported(CHAT, report)

    assert found is not None
    assert not found.inconsistent
    assert report["prompt_tokens"] == found.usage.tokens_in
    assert report["completion_tokens"] == found.usage.tokens_out
    assert found == reported(RESPONSES, renamed(report))


ANY_COUNT = st.none() | st.integers(-5, 50)
ANY_REPORT = st.fixed_dictionaries(
    {"prompt_tokens": st.integers(0, 30), "completion_tokens": st.integers(0, 30)},
    optional={
        "prompt_tokens_details": st.none()
        | st.fixed_dictionaries(
            {"cached_tokens": ANY_COUNT, "audio_tokens": ANY_COUNT, "image_tokens": ANY_COUNT}
        ),
        "completion_tokens_details": st.none()
        | st.fixed_dictionaries(
            {"reasoning_tokens": ANY_COUNT, "audio_tokens": ANY_COUNT, "image_tokens": ANY_COUNT}
        ),
    },
)


@given(ANY_REPORT)
def test_details_beyond_their_total_are_cut_to_it_and_flagged(report: dict[str, Any]) -> None:
    found = reported(CHAT, report)
    totals = (("prompt_tokens", "cached_tokens"), ("completion_tokens", "reasoning_tokens"))
    details = [(report[name], report.get(f"{name}_details") or {}) for name, _ in totals]
    odd = any(
        sum(max(n or 0, 0) for n in parts.values()) > total
        or any((n or 0) < 0 for n in parts.values())
        for total, parts in details
    )

    assert found is not None
    assert odd == found.inconsistent
    assert min(found.usage) >= 0
    assert report["prompt_tokens"] == found.usage.tokens_in
    assert report["completion_tokens"] == found.usage.tokens_out


@given(
    st.fixed_dictionaries(
        {"input_tokens": ANY_COUNT, "output_tokens": st.integers(0, 50)},
        optional={
            "cache_read_input_tokens": ANY_COUNT,
            "cache_creation_input_tokens": ANY_COUNT,
            "cache_creation": st.fixed_dictionaries(
                {"ephemeral_5m_input_tokens": ANY_COUNT, "ephemeral_1h_input_tokens": ANY_COUNT}
            ),
        },
    )
)
def test_anthropic_totals_hold_whatever_the_split_says(report: dict[str, Any]) -> None:
    found = reported(MESSAGES, report)

    assert found is not None
    usage = found.usage
    assert min(usage) >= 0
    assert max(report["input_tokens"] or 0, 0) == usage.input
    assert report["output_tokens"] == usage.tokens_out
    if report.get("cache_creation_input_tokens") is not None:
        written = max(report["cache_creation_input_tokens"], 0)
        assert written == usage.cache_write + usage.cache_write_1h


def test_a_total_that_is_not_the_sum_is_flagged() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 99}

    assert Reported(Usage(input=10, output=5, requests=1), inconsistent=True) == (
        reported(CHAT, usage)
    )


@given(JSON_VALUES, st.sampled_from([CHAT, Surface.EMBEDDINGS, RESPONSES, MESSAGES]))
def test_any_report_is_read_or_is_none(usage: object, surface: Surface) -> None:
    found = reported(surface, usage)

    assert found is None or min(found.usage) >= 0


def test_the_service_tier_is_read_where_each_dialect_says_it() -> None:
    said = {
        CHAT: b'{"service_tier":"flex","usage":{"prompt_tokens":1,"completion_tokens":1}}',
        RESPONSES: b'{"usage":{"input_tokens":1,"output_tokens":1},"service_tier":"flex"}',
        MESSAGES: b'{"usage":{"input_tokens":1,"output_tokens":1,"service_tier":"flex"}}',
    }
    found = {surface: read_usage(surface, body) for surface, body in said.items()}

    assert dict.fromkeys(said, "flex") == {s: r and r.tier for s, r in found.items()}


@pytest.mark.parametrize("odd", [b"7", b"null", b"[]", b'{"a":1}', b"true"])
def test_a_service_tier_that_is_no_text_never_costs_us_the_usage(odd: bytes) -> None:
    usage = b'"usage":{"prompt_tokens":1,"completion_tokens":1}'
    found = read_usage(CHAT, b'{"service_tier":%b,%b}' % (odd, usage))

    assert Reported(Usage(input=1, output=1, requests=1), inconsistent=False) == found
