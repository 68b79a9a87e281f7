"""The official `AzureOpenAI` client, against providers of kind `azure` and against others."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from openai import AsyncAzureOpenAI, AzureOpenAI, OpenAI
from tests.contract.conftest import AZURE_KEY, Town
from tests.service import Customer, House

from stillhouse.testing.script import Script

ASK: list[Any] = [{"role": "user", "content": "What is a still?"}]
VERSION = "2024-06-01"


@pytest.fixture
def client(house: House, customer: Customer) -> Iterator[AzureOpenAI]:
    with AzureOpenAI(
        azure_endpoint=house.url, api_key=customer.key, api_version=VERSION, max_retries=0
    ) as made:
        yield made


@pytest.mark.parametrize("model", ["azure-dated", "azure-v1", "gpt-4o"])
def test_every_surface_works_and_is_metered(
    client: AzureOpenAI, house: House, model: str, customer: Customer
) -> None:
    script = Script(17, 3)

    chat = client.chat.completions.with_raw_response.create(
        model=model, messages=ASK, metadata=script.metadata()
    )
    stream: Any = client.chat.completions.create(
        model=model, messages=ASK, metadata=script.metadata(), stream=True
    )
    vector = client.embeddings.create(model=model, input="one", user=script.user())
    text = client.completions.create(model=model, prompt="Once", user=script.user())

    assert " word word word" == chat.parse().choices[0].message.content
    assert " word word word" == "".join(c.choices[0].delta.content or "" for c in stream)
    assert 17 == vector.usage.prompt_tokens
    assert " word word word" == text.choices[0].text
    receipt = house.receipt(customer, chat.headers["x-stillhouse-receipt"])
    assert ("chat/completions", model) == (receipt["surface"], receipt["deployment"])
    assert {"input": 17, "output": 3, "requests": 1} == receipt["usage"]


@pytest.mark.parametrize(
    ("model", "url"),
    [
        ("azure-dated", "/openai/deployments/my%20deployment/chat/completions?api-version="),
        ("azure-v1", "/openai/v1/chat/completions"),
    ],
)
def test_an_azure_provider_is_called_as_azure_documents_it(
    client: AzureOpenAI, town: Town, model: str, url: str, customer: Customer
) -> None:
    marker = f"as documented {model}"

    client.chat.completions.create(model=model, messages=[{"role": "user", "content": marker}])
    seen = town.seen(marker)

    assert seen.url.startswith(url)
    assert AZURE_KEY == seen.header("api-key")
    assert seen.header("authorization") is None
    assert not [value for _, value in seen.headers if customer.key.encode() in value]


def test_responses_work_on_both_of_azures_surfaces(
    client: AzureOpenAI, house: House, customer: Customer
) -> None:
    script = Script(17, 3, text="on azure").metadata()

    dated = client.responses.create(model="azure-v1", input="Hello", metadata=script)
    with OpenAI(base_url=house.url + "/openai/v1", api_key=customer.key) as plain:
        new = plain.responses.create(model="azure-v1", input="Hello", metadata=script)
        listed = [model.id for model in plain.models.list()]

    assert ("on azure", "on azure") == (dated.output_text, new.output_text)
    assert "azure-dated" in listed


def test_a_path_names_the_deployment_whatever_the_body_says(
    house: House, customer: Customer, town: Town
) -> None:
    body = {"model": "claude", "messages": [{"role": "user", "content": "path over body"}]}

    answer = house.post(
        customer, "/openai/deployments/renamed/chat/completions?api-version=x", body
    )
    receipt = house.receipt(customer, answer.headers["x-stillhouse-receipt"])

    assert (200, "renamed") == (answer.status, receipt["deployment"])
    assert b'"model":"gpt-4o-2024-08-06"' in town.seen("path over body").body


def test_the_asynchronous_client_works(house: House, customer: Customer) -> None:
    async def ask() -> str | None:
        async with AsyncAzureOpenAI(
            azure_endpoint=house.url, api_key=customer.key, api_version=VERSION, max_retries=0
        ) as client:
            answer = await client.chat.completions.create(
                model="azure-dated", messages=ASK, metadata=Script(1, 2, text="hi").metadata()
            )
            return answer.choices[0].message.content

    assert "hi" == asyncio.run(ask())
