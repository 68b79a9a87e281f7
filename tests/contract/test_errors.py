"""Every refusal is the exception that its reader's client library has for it, with a code."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anthropic
import openai
import pytest
from openai import AzureOpenAI, OpenAI
from tests.contract.conftest import Town
from tests.service import Customer, House

from stillhouse.testing.faults import Fault, FaultPlan
from stillhouse.testing.script import Script

ASK: list[Any] = [{"role": "user", "content": "What is a still?"}]
Asks = Callable[..., Any]


@contextmanager
def asking(house: House, key: str) -> Iterator[Asks]:
    """`ask(model=..., ...)` by the plain client, which does not try again by itself."""
    with OpenAI(base_url=house.url + "/v1", api_key=key, max_retries=0) as client:
        yield lambda **more: client.chat.completions.create(
            **{"model": "gpt-4o", "messages": ASK, **more}
        )


@pytest.fixture
def ask(house: House, customer: Customer) -> Iterator[Asks]:
    with asking(house, customer.key) as made:
        yield made


def told(error: pytest.ExceptionInfo[openai.APIStatusError]) -> tuple[int, Any, Any]:
    value = error.value
    return value.status_code, value.code, value.type


def test_a_wrong_key(house: House) -> None:
    with asking(house, "sk-sh-wrong") as ask, pytest.raises(openai.AuthenticationError) as error:
        ask()

    assert (401, "invalid_api_key", "authentication_error") == told(error)
    assert "sk-sh-wrong" not in str(error.value)


def test_no_key(house: House) -> None:
    answer = house.send("POST", "/v1/chat/completions", body=b"{}")

    assert (401, "missing_api_key") == (answer.status, answer.json()["error"]["code"])
    assert "Authorization: Bearer" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("how", "code"), [("revoke", "revoked_api_key"), ("expire", "expired_api_key")]
)
def test_a_key_that_has_ended(house: House, how: str, code: str) -> None:
    customer = house.customer("ended")
    if how == "revoke":
        house.shell.run("keys", "revoke", customer.key_id)
        key = customer.key
    else:
        made = house.shell.one("keys", "create", "--account", customer.account, "--expires", "1s")
        key = made["key"]
        time.sleep(1)
    house.until(key, 401)

    with asking(house, key) as ask, pytest.raises(openai.AuthenticationError) as error:
        ask()

    assert (401, code, "authentication_error") == told(error)


def test_a_model_that_the_key_may_not_call(house: House) -> None:
    narrow = house.customer("narrow", "claude")

    with asking(house, narrow.key) as ask, pytest.raises(openai.PermissionDeniedError) as error:
        ask()

    assert (403, "model_not_allowed", "permission_error") == told(error)
    assert "model" == error.value.param


def test_a_deployment_that_does_not_exist(ask: Asks) -> None:
    with pytest.raises(openai.NotFoundError) as error:
        ask(model="gpt-4")

    assert (404, "model_not_found", "invalid_request_error") == told(error)
    assert "gpt-4o" in error.value.message


def test_a_path_that_does_not_exist(house: House, customer: Customer) -> None:
    with (
        OpenAI(base_url=house.url, api_key=customer.key, max_retries=0) as client,
        pytest.raises(openai.NotFoundError) as error,
    ):
        client.chat.completions.create(model="gpt-4o", messages=ASK)

    assert (404, "unknown_url", "invalid_request_error") == told(error)


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"max_tokens": -1}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"n": 0}, "n"),
        ({"extra_body": {"stream": "yes"}}, "stream"),
    ],
)
def test_a_body_that_is_wrong(ask: Asks, more: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as error:
        ask(**more)

    assert param == error.value.param
    assert error.value.code


def test_a_body_that_is_too_large(ask: Asks) -> None:
    with pytest.raises(openai.APIStatusError) as error:
        ask(messages=[{"role": "user", "content": "x" * 500_000}])

    assert 413 == error.value.status_code
    assert "max_body_bytes" in error.value.message


def test_a_model_without_a_price(ask: Asks, town: Town) -> None:
    before = len(town.upstream.seen)

    with pytest.raises(openai.APIStatusError) as error:
        ask(model="unpriced")

    assert (402, "unpriced_model", "billing_error") == told(error)
    assert "of unknown price" in error.value.message
    assert before == len(town.upstream.seen)


def test_a_provider_that_cannot_be_reached(ask: Asks) -> None:
    with pytest.raises(openai.InternalServerError) as error:
        ask(model="refused")

    assert (502, "provider_unreachable", "api_error") == told(error)


def test_a_provider_that_does_not_answer(ask: Asks) -> None:
    with pytest.raises(openai.InternalServerError) as error:
        ask(model="impatient", metadata=Script(fault="stall_before").metadata())

    assert (504, "deadline_exceeded", "timeout_error") == told(error)


def test_a_provider_that_refuses_tells_its_own_reason(ask: Asks) -> None:
    with pytest.raises(openai.RateLimitError) as error:
        ask(metadata=Script(fault="status_429").metadata())

    assert (429, "rate_limit_exceeded", "tokens") == told(error)
    assert "1" == error.value.response.headers["retry-after"]


def test_a_provider_that_stays_broken(ask: Asks) -> None:
    with pytest.raises(openai.InternalServerError) as error:
        ask(metadata=Script(fault="status_503").metadata())

    assert 503 == error.value.status_code


def test_a_provider_that_refuses_our_own_key_is_not_the_callers_fault(
    ask: Asks, town: Town
) -> None:
    town.first.api_key = "another"
    try:
        with pytest.raises(openai.InternalServerError) as error:
            ask(model="stubborn")
    finally:
        town.first.api_key = ""

    assert (502, "provider_credentials", "api_error") == told(error)


def test_a_stream_that_breaks_raises_in_its_middle(ask: Asks) -> None:
    stream = ask(stream=True, metadata=Script(5, 20, fault="cut_mid_stream").metadata())

    words: list[str] = []
    with pytest.raises(openai.APIError) as error:
        words.extend(chunk.choices[0].delta.content or "" for chunk in stream)

    assert "provider_unreachable" == error.value.code
    assert not isinstance(error.value, openai.APIStatusError)


def test_a_response_stream_that_breaks_tells_so(house: House, customer: Customer) -> None:
    with OpenAI(base_url=house.url + "/v1", api_key=customer.key, max_retries=0) as client:
        stream = client.responses.create(
            model="gpt-4o",
            input="Hello",
            stream=True,
            metadata=Script(5, 20, fault="cut_mid_stream").metadata(),
        )
        with pytest.raises(openai.APIError):
            list(stream)


def test_the_azure_client_raises_the_same_classes(house: House, customer: Customer) -> None:
    with AzureOpenAI(
        azure_endpoint=house.url, api_key="wrong", api_version="2024-06-01", max_retries=0
    ) as client:
        with pytest.raises(openai.AuthenticationError) as unknown:
            client.chat.completions.create(model="gpt-4o", messages=ASK)
        right = client.with_options(api_key=customer.key)
        with pytest.raises(openai.NotFoundError) as missing:
            right.chat.completions.create(model="nowhere", messages=ASK)
        with pytest.raises(openai.BadRequestError) as bad:
            right.chat.completions.create(model="gpt-4o", messages=ASK, n=0)

    assert "401" == unknown.value.code
    assert "DeploymentNotFound" == missing.value.code
    assert "n" == bad.value.param


def test_the_anthropic_client_raises_the_same_classes(house: House, customer: Customer) -> None:
    def kind(error: pytest.ExceptionInfo[anthropic.APIStatusError]) -> str:
        body: Any = error.value.body
        return str(body["error"]["type"])

    with anthropic.Anthropic(base_url=house.url, api_key="wrong", max_retries=0) as client:
        with pytest.raises(anthropic.AuthenticationError) as unknown:
            client.messages.create(model="claude", max_tokens=5, messages=ASK)
        right = client.with_options(api_key=customer.key)
        with pytest.raises(anthropic.NotFoundError) as missing:
            right.messages.create(model="nowhere", max_tokens=5, messages=ASK)
        with pytest.raises(anthropic.BadRequestError) as bad:
            right.messages.create(model="claude", max_tokens=-5, messages=ASK)
        wish: Any = {"user_id": Script(5, 20, fault="cut_mid_stream").user()}
        with (
            pytest.raises(anthropic.APIError),
            right.messages.stream(
                model="claude", max_tokens=50, messages=ASK, metadata=wish
            ) as stream,
        ):
            list(stream.text_stream)

    assert "authentication_error" == kind(unknown)
    assert "not_found_error" == kind(missing)
    assert "invalid_request_error" == kind(bad)


def test_the_client_recovers_by_itself_from_what_passes(
    house: House, customer: Customer, town: Town
) -> None:
    town.first.plan = FaultPlan(rates={Fault.STATUS_429: 1.0})
    began = time.monotonic()

    def recover(_request: Any) -> None:
        if time.monotonic() - began > 0.1:
            town.first.plan = FaultPlan()

    hooks = {"request": [recover]}
    with (
        openai.DefaultHttpxClient(event_hooks=hooks) as transport,
        OpenAI(
            base_url=house.url + "/v1", api_key=customer.key, max_retries=2, http_client=transport
        ) as client,
    ):
        answer = client.chat.completions.create(model="stubborn", messages=ASK)

    assert answer.choices
