"""Suspension, restoring and rotation work on every worker within a second; calls are unharmed."""

from typing import Any

import openai
import pytest
from openai import OpenAI
from tests.service import House, took, within

from stillhouse.testing.script import Script

ASK: list[Any] = [{"role": "user", "content": "?"}]
WITHIN_S = 1.0


def test_a_suspended_account_is_refused_everywhere_and_its_calls_in_flight_settle(
    house: House,
) -> None:
    customer = house.customer("suspended")
    slow = Script(5, 30, chunks=30, delay_ms=40).metadata()
    body = {"model": "gpt-4o", "messages": ASK}

    def everywhere(status: int) -> bool:
        return all(
            house.post(customer, "/v1/chat/completions", body).status == status for _ in range(8)
        )

    with OpenAI(base_url=house.url + "/v1", api_key=customer.key, max_retries=0) as client:
        stream = client.chat.completions.create(
            model="gpt-4o", messages=ASK, stream=True, metadata=slow
        )
        first = next(stream)
        suspend = ("accounts", "suspend", customer.account, "--reason", "harvesting outputs")
        house.shell.run(*suspend)
        stopped = took(lambda: everywhere(403))
        with pytest.raises(openai.PermissionDeniedError) as error:
            client.chat.completions.create(model="gpt-4o", messages=ASK)
        rest = [chunk.choices[0] for chunk in stream]
        restore = ("accounts", "restore", customer.account, "--reason", "it was a mistake")
        house.shell.run(*restore)
        restored = took(lambda: everywhere(200))

    def again() -> float:
        house.shell.run(*suspend)
        stopped = took(lambda: everywhere(403))
        house.shell.run(*restore)
        return max(stopped, took(lambda: everywhere(200)))

    assert within(WITHIN_S, lambda: max(stopped, restored), again, again)
    assert ("account_suspended", "permission_error") == (error.value.code, error.value.type)
    assert "harvesting outputs" in error.value.message
    assert first.choices
    assert "stop" == rest[-1].finish_reason
    [settled] = [row for row in house.receipts(customer) if row["stream"]]
    assert ("completed", "reported", 30) == (
        settled["outcome"],
        settled["witness"],
        settled["usage"]["output"],
    )


def test_rotation_lets_both_keys_work_until_the_overlap_ends(house: House) -> None:
    customer = house.customer("rotating")

    fresh = house.shell.one("keys", "rotate", customer.key_id, "--overlap", "5s")["key"]
    house.until(fresh, 200)
    old = house.post(customer, "/v1/chat/completions", {"model": "gpt-4o", "messages": ASK})
    house.until(customer.key, 401)
    house.until(fresh, 200)

    assert 200 == old.status
    assert customer.key != fresh


def test_a_revoked_key_is_refused_everywhere(house: House) -> None:
    def revoked() -> float:
        customer = house.customer("revoked")
        house.shell.run("keys", "revoke", customer.key_id)
        return house.until(customer.key, 401)

    assert within(WITHIN_S, revoked, revoked, revoked)
