"""A hundred streams read to their end by the official client, and a hundred left in the middle."""

import asyncio
import random
from collections import Counter
from typing import Any

from openai import AsyncOpenAI
from tests.contract.conftest import Town
from tests.service import Customer, House, eventually

from stillhouse.testing.script import Script

ASK: list[Any] = [{"role": "user", "content": "?"}]
EACH = 100
AT_ONCE = 20


async def _stream(
    client: AsyncOpenAI, gate: asyncio.Semaphore, number: int, *, leave: bool
) -> tuple[int, str, bool]:
    """One stream; leaving means closing after a few pieces, as an impatient user's page does."""
    tokens = number % 40 + 10
    tag = "left" if leave else "read"
    script = Script(number + 1, tokens, chunks=10, delay_ms=4 if leave else 0, tag=tag)
    async with gate:
        stream: Any = await client.chat.completions.create(
            model="gpt-4o", messages=ASK, stream=True, metadata=script.metadata()
        )
        ident = stream.response.headers["x-stillhouse-receipt"]
        seen = 0
        async for _ in stream:
            seen += 1
            if leave and seen > number % 5:
                break
        await stream.close()
        return number, ident, leave


async def _all(house: House, customer: Customer) -> list[tuple[int, str, bool]]:
    gate = asyncio.Semaphore(AT_ONCE)
    order = [(number, leave) for number in range(EACH) for leave in (False, True)]
    random.Random(8).shuffle(order)
    async with AsyncOpenAI(
        base_url=house.url + "/v1", api_key=customer.key, max_retries=0
    ) as client:
        return list(
            await asyncio.gather(*[_stream(client, gate, n, leave=leave) for n, leave in order])
        )


def test_each_stream_has_one_receipt_and_the_read_ones_cost_what_the_provider_says(
    town: Town,
) -> None:
    house = town.house
    customer = house.customer("many")
    budget = ("--account", customer.account, "--period", "month", "--hard", "100")
    house.shell.run("budgets", "set", *budget, "--currency", "USD")
    billed_before = len(town.upstream.ledger.billed)

    told = asyncio.run(_all(house, customer))
    eventually(lambda: house.verify()["in_flight"] == 0)
    rows = house.receipts(customer)
    verdict = house.verify()

    assert 2 * EACH == len(rows) == len({row["id"] for row in rows})
    assert {ident for _, ident, _ in told} == {row["id"] for row in rows}
    assert (True, 0) == (verdict["ok"], verdict["open_holds"]), verdict
    charges = {row["id"]: int(row["charge_pico"]) for row in rows}
    billed = town.upstream.ledger.billed[billed_before:]
    owed = {
        entry.prompt_tokens: entry.prompt_tokens * 2_500_000 + entry.completion_tokens * 10_000_000
        for entry in billed
        if entry.tag == "read"
    }
    assert owed == {number + 1: charges[ident] for number, ident, left in told if not left}
    outcomes = Counter((row["outcome"], row["witness"]) for row in rows)
    assert {("completed", "reported"), ("client_left", "reported")} >= set(outcomes), outcomes
    assert 2 * EACH == len(billed)
