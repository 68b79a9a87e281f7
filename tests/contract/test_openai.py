"""The official `openai` client, plain: every surface that we serve, as its users write it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from openai import AsyncOpenAI, DefaultHttpxClient, OpenAI
from pydantic import BaseModel
from tests.contract.conftest import Town
from tests.service import Customer, House

from stillhouse.testing.script import Script

ASK: list[Any] = [{"role": "user", "content": "What is a still?"}]
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
PIXEL = "data:image/png;base64," + "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ" * 3 + "=="


class Weather(BaseModel):
    city: str
    warm: bool


@pytest.fixture
def client(house: House, customer: Customer) -> Iterator[OpenAI]:
    with OpenAI(base_url=house.url + "/v1", api_key=customer.key, max_retries=0) as made:
        yield made


def test_a_chat_brings_the_words_the_usage_and_a_receipt_that_says_the_same(
    client: OpenAI, house: House, customer: Customer
) -> None:
    script = Script(21, 7, text="seven words", cached_tokens=0)

    raw = client.chat.completions.with_raw_response.create(
        model="gpt-4o", messages=ASK, metadata=script.metadata()
    )
    answer = raw.parse()
    receipt = house.receipt(customer, raw.headers["x-stillhouse-receipt"])

    assert "seven words" == answer.choices[0].message.content
    assert answer.usage is not None
    assert (21, 7) == (answer.usage.prompt_tokens, answer.usage.completion_tokens)
    assert {"input": 21, "output": 7, "requests": 1} == receipt["usage"]
    assert str(21 * 2_500_000 + 7 * 10_000_000) == receipt["charge_pico"]
    assert f"{receipt['charge']} USD" == raw.headers["x-stillhouse-charge"]
    assert raw.headers["x-request-id"] == answer._request_id


def test_a_stream_brings_the_words_and_no_usage_that_was_not_asked_for(
    client: OpenAI, house: House, customer: Customer
) -> None:
    script = Script(12, 9, text="drop by drop", chunks=5)

    with client.chat.completions.with_streaming_response.create(
        model="gpt-4o", messages=ASK, stream=True, metadata=script.metadata()
    ) as raw:
        chunks: list[Any] = list(raw.parse())
        ident = raw.headers["x-stillhouse-receipt"]

    text = "".join(c.choices[0].delta.content or "" for c in chunks)
    assert "drop by drop" == text
    assert [] == [chunk for chunk in chunks if not chunk.choices or chunk.usage]
    assert {"input": 12, "output": 9, "requests": 1} == house.receipt(customer, ident)["usage"]


def test_a_stream_that_asks_for_usage_gets_it_once_and_last(client: OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="gpt-4o",
            messages=ASK,
            stream=True,
            stream_options={"include_usage": True},
            metadata=Script(12, 9).metadata(),
        )
    )

    reported = [chunk.usage for chunk in chunks if chunk.usage]
    assert 1 == len(reported)
    assert (12, 9) == (reported[0].prompt_tokens, reported[0].completion_tokens)
    assert chunks[-1].usage is reported[0]


def test_the_streaming_accumulator_of_the_client_works(client: OpenAI) -> None:
    with client.chat.completions.stream(
        model="gpt-4o", messages=ASK, metadata=Script(5, 6, text='{"city":"Bali"}').metadata()
    ) as stream:
        stream.until_done()
        final = stream.get_final_completion()

    assert '{"city":"Bali"}' == final.choices[0].message.content


def test_a_schema_is_parsed_into_the_callers_class(client: OpenAI, town: Town) -> None:
    answer = client.chat.completions.parse(
        model="gpt-4o",
        messages=[{"role": "user", "content": "schema-of-weather"}],
        response_format=Weather,
        metadata=Script(5, 6, text='{"city":"Jakarta","warm":true}').metadata(),
    )

    assert Weather(city="Jakarta", warm=True) == answer.choices[0].message.parsed
    assert b'"json_schema"' in town.seen("schema-of-weather").body


def test_tools_answers_of_several_and_logprobs_pass(client: OpenAI, town: Town) -> None:
    answer = client.chat.completions.create(
        model="gpt-4o",
        messages=[{"role": "user", "content": "weather-in-bandung"}],
        tools=[TOOL],
        n=2,
        logprobs=True,
        top_logprobs=3,
        metadata=Script(5, 6, arguments='{"city":"Bandung"}').metadata(),
    )

    assert 2 == len(answer.choices)
    calls: Any = answer.choices[1].message.tool_calls
    assert calls is not None
    assert '{"city":"Bandung"}' == calls[0].function.arguments
    assert b'"logprobs":true' in town.seen("weather-in-bandung").body


def test_what_the_client_wrote_is_what_the_provider_reads(
    house: House, customer: Customer, town: Town
) -> None:
    sent: list[bytes] = []
    hook = {"request": [lambda request: sent.append(request.content)]}
    with (
        DefaultHttpxClient(event_hooks=hook) as transport,
        OpenAI(base_url=house.url + "/v1", api_key=customer.key, http_client=transport) as client,
    ):
        client.chat.completions.create(
            model="gpt-4o",
            messages=[
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "apa-ini? \U0001f916 naïve"},
                        {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}},
                    ],
                }
            ],
            temperature=0.1,
            extra_body={"unknown_field": {"kept": [1.0, 1e-7]}},
        )

    assert sent == [town.seen("apa-ini").body]


def test_responses_come_whole_and_as_a_stream(
    client: OpenAI, house: House, customer: Customer
) -> None:
    script = Script(31, 8, text="a response", reasoning_tokens=2)

    raw = client.responses.with_raw_response.create(
        model="gpt-4o", input="Hello", metadata=script.metadata()
    )
    events = list(
        client.responses.create(
            model="gpt-4o", input="Hello", stream=True, metadata=script.metadata()
        )
    )

    assert "a response" == raw.parse().output_text
    usage = house.receipt(customer, raw.headers["x-stillhouse-receipt"])["usage"]
    assert {"input": 31, "output": 6, "reasoning": 2, "requests": 1} == usage
    assert "response.completed" == events[-1].type
    assert "a response" == "".join(
        event.delta for event in events if event.type == "response.output_text.delta"
    )


def test_a_response_is_parsed_into_the_callers_class(client: OpenAI) -> None:
    answer = client.responses.parse(
        model="gpt-4o",
        input="Hello",
        text_format=Weather,
        metadata=Script(5, 6, text='{"city":"Medan","warm":true}').metadata(),
    )

    assert Weather(city="Medan", warm=True) == answer.output_parsed


@pytest.mark.parametrize("end", ["length", "failed"])
def test_a_response_that_does_not_complete_is_metered_too(
    client: OpenAI, house: House, end: str, customer: Customer
) -> None:
    script = Script(31, 8, end=end)

    with client.responses.with_streaming_response.create(
        model="gpt-4o", input="Hello", stream=True, metadata=script.metadata()
    ) as raw:
        events = list(raw.parse())
        receipt = house.receipt(customer, raw.headers["x-stillhouse-receipt"])

    assert {"length": "response.incomplete", "failed": "response.failed"}[end] == events[-1].type
    assert {"input": 31, "output": 8, "requests": 1} == receipt["usage"]
    assert "reported" == receipt["witness"]


def test_embeddings_and_completions_work(client: OpenAI, house: House, customer: Customer) -> None:
    user = Script(14, 5).user()

    vectors = client.embeddings.with_raw_response.create(
        model="gpt-4o", input=["one", "two"], user=user
    )
    text = client.completions.create(model="gpt-4o", prompt="Once", user=user)
    pieces = list(client.completions.create(model="gpt-4o", prompt="Once", stream=True, user=user))

    found = vectors.parse()
    assert [0, 1] == [vector.index for vector in found.data]
    assert 1.0 == found.data[0].embedding[0]
    receipt = house.receipt(customer, vectors.headers["x-stillhouse-receipt"])
    assert {"input": 14, "requests": 1} == receipt["usage"]
    assert text.usage is not None
    assert 5 == text.usage.completion_tokens
    assert text.choices[0].text == "".join(piece.choices[0].text for piece in pieces)


def test_models_are_those_that_the_key_may_call(house: House) -> None:
    narrow = house.customer("narrow", "gpt-4o", "claude")

    with OpenAI(base_url=house.url + "/v1", api_key=narrow.key) as client:
        listed = [model.id for model in client.models.list()]
        one = client.models.retrieve("claude")

    assert ["claude", "gpt-4o"] == listed
    assert "claude" == one.id


def test_the_asynchronous_client_works_whole_and_streamed(house: House, customer: Customer) -> None:
    async def both() -> tuple[str | None, str]:
        script = Script(5, 4, text="in a moment").metadata()
        url = house.url + "/v1"
        async with AsyncOpenAI(base_url=url, api_key=customer.key, max_retries=0) as client:
            whole: Any
            stream: Any
            whole, stream = await asyncio.gather(
                client.chat.completions.create(model="gpt-4o", messages=ASK, metadata=script),
                client.chat.completions.create(
                    model="gpt-4o", messages=ASK, metadata=script, stream=True
                ),
            )
            text = [chunk.choices[0].delta.content or "" async for chunk in stream]
            return whole.choices[0].message.content, "".join(text)

    assert ("in a moment", "in a moment") == asyncio.run(both())


def test_rate_limits_are_told_on_answers_and_on_streams(house: House) -> None:
    limited = house.customer("told")
    limits = ("--rpm", "50", "--tpm", "100000")
    house.shell.run("limits", "set", "--account", limited.account, *limits)

    with OpenAI(base_url=house.url + "/v1", api_key=limited.key, max_retries=0) as client:

        def told() -> dict[str, str]:
            raw = client.chat.completions.with_raw_response.create(
                model="gpt-4o", messages=ASK, max_tokens=5
            )
            return {n: v for n, v in raw.headers.items() if n.startswith("x-ratelimit-")}

        while not (whole := told()):
            pass
        with client.chat.completions.with_streaming_response.create(
            model="gpt-4o", messages=ASK, stream=True
        ) as raw:
            streamed = {n: v for n, v in raw.headers.items() if n.startswith("x-ratelimit-")}

    names = ["limit-requests", "limit-tokens", "remaining-requests", "remaining-tokens"]
    assert [f"x-ratelimit-{name}" for name in [*names, "reset-requests", "reset-tokens"]] == sorted(
        whole
    )
    assert ("50", "100000") == (
        whole["x-ratelimit-limit-requests"],
        whole["x-ratelimit-limit-tokens"],
    )
    assert sorted(whole) == sorted(streamed)
