"""A student behind the gateway: it answers what it is sure of, its teacher the rest, paid once.

The student's deployment costs USD 0.10 and 0.40 a million tokens, its teacher 2.50 and 10.00.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.service import Customer, House, eventually, serving
from tests.students import SURE, UNSURE, asked, written

from stillhouse.testing.script import Script
from stillhouse.testing.upstream import upstream_thread
from stillhouse.training.shelf import put

TABLES = """
[providers.pupil]
kind = "student"
student = "{pupil}"
[deployments.spam]
provider = "pupil"
model = "spam-1"
fallbacks = ["gpt-4o"]
accounts = ["*"]
[deployments.alone]
provider = "pupil"
model = "spam-1"
accounts = ["*"]
[deployments.hidden]
provider = "pupil"
model = "spam-1"
[[prices]]
model = "spam-1"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = {{ input = "0.10", output = "0.40" }}
"""
TEACHER = 10 * 2_500_000 + 4 * 10_000_000


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("students")
    made = written(folder / "made")
    put(made, folder / "made", folder / "data")  # as `distill run` does
    more = TABLES.format(pupil=made.id[:6])
    with (
        upstream_thread() as upstream,
        serving(folder, upstream.base_url, workers=1, more=more) as house,
    ):
        yield house


def ask(house: House, customer: Customer, text: str, model: str = "spam", **more: Any) -> Any:
    wish = Script(10, 4).metadata()
    return house.post(
        customer, "/v1/chat/completions", {**asked(text, metadata=wish, **more), "model": model}
    )


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_sure_answer_is_the_students_alone(town: House, *, stream: bool) -> None:
    customer = town.customer("sure")

    answer = ask(town, customer, SURE, stream=stream)
    [row] = town.receipts(customer)

    assert 200 == answer.status
    assert b'"spam"' in answer.body
    assert ("completed", "pupil", "reported") == (row["outcome"], row["provider"], row["witness"])
    assert str(row["usage"]["input"] * 100_000 + 400_000) == row["charge_pico"]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("why", ["unsure", "another task", "tools"])
def test_what_it_declines_its_teacher_answers_and_is_paid_for_once(
    town: House, why: str, *, stream: bool
) -> None:
    customer = town.customer("unsure")
    tools: dict[str, Any] = (
        {"tools": [{"type": "function", "function": {"name": "f"}}]} if why == "tools" else {}
    )
    text = {"unsure": UNSURE, "another task": "Write a poem.", "tools": SURE}[why]

    answer = ask(town, customer, text, stream=stream, **tools)
    rows = town.receipts(customer)

    assert 200 == answer.status
    assert [("escalated", "pupil", "0"), ("completed", "stub", str(TEACHER))] == [
        (row["outcome"], row["provider"], row["charge_pico"]) for row in rows
    ]
    assert [421, 200] == [row["status"] for row in rows]
    assert ["none", "reported"] == [row["witness"] for row in rows]
    assert 1 == len({row["call"] for row in rows})
    assert {"no_charge", "retried"} == set(rows[0]["flags"])
    assert rows[1]["id"] == answer.headers["x-stillhouse-receipt"] or stream


def test_without_a_teacher_the_client_is_told_why(town: House) -> None:
    customer = town.customer("alone")

    answer = ask(town, customer, UNSURE, model="alone")
    [row] = town.receipts(customer)

    assert (421, "low_confidence") == (answer.status, answer.json()["error"]["code"])
    assert ("escalated", "0") == (row["outcome"], row["charge_pico"])


def test_a_student_is_nobodys_to_call_by_name_unless_its_deployment_says_so(town: House) -> None:
    customer = town.customer("curious")

    answer = ask(town, customer, SURE, model="hidden")
    listed = town.send(
        "GET", "/v1/models", headers={"authorization": f"Bearer {customer.key}"}
    ).json()

    assert (404, "model_not_found") == (answer.status, answer.json()["error"]["code"])
    assert "hidden" not in {model["id"] for model in listed["data"]}
    assert b"hidden" not in answer.body.replace(b"'hidden'", b"", 1)


def test_when_the_student_dies_its_teacher_answers_until_it_is_back(town: House) -> None:
    customer = town.customer("patient")
    pid = town.service.processes()["students"]["pupil"]
    os.kill(pid, signal.SIGKILL)

    answers = [ask(town, customer, SURE) for _ in range(5)]
    eventually(lambda: town.service.processes()["students"]["pupil"] != pid)
    eventually(lambda: b'"spam"' in ask(town, customer, SURE).body)
    rows = town.receipts(customer)

    assert {200} == {answer.status for answer in answers}
    paid: dict[int, int] = {}
    for row in rows:
        paid[row["call"]] = paid.get(row["call"], 0) + (int(row["charge_pico"]) > 0)
    assert {1} == set(paid.values()), "each call is paid for by one of its attempts"
    assert town.verify()["ok"]


def test_a_student_that_is_not_there_any_more_stops_no_start_and_its_teacher_answers(
    tmp_path: Path,
) -> None:
    with (
        upstream_thread() as upstream,
        serving(
            tmp_path, upstream.base_url, workers=1, more=TABLES.format(pupil="9b1f03")
        ) as house,
    ):
        customer = house.customer("goes-on")
        answer = ask(house, customer, SURE)
        alone = ask(house, customer, SURE, model="alone")
        said = house.service.log.read_text("utf-8")

    assert 200 == answer.status
    assert 502 <= alone.status <= 504
    assert "no student '9b1f03'" in said
    assert "process_died" not in said
