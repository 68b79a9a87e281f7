"""Our own format reads as it is documented, and says what is missing."""

import json
from typing import Any

import pytest

from stillhouse.imports.call import Call, LineError
from stillhouse.imports.stillhouse import read
from stillhouse.units.instant import iso
from stillhouse.units.usage import Usage
from stillhouse.wire.paths import Surface

FULL: dict[str, Any] = {
    "id": "c1",
    "at": "2026-11-01T10:00:00.123Z",
    "account": "a1",
    "project": "p",
    "key": "k1",
    "ip": "192.0.2.1",
    "client": "openai-python/3.5",
    "payment": "pm_1",
    "provider": "openai",
    "path": "openai-api",
    "model": "gpt-4o",
    "request": {"messages": []},
    "response": {"choices": []},
    "usage": {"prompt_tokens": 9, "completion_tokens": 3},
    "gold": "optional label",
}


def parsed(**changes: Any) -> Call:
    row = {name: value for name, value in (FULL | changes).items() if value is not None}
    return read(json.dumps(row).encode())


def test_the_documented_line() -> None:
    call = parsed()

    assert ("c1", "a1", "p", "k1") == (call.id, call.account, call.project, call.key)
    assert ("openai", "gpt-4o", Surface.CHAT) == (call.provider, call.model, call.surface)
    assert "2026-11-01T10:00:00.123000Z" == iso(call.at)
    assert (Usage(input=9, output=3, requests=1), "reported") == (call.usage, call.witness)


def test_the_smallest_lines() -> None:
    least = {"at": FULL["at"], "account": "a1", "model": "m"}
    used = read(json.dumps(least | {"usage": FULL["usage"]}).encode())
    asked = read(json.dumps(least | {"request": {"messages": [{"content": "abcd" * 5}]}}).encode())

    assert ("", "", "", "") == (used.id, used.project, used.key, used.provider)
    assert ("counted", 5, 0) == (asked.witness, asked.usage.input, asked.usage.output)
    assert asked.sizes[0] > 0 == asked.sizes[1]


def test_the_answers_own_usage_is_believed_before_a_count() -> None:
    call = parsed(usage=None, response={"usage": {"prompt_tokens": 2, "completion_tokens": 1}})

    assert (2, 1, "reported") == (call.usage.input, call.usage.output, call.witness)


@pytest.mark.parametrize(
    "where",
    [
        {"workload": "triage"},
        {"metadata": {"workload": "triage"}},
        {"request": {"metadata": {"workload": "triage"}}},
    ],
)
def test_a_workload_is_declared_in_the_line_or_in_metadata(where: dict[str, Any]) -> None:
    assert "triage" == parsed(**where).workload


def test_a_number_is_an_id_too() -> None:
    assert "17" == parsed(id=17).id


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"at": None}, "no_time"),
        ({"at": "2026-11-01T10:00:00"}, "no_time"),
        ({"model": None}, "no_model"),
        ({"usage": None, "request": None}, "no_usage"),
        ({"usage": {"prompt_tokens": 10**9}}, "unbelievable"),
        ({"request": "text"}, "not_an_object"),
    ],
)
def test_what_is_missing_or_cannot_be_is_named(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(LineError) as caught:
        parsed(**changes)

    assert reason == caught.value.reason
