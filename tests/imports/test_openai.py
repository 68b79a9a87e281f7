"""Recorded answers of the real API are read in each shape in which people keep them."""

import json
from typing import Any

import pytest

from stillhouse.imports.call import LineError
from stillhouse.imports.openai import read
from stillhouse.units.usage import NOTHING
from stillhouse.wire.paths import Surface
from stillhouse.wire.usage import read_usage

Recorded = dict[str, tuple[bytes, bytes]]
ANSWER: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_795_780_800,
    "model": "gpt-4o-2024-08-06",
    "choices": [],
    "usage": {"prompt_tokens": 9, "completion_tokens": 3},
    "service_tier": "default",
    "metadata": {"workload": "triage"},
}


def line(value: object) -> bytes:
    return json.dumps(value).encode()


def chats(recorded: Recorded) -> Recorded:
    return {name: pair for name, pair in recorded.items() if b'"chat.completion"' in pair[1]}


def test_a_stored_answer_is_a_call(recorded: Recorded) -> None:
    assert len(chats(recorded)) > 10
    for _, answer in chats(recorded).values():
        call = read(line(json.loads(answer)))
        gateway = read_usage(Surface.CHAT, answer)
        assert gateway is not None

        assert (gateway.usage, "reported") == (call.usage, call.witness)
        assert json.loads(answer)["id"] == call.id
        assert json.loads(answer)["created"] * 1_000_000 == call.at


def test_a_pair_is_the_same_call(recorded: Recorded) -> None:
    for asked, answer in chats(recorded).values():
        alone = read(line(json.loads(answer)))
        pair = read(line({"request": json.loads(asked), "response": json.loads(answer)}))

        assert (alone.id, alone.at, alone.model, alone.usage) == (
            pair.id,
            pair.at,
            pair.model,
            pair.usage,
        )


def test_embeddings_need_a_pair_that_says_when(recorded: Recorded) -> None:
    asked, answer = map(json.loads, recorded["embeddings-basic"])
    pair = {"request": asked, "response": answer}
    found = read(line(pair | {"at": "2026-11-01T10:00:00Z"}))
    with pytest.raises(LineError, match="says when"):
        read(line(pair))

    assert Surface.EMBEDDINGS == found.surface
    assert found.usage.input > 0 == found.usage.output


def test_an_answer() -> None:
    call = read(line(ANSWER), account="acme")

    assert ("acme", "gpt-4o-2024-08-06", "", "triage") == (
        call.account,
        call.model,
        call.tier,
        call.workload,
    )


def test_a_response() -> None:
    said = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_795_780_800,
        "model": "gpt-5",
        "usage": {"input_tokens": 9, "output_tokens": 3, "total_tokens": 12},
    }
    call = read(line(said))

    assert ("resp_1", Surface.RESPONSES, 9) == (call.id, call.surface, call.usage.input)


def test_a_batchs_output() -> None:
    row = {
        "id": "batch_req_1",
        "custom_id": "r1",
        "response": {"status_code": 200, "request_id": "q", "body": ANSWER},
        "error": None,
    }
    call = read(line(row))

    assert (True, "chatcmpl-1", 9) == (call.batch, call.id, call.usage.input)


def test_a_refused_request_of_a_batch_used_nothing() -> None:
    error = {"error": {"message": "no"}, "model": "m", "created": 1_795_780_800}
    row = {"custom_id": "r1", "response": {"status_code": 400, "body": error}}
    call = read(line(row))

    assert ("refused", 400, NOTHING, "none") == (
        call.outcome,
        call.status,
        call.usage,
        call.witness,
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"custom_id": "r1", "method": "POST", "url": "/v1", "body": {}}, "no_call"),
        ({"custom_id": "r1", "response": None, "error": {"code": "expired"}}, "no_call"),
        ({"anything": 1}, "no_call"),
        (ANSWER | {"created": None}, "no_time"),
        (ANSWER | {"model": None}, "no_model"),
        (ANSWER | {"usage": None}, "no_usage"),
    ],
)
def test_what_is_no_call_is_named(row: object, reason: str) -> None:
    with pytest.raises(LineError) as caught:
        read(line(row))

    assert reason == caught.value.reason
