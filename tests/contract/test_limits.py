"""Limits and hard budgets as a client meets them: 429, a reason, a wait, and nothing forwarded."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
from openai import OpenAI
from tests.contract.conftest import Town
from tests.service import Customer, House, eventually

from stillhouse.testing.script import Script

ASK: list[Any] = [{"role": "user", "content": "?"}]
PICO = 10**12


def limited(house: House, name: str, *limits: str) -> Customer:
    """A customer whose account has these limits, known to every worker."""
    customer = house.customer(name)
    house.shell.run("limits", "set", "--account", customer.account, *limits)
    house.known(customer)
    return customer


def budgeted(house: House, name: str, amount: str) -> Customer:
    customer = house.customer(name)
    budget = ("--account", customer.account, "--period", "month", "--currency", "USD")
    house.shell.run("budgets", "set", *budget, "--hard", amount)
    house.known(customer)
    return customer


def client(house: House, customer: Customer) -> OpenAI:
    return OpenAI(base_url=house.url + "/v1", api_key=customer.key, max_retries=0)


def refused(error: pytest.ExceptionInfo[openai.RateLimitError]) -> tuple[Any, Any]:
    return error.value.code, error.value.type


def test_requests_per_minute_hold_over_both_workers(house: House, town: Town) -> None:
    customer = limited(house, "rpm", "--rpm", "6")
    before = len(town.upstream.seen)

    answers = [
        house.post(customer, "/v1/chat/completions", {"model": "gpt-4o", "messages": ASK})
        for _ in range(12)
    ]
    with client(house, customer) as asked, pytest.raises(openai.RateLimitError) as error:
        asked.chat.completions.create(model="gpt-4o", messages=ASK)

    assert [200] * 6 + [429] * 6 == [answer.status for answer in answers]
    assert 6 == len(town.upstream.seen) - before
    assert ("rate_limit_exceeded", "rate_limit_error") == refused(error)
    headers = error.value.response.headers
    assert 0 < int(headers["retry-after"]) <= 60
    assert 0 < int(headers["retry-after-ms"]) <= 60_000
    assert "6 requests per minute" in error.value.message
    assert "0" == answers[5].headers["x-ratelimit-remaining-requests"]


def test_tokens_per_minute_count_what_was_used(house: House) -> None:
    customer = limited(house, "tpm", "--tpm", "1000")
    script = Script(400, 300).metadata()

    with client(house, customer) as asked:
        asked.chat.completions.create(model="gpt-4o", messages=ASK, metadata=script, max_tokens=300)
        with pytest.raises(openai.RateLimitError) as error:
            asked.chat.completions.create(
                model="gpt-4o", messages=ASK, metadata=script, max_tokens=400
            )

    assert ("rate_limit_exceeded", "rate_limit_error") == refused(error)
    assert "1000 tokens per minute" in error.value.message


def test_calls_at_the_same_time_are_limited_and_come_free_again(house: House) -> None:
    customer = limited(house, "concurrent", "--concurrent", "2")
    body = {"model": "gpt-4o", "messages": ASK, "metadata": Script(wait_ms=600).metadata()}

    with ThreadPoolExecutor(5) as pool:
        calls = [pool.submit(house.post, customer, "/v1/chat/completions", body) for _ in range(5)]
        statuses = sorted(call.result().status for call in calls)
    again = house.post(customer, "/v1/chat/completions", {"model": "gpt-4o", "messages": ASK})

    # Two workers may each let one in before they see the other's.
    assert statuses in ([200, 200, 429, 429, 429], [200, 200, 200, 429, 429])
    assert 200 == again.status


def test_a_hard_budget_refuses_with_its_own_code_and_no_wait(house: House, town: Town) -> None:
    customer = budgeted(house, "poor", "0.000100")
    before = len(town.upstream.seen)

    with client(house, customer) as asked, pytest.raises(openai.RateLimitError) as error:
        asked.chat.completions.create(model="gpt-4o", messages=ASK, max_tokens=1000)

    assert ("insufficient_quota", "insufficient_quota") == refused(error)
    assert "retry-after" not in error.value.response.headers
    assert "false" == error.value.response.headers["x-should-retry"]
    assert "USD 0.0001" in error.value.message
    assert before == len(town.upstream.seen)
    assert [] == house.receipts(customer)


def test_a_provider_that_ignores_the_limit_is_charged_in_full_and_the_next_call_refused(
    house: House,
) -> None:
    customer = budgeted(house, "over", "0.02")
    over = Script(10, 1000, fault="over_report").metadata()  # reports 2 x 1000 + 100

    with client(house, customer) as asked:
        raw = asked.chat.completions.with_raw_response.create(
            model="gpt-4o", messages=ASK, max_tokens=1000, metadata=over
        )
        with pytest.raises(openai.RateLimitError) as error:
            asked.chat.completions.create(model="gpt-4o", messages=ASK, max_tokens=1)
    receipt = house.receipt(customer, raw.headers["x-stillhouse-receipt"])
    bill = house.shell.one(
        "bill", "--account", customer.account, "--month", receipt["admitted_at"][:7]
    )

    owed = 10 * 2_500_000 + 2100 * 10_000_000
    assert owed > 0.02 * PICO
    assert (str(owed), ["over_hold"]) == (receipt["charge_pico"], receipt["flags"])
    assert int(receipt["hold_pico"]) < owed
    assert str(owed) == bill["exact_pico"]
    assert ("insufficient_quota", "insufficient_quota") == refused(error)


def test_what_was_held_comes_back_when_calls_settle(house: House) -> None:
    """Each call may cost a fifth of the budget and costs a thousandth: all of them pass."""
    customer = budgeted(house, "returned", "0.05")
    body = {"model": "gpt-4o", "messages": ASK, "max_tokens": 1000, "user": "x"}
    body["metadata"] = Script(1, 4).metadata()

    statuses = {house.post(customer, "/v1/chat/completions", body).status for _ in range(25)}

    assert {200} == statuses
    assert 25 == len(house.receipts(customer))


def test_a_client_that_leaves_while_it_waits_for_money_leaves_nothing_held(
    house: House, town: Town
) -> None:
    customer = budgeted(house, "waiting", "0.02")
    slow = Script(1, 100, wait_ms=1500).metadata()
    body = {"model": "gpt-4o", "messages": ASK, "max_tokens": 1500, "metadata": slow}
    holder = threading.Thread(
        target=house.post, args=(customer, "/v1/chat/completions", body), daemon=True
    )
    before = len(town.upstream.seen)
    holder.start()
    eventually(lambda: len(town.upstream.seen) > before)

    with (
        OpenAI(
            base_url=house.url + "/v1", api_key=customer.key, max_retries=0, timeout=0.1
        ) as asked,
        pytest.raises(openai.APITimeoutError),
    ):
        asked.chat.completions.create(model="gpt-4o", messages=ASK, max_tokens=1500)
    holder.join()

    eventually(lambda: house.verify()["in_flight"] == 0)
    assert 1 == len(house.receipts(customer))
    after = house.post(customer, "/v1/chat/completions", {**body, "max_tokens": 1700})
    assert 200 == after.status
