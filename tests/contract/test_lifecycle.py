"""Reload, drain and first refusals of a service of its own: signals as an operator sends them."""

import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from openai import OpenAI
from tests.service import Customer, House, eventually, serving

from stillhouse.testing.script import Script
from stillhouse.testing.upstream import upstream_thread

ASK: list[Any] = [{"role": "user", "content": "?"}]
ADDED = """
[deployments.added]
provider = "stub"
model = "gpt-4o"
"""


def _reload(house: House) -> None:
    os.kill(house.service.processes()["supervisor"], signal.SIGHUP)


def _status(house: House, customer: Customer, model: str) -> int:
    return house.post(customer, "/v1/chat/completions", {"model": model, "messages": ASK}).status


def _everywhere(house: House, customer: Customer, model: str, status: int) -> bool:
    return all(_status(house, customer, model) == status for _ in range(8))


def test_a_reload_drops_no_call_and_a_bad_one_changes_nothing(tmp_path: Path) -> None:
    with upstream_thread() as upstream, serving(tmp_path, upstream.base_url) as house:
        customer = house.customer("through-reloads")
        stop, statuses = threading.Event(), Counter[int]()

        def call() -> None:
            while not stop.is_set():
                statuses[_status(house, customer, "gpt-4o")] += 1

        callers = [threading.Thread(target=call) for _ in range(4)]
        for caller in callers:
            caller.start()
        with OpenAI(base_url=house.url + "/v1", api_key=customer.key, max_retries=0) as client:
            stream = client.chat.completions.create(
                model="gpt-4o",
                messages=ASK,
                stream=True,
                metadata=Script(1, 30, chunks=30, delay_ms=50).metadata(),
            )
            next(stream)
            config = house.service.config
            good = config.read_text()
            config.write_text(good + ADDED)
            _reload(house)
            eventually(lambda: _everywhere(house, customer, "added", 200))
            config.write_text(good + ADDED + '\n[deployments.worse]\nprovider = "nobody"\n')
            _reload(house)
            eventually(lambda: "reload_refused" in house.service.tail(20_000))
            still = _everywhere(house, customer, "added", 200)
            config.write_text(good)
            _reload(house)
            eventually(lambda: _everywhere(house, customer, "added", 404))
            rest = list(stream)
        stop.set()
        for caller in callers:
            caller.join(10)

        assert {200} == set(statuses)
        assert still
        assert "stop" == rest[-1].choices[0].finish_reason
        assert "nobody" in house.service.tail(20_000)


def test_a_stop_lets_a_stream_end_well_and_refuses_new_calls(tmp_path: Path) -> None:
    with upstream_thread() as upstream, serving(tmp_path, upstream.base_url) as house:
        customer = house.customer("until-the-end")
        ended: list[int] = []
        with OpenAI(base_url=house.url + "/v1", api_key=customer.key, max_retries=0) as client:
            stream = client.chat.completions.create(
                model="gpt-4o",
                messages=ASK,
                stream=True,
                metadata=Script(1, 30, chunks=30, delay_ms=40).metadata(),
            )
            next(stream)
            stopper = threading.Thread(target=lambda: ended.append(house.service.stop()))
            stopper.start()
            time.sleep(0.3)
            rest = list(stream)
        stopper.join(20)
        [receipt] = house.receipts(customer)
        verdict = house.verify()

    assert [0] == ended
    assert "stop" == rest[-1].choices[0].finish_reason
    assert ("completed", "reported", 30) == (
        receipt["outcome"],
        receipt["witness"],
        receipt["usage"]["output"],
    )
    assert (True, 0, 0) == (verdict["ok"], verdict["open_holds"], verdict["in_flight"])
