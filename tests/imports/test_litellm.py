"""Spend logs and standard payloads of the LiteLLM proxy, in the shapes that it writes."""

import json
from decimal import Decimal
from typing import Any

import pytest

from stillhouse.imports.call import LineError
from stillhouse.imports.litellm import read
from stillhouse.units.instant import iso
from stillhouse.units.usage import NOTHING, Usage

SPEND_LOG: dict[str, Any] = {
    "request_id": "chatcmpl-1",
    "call_type": "acompletion",
    "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
    "spend": 0.30000000000000004,
    "total_tokens": 12,
    "prompt_tokens": 9,
    "completion_tokens": 3,
    "startTime": "2026-11-01T10:00:00.123000",
    "endTime": "2026-11-01T10:00:01.623000",
    "completionStartTime": "2026-11-01 10:00:00.523000",
    "model": "gpt-4o",
    "model_id": "7f",
    "model_group": "gpt-4o",
    "custom_llm_provider": "openai",
    "api_base": "https://api.openai.com/v1/",
    "user": "default_user_id",
    "metadata": {
        "user_api_key_alias": "search-prod",
        "user_api_key_team_id": "team_1",
        "user_api_key_team_alias": "Search",
        "requester_metadata": {"workload": "triage"},
    },
    "cache_hit": "False",
    "request_tags": ["a"],
    "team_id": "team_1",
    "end_user": "u1",
    "messages": {},
    "response": {},
    "status": "success",
}
PAYLOAD: dict[str, Any] = {
    "id": "chatcmpl-2",
    "trace_id": "t",
    "call_type": "acompletion",
    "stream": True,
    "response_cost": 5.25e-05,
    "status": "success",
    "custom_llm_provider": "anthropic",
    "total_tokens": 40,
    "prompt_tokens": 30,
    "completion_tokens": 10,
    "startTime": 1_793_527_200.123456,
    "endTime": 1_793_527_201.0,
    "completionStartTime": 1_793_527_200.5,
    "response_time": 0.9,
    "model": "claude-sonnet-4",
    "cache_hit": False,
    "metadata": {
        "user_api_key_hash": "88dc",
        "user_api_key_org_id": "org_1",
        "user_api_key_team_alias": "Search",
        "usage_object": {
            "prompt_tokens": 30,
            "completion_tokens": 10,
            "total_tokens": 40,
            "prompt_tokens_details": {"cached_tokens": 5},
            "cache_creation_input_tokens": 7,
            "cache_read_input_tokens": 5,
        },
    },
    "messages": [{"role": "user", "content": "hi"}],
    "response": {"choices": []},
}


def line(value: object) -> bytes:
    return json.dumps(value).encode()


def test_a_row_of_the_spend_logs() -> None:
    call = read(line(SPEND_LOG))

    assert ("chatcmpl-1", "Search", "", "search-prod") == (
        call.id,
        call.account,
        call.project,
        call.key,
    )
    assert ("2026-11-01T10:00:00.123000Z", 400_000, 1_500_000) == (
        iso(call.at),
        call.first_byte_us,
        call.latency_us,
    )
    assert Usage(input=9, output=3, requests=1) == call.usage
    assert Decimal("0.30000000000000004") == call.reported_cost
    assert "triage" == call.workload


def test_a_standard_payload_with_anthropics_cache() -> None:
    call = read(line(PAYLOAD))

    assert ("org_1", "Search", True) == (call.account, call.project, call.stream)
    assert (
        Usage(input=18, cache_read=5, cache_write=7, output=10, requests=1),
        30,
    ) == (call.usage, call.usage.tokens_in)
    assert (Decimal("0.0000525"), 1_793_527_200_123_456) == (call.reported_cost, call.at)


def test_metadata_may_be_text_as_the_databases_export_writes_it() -> None:
    text = json.dumps(SPEND_LOG["metadata"])

    assert read(line(SPEND_LOG)) == read(line(SPEND_LOG | {"metadata": text}))


def test_an_account_given_for_the_file_pays_and_the_team_is_its_project() -> None:
    call = read(line(SPEND_LOG), account="acme")
    bare = read(line(SPEND_LOG | {"metadata": {}, "team_id": None}), account="acme")

    assert ("acme", "Search") == (call.account, call.project)
    assert ("acme", "", "88dc28d0f030") == (bare.account, bare.project, bare.key)


@pytest.mark.parametrize("said", [True, "True", "true"])
def test_a_cache_hit_is_free(said: object) -> None:
    assert read(line(SPEND_LOG | {"cache_hit": said})).free
    assert not read(line(SPEND_LOG | {"cache_hit": "None"})).free


def test_a_failure_used_nothing() -> None:
    call = read(line(SPEND_LOG | {"status": "failure"}))

    assert ("refused", NOTHING, None) == (call.outcome, call.usage, call.reported_cost)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"startTime": None}, "no_time"),
        ({"model": ""}, "no_model"),
        ({"prompt_tokens": None, "completion_tokens": None}, "no_usage"),
        ({"spend": -1}, "unbelievable"),
        ({"spend": 1e-300}, "unbelievable"),
        ({"prompt_tokens": 10**9}, "unbelievable"),
    ],
)
def test_what_is_missing_or_cannot_be_is_named(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(LineError) as caught:
        read(line(SPEND_LOG | changes))

    assert reason == caught.value.reason


def test_an_end_that_no_call_has_is_no_latency() -> None:
    call = read(line(SPEND_LOG | {"endTime": "2026-12-01", "completionStartTime": "2026-10-01"}))

    assert (0, -1) == (call.latency_us, call.first_byte_us)
