"""Retries and fallbacks: who answers, how often it is tried, what is recorded and who pays once."""

import socket
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.contract.conftest import Town
from tests.service import Customer, House, eventually

from stillhouse.testing.faults import Fault, FaultPlan
from stillhouse.testing.script import Script

ASK: list[Any] = [{"role": "user", "content": "?"}]
PRICE = 10 * 2_500_000 + 4 * 10_000_000


def body(model: str, *, stream: bool = False, **script: Any) -> dict[str, Any]:
    wish = Script(10, 4, **script).metadata()
    return {"model": model, "messages": ASK, "stream": stream, "metadata": wish}


def plan(fault: Fault, *, share: float = 1.0) -> FaultPlan:
    return FaultPlan(rates={fault: share}, stall_s=3.0)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault.STATUS_500, "refused"),
        (Fault.STATUS_429, "refused"),
        (Fault.STATUS_503, "refused"),
        (Fault.STALL_BEFORE, "timeout"),
        (Fault.CUT_BEFORE_ANSWER, "upstream_cut"),
    ],
)
def test_the_second_provider_answers_when_the_first_fails(
    house: House, town: Town, fault: Fault, outcome: str, *, stream: bool
) -> None:
    customer = house.customer("falls-back")
    town.first.plan = plan(fault)

    answer = house.post(customer, "/v1/chat/completions", body("ordered", stream=stream))
    rows = house.receipts(customer)

    assert 200 == answer.status
    assert (b"[DONE]" in answer.body) == stream
    assert [(outcome, "first"), ("completed", "stub")] == [
        (row["outcome"], row["provider"]) for row in rows
    ]
    assert ["0", str(PRICE)] == [row["charge_pico"] for row in rows]
    assert [True, False] == ["retried" in row["flags"] for row in rows]
    assert 1 == len({row["call"] for row in rows})
    assert rows[1]["id"] == answer.headers["x-stillhouse-receipt"]


def test_a_refused_connection_falls_back_and_costs_nothing(house: House) -> None:
    customer = house.customer("falls-back")

    answer = house.post(customer, "/v1/chat/completions", body("refused-first"))
    first, second = house.receipts(customer)

    assert 200 == answer.status
    assert ("unreachable", "none", "0", "0") == tuple(
        first[name] for name in ("outcome", "witness", "charge_pico", "cost_pico")
    )
    assert str(PRICE) == second["charge_pico"]
    assert str(10 * 2_000_000 + 4 * 8_000_000) == second["cost_pico"]


def test_the_attempts_of_one_call_are_limited_and_the_last_answer_is_told(
    house: House, town: Town
) -> None:
    customer = house.customer("stubborn")
    town.first.plan = plan(Fault.STATUS_500)
    before = len(town.first.seen)

    answer = house.post(customer, "/v1/chat/completions", body("stubborn"))
    rows = house.receipts(customer)

    assert 500 == answer.status
    assert 3 == len(town.first.seen) - before == len(rows)
    assert ["refused"] * 3 == [row["outcome"] for row in rows]
    assert {"0"} == {row["charge_pico"] for row in rows}
    assert 1 == len({row["call"] for row in rows})


def test_a_refusal_that_is_the_callers_own_is_not_tried_again(house: House, town: Town) -> None:
    customer = house.customer("own-fault")
    wrong = {"model": "ordered", "messages": ASK, "metadata": {"prompt_tokens": "many"}}
    before = len(town.first.seen)

    answer = house.post(customer, "/v1/chat/completions", wrong)
    [row] = house.receipts(customer)

    assert 400 == answer.status
    assert 1 == len(town.first.seen) - before
    assert ("refused", "0") == (row["outcome"], row["charge_pico"])


def test_what_has_begun_is_never_begun_again(house: House, town: Town) -> None:
    """After the first byte of a stream there is no other attempt: the client has half an answer."""
    customer = house.customer("begun")
    town.first.plan = plan(Fault.CUT_MID_STREAM)

    answer = house.post(customer, "/v1/chat/completions", body("ordered", stream=True))
    [row] = house.receipts(customer)

    assert b"[DONE]" not in answer.body
    assert b'"provider_unreachable"' in answer.body
    assert ("upstream_cut", "lower_bound", "0") == tuple(
        row[name] for name in ("outcome", "witness", "charge_pico")
    )


@pytest.mark.parametrize("leave", [socket.socket.close, lambda link: link.shutdown(1)])
def test_retries_stop_when_the_client_has_left(
    house: House, town: Town, leave: Callable[[socket.socket], None]
) -> None:
    customer = house.customer("gone")
    town.first.plan = plan(Fault.STATUS_500)
    before = len(town.first.seen)

    with _asked(house, customer, body("stubborn", wait_ms=0)) as link:
        while len(town.first.seen) == before:
            time.sleep(0.005)
        leave(link)
    time.sleep(1.0)  # two more attempts would have been made by now
    eventually(lambda: house.verify()["in_flight"] == 0)

    assert len(town.first.seen) - before < 3
    assert len(house.receipts(customer)) == len(town.first.seen) - before


def _asked(house: House, customer: Customer, asked: dict[str, Any]) -> socket.socket:
    """A request that was sent, whose answer nobody reads."""
    data = msgspec.json.encode(asked)
    link = socket.create_connection(house.address, timeout=10)
    link.sendall(
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer %b\r\n"
        b"content-length: %d\r\n\r\n%b" % (customer.key.encode(), len(data), data)
    )
    return link
