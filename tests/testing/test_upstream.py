"""Official clients accept the scripted upstream, and its ledger is the truth of what it billed."""

import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from stillhouse.testing import Fault, FaultPlan, Script, ScriptedUpstream, upstream_thread

MESSAGES: Any = [{"role": "user", "content": "Hello!"}]
ASKED = Script(374, 44, cached_tokens=100, reasoning_tokens=4)


@pytest.fixture(scope="module")
def upstream() -> Iterator[ScriptedUpstream]:
    with upstream_thread() as running:
        yield running


@pytest.fixture(autouse=True)
def _empty_ledger(upstream: ScriptedUpstream) -> None:
    upstream.ledger.clear()
    upstream.plan = FaultPlan()


@pytest.fixture(scope="module")
def client(upstream: ScriptedUpstream) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=upstream.base_url, api_key="k", max_retries=0) as made:
        yield made


@pytest.fixture(scope="module")
def claude(upstream: ScriptedUpstream) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=upstream.root_url, api_key="k", max_retries=0) as made:
        yield made


def raw(upstream: ScriptedUpstream, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(upstream.host, upstream.port, timeout=5)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_chat_answers_with_the_asked_tokens(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="gpt-4o", messages=MESSAGES, metadata=ASKED.metadata()
    )
    usage = answer.usage

    assert usage is not None
    assert usage.prompt_tokens_details is not None
    assert usage.completion_tokens_details is not None
    assert (
        usage.prompt_tokens,
        usage.completion_tokens,
        usage.prompt_tokens_details.cached_tokens,
        usage.completion_tokens_details.reasoning_tokens,
    ) == (374, 44, 100, 4)
    assert answer.choices[0].message.content == " word" * 40


def test_a_stream_reports_usage_only_when_asked(client: openai.OpenAI) -> None:
    silent = list(
        client.chat.completions.create(
            model="gpt-4o", messages=MESSAGES, metadata=ASKED.metadata(), stream=True
        )
    )
    telling = list(
        client.chat.completions.create(
            model="gpt-4o",
            messages=MESSAGES,
            metadata=ASKED.metadata() | {"chunks": "3"},
            stream=True,
            stream_options={"include_usage": True},
        )
    )

    assert all(chunk.choices and chunk.usage is None for chunk in silent)
    assert telling[-1].choices == []
    assert telling[-1].usage is not None
    assert telling[-1].usage.total_tokens == 418
    assert all(chunk.usage is None for chunk in telling[:-1])
    assert (
        "".join(chunk.choices[0].delta.content or "" for chunk in telling if chunk.choices)
        == " word" * 40
    )


def test_the_text_surfaces_take_the_script_from_user(client: openai.OpenAI) -> None:
    completion = client.completions.create(model="m", prompt="x", user="script:5:6")
    streamed = list(
        client.completions.create(
            model="m",
            prompt="x",
            user="script:5:6:chunks=2",
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    embedding = client.embeddings.create(model="m", input=["x", "y"], user="script:9:")

    assert completion.usage is not None
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (5, 6)
    assert streamed[-1].usage is not None
    assert streamed[-1].usage.total_tokens == 11
    assert embedding.usage.prompt_tokens == 9
    assert embedding.data[1].embedding[:2] == [1.0, 0.0]


@pytest.mark.parametrize("end", ["completed", "incomplete", "failed"])
def test_responses_report_usage_on_every_terminal_event(client: openai.OpenAI, end: str) -> None:
    asked = {"completed": "stop", "incomplete": "length"}.get(end, end)
    events: list[Any] = list(
        client.responses.create(
            model="m", input="x", user=f"script:5:7:chunks=2:end={asked}", stream=True
        )
    )

    assert f"response.{end}" == events[-1].type
    assert events[-1].response.usage.total_tokens == 12
    assert sum(event.type == "response.output_text.delta" for event in events) == 2


def test_messages_keep_cached_input_apart(claude: anthropic.Anthropic) -> None:
    asked: Any = {"user_id": "script:50:9:cached_tokens=10:cache_write_tokens=5"}
    plain = claude.messages.create(model="c", max_tokens=20, messages=MESSAGES, metadata=asked)
    with claude.messages.stream(
        model="c", max_tokens=20, messages=MESSAGES, metadata=asked
    ) as stream:
        streamed = stream.get_final_message()

    for usage in (plain.usage, streamed.usage):
        assert (
            usage.input_tokens,
            usage.cache_read_input_tokens,
            usage.cache_creation_input_tokens,
            usage.output_tokens,
        ) == (35, 10, 5, 9)


def test_a_scripted_tool_call_parses(client: openai.OpenAI) -> None:
    tools: Any = [{"type": "function", "function": {"name": "weather", "parameters": {}}}]
    metadata = Script(arguments='{"city":"Jakarta"}').metadata()
    with client.chat.completions.stream(
        model="m", messages=MESSAGES, tools=tools, metadata=metadata
    ) as stream:
        answer = stream.get_final_completion()
    calls: Any = answer.choices[0].message.tool_calls

    assert (
        calls[0].function.name,
        calls[0].function.arguments,
    ) == ("weather", '{"city":"Jakarta"}')


def test_azure_paths_need_an_api_version(upstream: ScriptedUpstream) -> None:
    with openai.AzureOpenAI(
        azure_endpoint=upstream.root_url, api_key="k", api_version="2024-12-01-preview"
    ) as azure:
        answer = azure.chat.completions.create(model="my-gpt", messages=MESSAGES)
    status, _ = raw(upstream, "POST", "/openai/deployments/my-gpt/chat/completions", b"{}")

    assert answer.model == "my-gpt"
    assert status == 404


def test_limits_cut_an_answer_as_an_honest_provider_would(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="m", messages=MESSAGES, metadata=Script(5, 100).metadata(), max_completion_tokens=7
    )

    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 7


def test_the_ledger_is_what_was_billed(client: openai.OpenAI, upstream: ScriptedUpstream) -> None:
    for number in range(3):
        script = Script(10 + number, 2, tag=f"t{number}")
        client.chat.completions.create(model="m", messages=MESSAGES, metadata=script.metadata())
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(
            model="m", messages=MESSAGES, metadata={"fault": "status_429"}
        )
    status, body = raw(upstream, "GET", "/_script/ledger?records=1")
    told = json.loads(body)

    assert status == 200
    assert (
        told["calls"],
        told["refused"],
        told["prompt_tokens"],
        told["completion_tokens"],
    ) == (3, 1, 33, 6)
    assert [record["tag"] for record in told["records"]] == ["t0", "t1", "t2"]
    assert all(record["delivered"] for record in told["records"])
    assert told["ids"] == [record["id"] for record in told["records"]]


def test_a_cut_answer_is_billed_but_not_delivered(
    client: openai.OpenAI, upstream: ScriptedUpstream
) -> None:
    with pytest.raises(openai.APIConnectionError):
        client.chat.completions.create(
            model="m", messages=MESSAGES, metadata=Script(8, 2, fault="cut_mid_stream").metadata()
        )

    assert [
        (entry.prompt_tokens, entry.completion_tokens, entry.fault, entry.delivered)
        for entry in upstream.ledger.billed
    ] == [(8, 2, "cut_mid_stream", False)]


def test_an_over_report_is_billed_as_reported(
    client: openai.OpenAI, upstream: ScriptedUpstream
) -> None:
    answer = client.chat.completions.create(
        model="m",
        messages=MESSAGES,
        max_tokens=10,
        metadata=Script(8, 10, fault="over_report").metadata(),
    )

    assert answer.usage is not None
    assert answer.usage.completion_tokens == 120
    assert upstream.ledger.billed[0].completion_tokens == 120


def test_usage_can_be_missing_or_told_twice(client: openai.OpenAI) -> None:
    def usages(fault: str) -> list[int]:
        script = Script(10, 4, fault=fault)
        chunks = client.chat.completions.create(
            model="m",
            messages=MESSAGES,
            metadata=script.metadata(),
            stream=True,
            stream_options={"include_usage": True},
        )
        return [chunk.usage.total_tokens for chunk in chunks if chunk.usage]

    assert usages("missing_usage") == []
    assert usages("duplicate_usage") == [7, 14]


def test_a_plan_set_over_http_draws_faults(upstream: ScriptedUpstream) -> None:
    plan = json.dumps({"seed": 1, "rates": {"status_503": 1.0}}).encode()
    set_status, _ = raw(upstream, "POST", "/_script/plan", plan)
    status, body = raw(upstream, "POST", "/v1/chat/completions", b'{"model":"m"}')

    assert (set_status, status) == (200, 503)
    assert upstream.plan.rates == {Fault.STATUS_503: 1.0}
    assert "scripted" in json.loads(body)["error"]["message"]


@pytest.mark.parametrize("body", [b"{", b'{"model":3}', b'{"metadata":{"fault":"flood"}}'])
def test_bad_bodies_are_refused_in_the_dialect(upstream: ScriptedUpstream, body: bytes) -> None:
    status, said = raw(upstream, "POST", "/v1/chat/completions", body)

    assert status == 400
    assert json.loads(said)["error"]["type"] == "invalid_request_error"


def test_a_key_is_demanded_when_one_is_set() -> None:
    with (
        upstream_thread(api_key="right") as guarded,
        openai.OpenAI(base_url=guarded.base_url, api_key="wrong", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.chat.completions.create(model="m", messages=MESSAGES)


def test_pipelined_requests_are_answered_in_order(upstream: ScriptedUpstream) -> None:
    one = b'{"model":"m","user":"script:1:1:wait_ms=30"}'
    two = b'{"model":"m","user":"script:2:1"}'
    request = b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b"
    with socket.create_connection((upstream.host, upstream.port), timeout=5) as sock:
        sock.sendall(request % (len(one), one) + request % (len(two), two))
        got = b""
        while got.count(b'"prompt_tokens":') < 2:
            got += sock.recv(65536)

    assert got.index(b'"prompt_tokens":1') < got.index(b'"prompt_tokens":2')
