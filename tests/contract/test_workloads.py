"""Twenty tasks through a real service: twenty workloads, in every worker, after a restart too.

And nothing of what was asked or answered is anywhere in the data folder.
"""

import asyncio
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.service import House, serving
from tests.wire.prompts import TASKS, filled, real_texts

from stillhouse.testing.upstream import upstream_thread

LABELS = ("balance", "card", "other")
EACH = 12


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with upstream_thread() as upstream, serving(tmp_path, upstream.base_url) as house:
        yield house


def ask(house: House, key: str, task: int, n: int, text: str) -> None:
    body = {
        "model": "gpt-4o",
        "messages": filled(task, n, text),
        "metadata": {"text": LABELS[n % 3]} if task == 7 else {},
    }
    answer = house.send(
        "POST",
        "/v1/chat/completions",
        headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
        body=json.dumps(body).encode(),
    )
    assert 200 == answer.status, answer.body


def test_tasks_are_workloads_everywhere_and_no_text_is_kept(house: House) -> None:
    chance, texts = random.Random(11), real_texts()
    customer = house.customer("bank")
    sent: list[tuple[int, str]] = []
    for n in range(EACH):
        if n == EACH // 2:
            assert 0 == house.service.stop()
            asyncio.run(house.service.start())
        for task in range(len(TASKS)):
            text = chance.choice(texts)
            ask(house, customer.key, task, n, text)
            sent.append((task, text))
    for n in range(60):
        ask(house, customer.key, 7, n, chance.choice(texts))
        sent.append((7, ""))
    receipts = house.settled(customer, len(sent))

    found: dict[int, Counter[str]] = defaultdict(Counter)
    for (task, _), receipt in zip(sent, receipts, strict=True):
        found[task][receipt["workload"]] += 1
    assert [1] * len(TASKS) == [len(ids) for ids in found.values()]
    assert len(TASKS) == len({ident for ids in found.values() for ident in ids})
    assert house.verify()["ok"]
    assert 0 == house.service.stop()

    [banking] = [w for w in house.shell.rows("workloads", "list") if w["calls"] == 60 + EACH]
    assert {"kind": "closed labels", "size": 3} == {
        name: banking["output"][name] for name in ("kind", "size")
    }
    sentence = house.shell.run("explain").stdout.splitlines()[0]
    assert "so far: USD" in sentence
    kept = [f for f in house.service.data.rglob("*") if f.is_file()]
    needles = {text.encode() for _, text in sent if len(text) > 12}
    needles |= {b"bank questions", b"Classify this comment", b"Ticket:", b"warehouse"}
    said = json.dumps(receipts).encode()  # sealed receipts are compressed: grep would see nothing
    assert [] == [needle for needle in needles if needle in said]
    for file in kept:
        data = file.read_bytes()
        assert [] == [needle for needle in needles if needle in data], file


def test_a_header_and_a_default_name_what_templates_cannot(house: House) -> None:
    customer = house.customer("shop")
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}
    headers = {"x-stillhouse-workload": "greeting", "x-stillhouse-cohort": "beta"}
    assert 200 == house.post(customer, "/v1/chat/completions", body, **headers).status
    bad = house.post(
        customer, "/v1/chat/completions", body, **{"x-stillhouse-workload": "not a name"}
    )
    house.shell.run("workloads", "default", "--key", customer.key_id, "small-talk")

    assert (400, "invalid_label") == (bad.status, bad.json()["error"]["code"])
    for _ in range(100):
        assert 200 == house.post(customer, "/v1/chat/completions", body).status
        last = house.receipts(customer)[-1]
        if last["workload"]:
            break
    first = house.receipts(customer)[0]
    assert ("greeting", "beta") == (first["workload"], first["cohort"])
    assert "small-talk" == last["workload"]
