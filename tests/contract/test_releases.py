"""A release through the service: shadow, canary, the test that rolls it back, and who pays.

A7: the student learned sentiments and kept its promise on the validation set; the traffic is the
test set, where it is eight points worse. Its teacher is scripted to answer the true label.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.service import Customer, House, eventually, serving
from tests.students import SENTIMENT, SMSA, sentiments, smsa

from stillhouse.testing.script import Script
from stillhouse.testing.upstream import ScriptedUpstream, upstream_thread

pytestmark = pytest.mark.skipif(not SMSA.exists(), reason="needs ../shared/data/indonlu")
TABLES = """
[providers.pupil]
kind = "student"
student = "smsa"
[deployments.smsa]
provider = "pupil"
model = "smsa-1"
[[prices]]
model = "smsa-1"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = { input = "0.10", output = "0.40" }
[[prices]]
model = "gpt-4o"
book = "cost"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = { input = "2.00", output = "8.00" }
"""
TEACHER = 10 * 2_500_000 + 1 * 10_000_000
AUDIT = 10 * 2_000_000 + 1 * 8_000_000
ended: dict[str, set[str]] = defaultdict(set)
"""By account: the receipts that answers named which its client has read to their end."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, ScriptedUpstream]]:
    folder: Path = tmp_path_factory.mktemp("releases")
    sentiments(folder / "data" / "distill" / "students" / "smsa")
    with (
        upstream_thread() as upstream,
        serving(
            folder, upstream.base_url, workers=1, server="seal_every_s = 1", more=TABLES
        ) as house,
    ):
        yield house, upstream


def asked(text: str, label: str, user: str = "", *, stream: bool = False) -> dict[str, Any]:
    turns = [{"role": "system", "content": SENTIMENT}, {"role": "user", "content": text}]
    wish = Script(10, 1, text=label).metadata()
    return {
        "model": "gpt-4o", "messages": turns, "metadata": wish, "stream": stream,
        **({"user": user} if user else {}),
    }  # fmt: skip


def ask(house: House, customer: Customer, *row: Any, **more: Any) -> Any:
    answer = house.post(
        customer,
        "/v1/chat/completions",
        asked(*row, **more),
        **{"x-stillhouse-workload": "sentiment"},
    )
    assert 200 == answer.status, answer.body
    ended[customer.account].add(answer.headers["x-stillhouse-receipt"])
    return answer


def receipts(house: House, customer: Customer) -> list[dict[str, Any]]:
    """What is recorded, while files are sealed every second: at once, whatever was answered."""
    rows = house.receipts(customer)
    names = [row["id"] for row in rows]
    assert len(names) == len(set(names)), "a receipt is seen twice"
    assert ended[customer.account] <= set(names), "an answer ended and its receipt is not there"
    return rows


def answered(house: House, customer: Customer) -> list[dict[str, Any]]:
    """Receipts of calls, without those that a release made by itself to compare."""
    return [r for r in receipts(house, customer) if "audit" not in r["flags"]]


def begin(house: House, customer: Customer, *more: str) -> Any:
    return house.shell.one(
        "distill", "release", "smsa", "--account", customer.account, "--workload", "sentiment",
        "--instead-of", "gpt-4o", "--promise", "88%",
        "--config", str(house.service.config), *more,
    )  # fmt: skip


def bill(house: House, customer: Customer) -> Any:
    whose = ("--account", customer.account, "--month", house.service.months()[-1])
    return house.shell.one("bill", *whose)


def test_after_cut_over_the_bill_is_smaller_by_the_saving_that_it_tells(
    town: tuple[House, ScriptedUpstream],
) -> None:
    """A15, small: bills before and after equal what an independent sum over receipts says."""
    house, _ = town
    customer = house.customer("saver")
    whose = ("--account", customer.account, "--month", house.service.months()[-1])
    rows = smsa("valid")[:60]
    for text, label in rows:
        ask(house, customer, text, label)
    before = bill(house, customer)
    release = begin(house, customer)["id"]
    for stage in (("canary", "--share", "100%"), ("cut_over",)):
        house.shell.run("releases", "move", release, *stage, "--force", "a test")
    asked_again = 0

    def by_student() -> bool:
        nonlocal asked_again
        asked_again += 1
        # Another row each time: one that the student gets wrong, asked over and over, is evidence
        # against it, and the release would rightly be rolled back.
        return b"chatcmpl-00" in ask(house, customer, *rows[asked_again % 60]).body

    eventually(by_student)
    assert 60 + asked_again == len(answered(house, customer))
    settled = {r["id"] for r in receipts(house, customer)}
    for text, label in rows:
        ask(house, customer, text, label)
    after = bill(house, customer)
    found = receipts(house, customer)

    assert 60 * TEACHER == int(before["exact_pico"])
    assert [] == before["savings"]
    paid = [r for r in answered(house, customer) if r["id"] not in settled]
    assert 60 == len(paid), "no call lost, none doubled"
    assert {"smsa"} == {r["deployment"] for r in paid}
    assert int(after["exact_pico"]) == sum(int(r["charge_pico"]) for r in found)
    [saving] = after["savings"]
    students = [r for r in found if r["deployment"] == "smsa" and r["charge_pico"] != "0"]
    used = [(r["usage"]["input"], r["usage"]["output"]) for r in students]
    would = sum(i * 2_500_000 + o * 10_000_000 for i, o in used)
    charged = sum(i * 100_000 + o * 400_000 for i, o in used)
    assert (len(students), str(would), str(charged), str(would - charged)) == (
        saving["calls"], saving["would_have_pico"], saving["charged_pico"], saving["saved_pico"],
    )  # fmt: skip
    said = house.shell.run("bill", *whose)
    assert "Saved by your own model smsa in sentiment: USD 0.0" in said.output
    assert [saving] == house.shell.one("explain", *whose)["savings"]
    house.shell.run("invoices", "draft", *whose)
    shown = house.shell.one("invoices", "show", *whose)
    assert any("Saved by your own model" in note for note in shown["notes"])
    assert house.verify()["ok"]


def test_a_drifted_student_is_rolled_back_within_300_calls_and_each_is_paid_once(
    town: tuple[House, ScriptedUpstream],
) -> None:
    house, _ = town
    customer = house.customer("drift")
    release = begin(house, customer)["id"]

    def now() -> Any:
        return house.shell.one("releases", "show", release)

    # Shadow: on the traffic that it was made for, the teacher answers and the student agrees.
    traffic = random.Random(1).sample(smsa("valid"), 60)
    eventually(lambda: bool(ask(house, customer, *traffic[0])) and now()["of"] > 0)
    for text, label in traffic[1:]:
        ask(house, customer, text, label)
    eventually(lambda: 60 <= now()["of"])
    shadow = now()
    assert ("shadow", "0%") == (shadow["stage"], shadow["share"])
    assert shadow["agreed"] >= 50
    house.shell.run("releases", "move", release, "cut_over", code=1)
    house.shell.run("releases", "move", release, "canary", "--share", "100%", "--reason", "go")

    # Canary on other traffic.
    before = {row["id"] for row in receipts(house, customer)}
    drifted = random.Random(1).sample(smsa("test"), 300)
    made = 0

    def by_student(row: tuple[str, str], *, stream: bool = False) -> bool:
        nonlocal made
        made += 1
        return b"chatcmpl-00" in ask(house, customer, *row, stream=stream).body

    for place, row in enumerate(drifted):
        by_student(row, stream=place % 4 == 0)
        if now()["stage"] == "rolled_back":
            break
    end = now()
    eventually(lambda: not by_student(drifted[0]))
    rows = [row for row in receipts(house, customer) if row["id"] not in before]

    assert "rolled_back" == end["stage"]
    assert place < 299
    assert "promised 88.0%" in end["reason"]
    kinds = {
        name: [r for r in rows if (r["deployment"], "audit" in r["flags"]) == key]
        for name, key in {
            "student": ("smsa", False), "audit": ("gpt-4o", True), "teacher": ("gpt-4o", False),
        }.items()
    }  # fmt: skip
    calls = kinds["student"] + kinds["teacher"]
    assert made == len(calls) == len({r["call"] for r in calls}), "none lost, none doubled"
    assert len(kinds["student"]) >= end["stage_of"] / 2
    assert {"0"} == {r["charge_pico"] for r in kinds["audit"]}
    assert {str(AUDIT)} == {r["cost_pico"] for r in kinds["audit"]}
    assert {str(TEACHER)} == {r["charge_pico"] for r in kinds["teacher"]}
    assert all(int(r["charge_pico"]) > 0 for r in calls)
    assert house.verify()["ok"]
    assert ["release", "release_moved", "release_moved"] == [
        row["kind"] for row in house.shell.rows("entries") if row["body"].get("id") == release
    ]
