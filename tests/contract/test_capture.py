"""Captured content through the service: kept of who consents, in plain text nowhere."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.service import Customer, House, eventually, serving

from stillhouse.testing.script import Script
from stillhouse.testing.upstream import upstream_thread

QUESTION, ANSWER = "xylophone-question-8731", "quinquireme-answer-4410"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with (
        upstream_thread() as upstream,
        serving(tmp_path_factory.mktemp("capture"), upstream.base_url) as house,
    ):
        yield house


def ask(house: House, customer: Customer, *, stream: bool = False) -> str:
    wish = Script(10, 4, text=ANSWER).metadata()
    body = {
        "model": "gpt-4o", "messages": [{"role": "user", "content": QUESTION}],
        "metadata": wish, "stream": stream, "user": "u7",
    }  # fmt: skip
    answer = house.post(customer, "/v1/chat/completions", body)
    assert 200 == answer.status
    return answer.headers["x-stillhouse-receipt"]


def written(data: Path) -> bytes:
    return b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())


def test_content_is_kept_by_consent_alone_encrypted_and_gone_when_asked(house: House) -> None:
    customer, other = house.customer("open"), house.customer("shy")
    whose = ("--account", customer.account)
    ask(house, customer)
    ask(house, other)
    house.shell.run(
        "capture", "on", *whose, "--by", "Ann", "--text", "for our own models", "--days", "30"
    )

    def kept() -> list[dict[str, object]]:
        lines = house.shell.run("capture", "export", *whose).stdout.splitlines()
        return [json.loads(line) for line in lines]

    asked: list[str] = []

    def captured() -> bool:
        asked.append(ask(house, customer, stream=len(asked) % 2 == 0))
        rows = house.shell.rows("capture", "status", *whose)
        return bool(rows[0]["kept_bytes"]) and len(kept()) > 1

    eventually(captured)
    ask(house, other)
    eventually(lambda: asked[-1] in {row["id"] for row in kept()})
    rows = kept()

    assert {row["id"] for row in rows} <= set(asked)
    for row in rows:
        assert QUESTION in json.dumps(row["request"])
        assert ANSWER in json.dumps(row["response"])
        assert row["lineage"]
    data = written(house.service.data)
    assert QUESTION.encode() not in data
    assert ANSWER.encode() not in data
    assert [customer.account] == [
        path.name for path in (house.service.data / "captured").iterdir() if path.is_dir()
    ]
    gone = house.shell.one("capture", "delete", *whose, "--all", "--reason", "asked")
    assert len(rows) <= gone["rows"]
    assert [] == kept()
    assert house.verify()["ok"]
