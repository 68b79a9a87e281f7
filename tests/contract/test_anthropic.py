"""The official `anthropic` client against a provider of its kind."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from anthropic import Anthropic, AsyncAnthropic, BadRequestError
from tests.contract.conftest import ANTHROPIC_KEY, Town
from tests.service import Customer, House

from stillhouse.testing.script import Script

ASK: list[Any] = [{"role": "user", "content": "What is a still?"}]


def wish(script: Script) -> Any:
    return {"user_id": script.user()}


@pytest.fixture
def client(house: House, customer: Customer) -> Iterator[Anthropic]:
    with Anthropic(base_url=house.url, api_key=customer.key, max_retries=0) as made:
        yield made


def test_a_message_is_answered_and_metered_by_its_disjoint_meters(
    client: Anthropic, house: House, customer: Customer
) -> None:
    script = Script(100, 7, cached_tokens=30, cache_write_tokens=20, text="from a still")

    raw = client.messages.with_raw_response.create(
        model="claude", max_tokens=50, messages=ASK, metadata=wish(script)
    )
    message: Any = raw.parse()
    receipt = house.receipt(customer, raw.headers["x-stillhouse-receipt"])

    assert "from a still" == message.content[0].text
    assert {
        "input": 50,
        "cache_read": 30,
        "cache_write": 20,
        "output": 7,
        "requests": 1,
    } == receipt["usage"]
    price = {"input": 3_000_000, "cache_read": 300_000, "cache_write": 3_750_000}
    owed = sum(receipt["usage"][meter] * pico for meter, pico in price.items()) + 7 * 15_000_000
    assert str(owed) == receipt["charge_pico"]
    assert raw.headers["request-id"] == message._request_id


def test_a_stream_accumulates_and_is_metered(
    client: Anthropic, house: House, customer: Customer
) -> None:
    script = Script(40, 8, text="drop by drop by drop", chunks=6)

    with client.messages.stream(
        model="claude", max_tokens=50, messages=ASK, metadata=wish(script)
    ) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
        ident = stream.response.headers["x-stillhouse-receipt"]
    receipt = house.receipt(customer, ident)

    assert "drop by drop by drop" == text
    assert 8 == final.usage.output_tokens
    assert {"input": 40, "output": 8, "requests": 1} == receipt["usage"]


def test_counting_tokens_is_free_and_recorded(
    client: Anthropic, house: House, customer: Customer
) -> None:
    raw = client.messages.with_raw_response.count_tokens(model="claude", messages=ASK)
    receipt = house.receipt(customer, raw.headers["x-stillhouse-receipt"])

    assert raw.parse().input_tokens > 0
    assert ("0", ["zero_rated"]) == (receipt["charge_pico"], receipt["flags"])


def test_the_provider_gets_our_key_and_the_callers_version(
    client: Anthropic, town: Town, customer: Customer
) -> None:
    client.beta.messages.create(
        model="claude",
        max_tokens=5,
        betas=["some-beta-1"],
        messages=[{"role": "user", "content": "whose key"}],
    )
    seen = town.seen("whose key")

    assert ANTHROPIC_KEY == seen.header("x-api-key")
    assert client.default_headers["anthropic-version"] == seen.header("anthropic-version")
    assert "some-beta-1" == seen.header("anthropic-beta")
    assert not [value for _, value in seen.headers if customer.key.encode() in value]
    assert b'"model":"claude-x"' in seen.body


def test_a_bearer_token_is_as_good_as_a_key(house: House, customer: Customer) -> None:
    with Anthropic(base_url=house.url, auth_token=customer.key, api_key=None) as client:
        message = client.messages.create(model="claude", max_tokens=5, messages=ASK)

    assert "message" == message.type


def test_the_asynchronous_client_streams(house: House, customer: Customer) -> None:
    async def ask() -> str:
        async with (
            AsyncAnthropic(base_url=house.url, api_key=customer.key, max_retries=0) as client,
            client.messages.stream(
                model="claude",
                max_tokens=9,
                messages=ASK,
                metadata=wish(Script(1, 2, text="hi there")),
            ) as stream,
        ):
            return "".join([text async for text in stream.text_stream])

    assert "hi there" == asyncio.run(ask())


def test_a_deployment_that_speaks_another_dialect_says_so(client: Anthropic) -> None:
    with pytest.raises(BadRequestError, match="/v1/chat/completions"):
        client.messages.create(model="gpt-4o", max_tokens=5, messages=ASK)
