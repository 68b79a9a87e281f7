"""A harvest from a forbidden teacher while nine others work, through a service that runs.

Case, notice, throttle, two reviewers, refusals within a second, final invoice, exports, appeal. The
same harvest from a teacher that permits it: seen, and nothing done. What the detector would find is
told here by hand, so that this test is of what is done about it.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import msgspec
import pytest
from tests.guard.findings import finding
from tests.service import Answer, Customer, House, eventually, serving

from stillhouse.compose.books import Books
from stillhouse.compose.guard_process import Watch
from stillhouse.compose.guarding import Guarding, Seen
from stillhouse.compose.stores import open_store
from stillhouse.config.settings import Server, Settings
from stillhouse.guard.finding import Report
from stillhouse.guard.signals import Signal
from stillhouse.testing.script import Script
from stillhouse.testing.upstream import upstream_thread
from stillhouse.units.instant import Instant

TEACHERS = """
[guard]
every_s = 0.3
[providers.openai]
kind = "openai"
base_url = "{url}"
path = "openai-api"
[providers.deepseek]
kind = "openai"
base_url = "{url}"
path = "deepseek-api"
[deployments."gpt-4.1"]
provider = "openai"
model = "gpt-4.1"
price_model = "gpt-4o"
[deployments.deepseek-chat]
provider = "deepseek"
model = "deepseek-chat"
price_model = "gpt-4o"
"""
FORBIDDEN, PERMITTED = "gpt-4.1", "deepseek-chat"
CALLS = 60
WHY = ("--reason", "a grid of tasks over the whole night")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with (
        upstream_thread() as upstream,
        serving(
            tmp_path_factory.mktemp("house"),
            upstream.base_url,
            server="seal_every_s = 0.5",
            more=TEACHERS.format(url=upstream.base_url),
        ) as house,
    ):
        yield house


def ask(house: House, who: Customer, model: str, words: str = "hello", **more: Any) -> Answer:
    body = {"model": model, "messages": [{"role": "user", "content": words}], **more}
    return house.post(who, "/v1/chat/completions", body)


def told(accounts: dict[str, float]) -> Callable[[Sequence[Signal]], Report]:
    """A judge that is as sure of these accounts, once it has seen enough of their calls."""

    def judge(signals: Sequence[Signal]) -> Report:
        seen = Counter(s.account for s in signals)
        found = tuple(
            finding(e_value, account, calls=seen[account])
            for account, e_value in sorted(accounts.items())
            if seen[account] >= CALLS
        )
        return Report(findings=found, calls=len(signals), calibration="c")

    return judge


class Guard:
    """What the service's own process does, with a judge by hand, over the same folder."""

    def __init__(self, house: House, accounts: dict[str, float]) -> None:
        watch = Watch(Settings(server=Server(data=house.service.data)))
        self.store = watch._store = open_store(house.service.data)
        self.judge = told(accounts)
        self.guarding = Guarding(
            self.store,
            judge=self.judge,
            stakes=watch._stakes,
            version="1",
            calibration="c",
        )

    def signals(self, who: Customer) -> int:
        return sum(account == who.account for _, account, _ in self.store.signals())

    def round(self) -> None:
        self.guarding.round(Instant(time.time_ns() // 1000))


def harvest(house: House, who: Customer, model: str) -> None:
    for n in range(CALLS):
        assert 200 == ask(house, who, model, f"Task {n}: think step by step about {n}.").status


def test_a_harvest_of_a_forbidden_teacher_goes_up_the_ladder_and_back(house: House) -> None:
    benign = [house.customer(f"works-{n}") for n in range(9)]
    bad = house.customer("harvests")
    stop, statuses = threading.Event(), Counter[int]()

    def work(who: Customer) -> None:
        while not stop.wait(0.1):
            statuses[ask(house, who, FORBIDDEN, "what is my balance?").status] += 1

    threads = [threading.Thread(target=work, args=(who,)) for who in benign]
    for thread in threads:
        thread.start()
    try:
        with closing((guard := Guard(house, {bad.account: 2e5})).store):
            harvest(house, bad, FORBIDDEN)
            eventually(lambda: guard.signals(bad) >= CALLS)
            guard.round()
        _throttled_then_suspended(house, bad)
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    assert {200} == set(statuses)
    standings = {row["id"]: row["standing"] for row in house.shell.rows("accounts", "list")}
    assert {"active"} == {standings[who.account] for who in [*benign, bad]}
    assert house.verify()["ok"]


def _throttled_then_suspended(house: House, bad: Customer) -> None:
    [case] = house.shell.rows("guard", "cases")
    ident = case["id"]
    assert ("throttle", [bad.account]) == (case["level"], case["account_ids"])

    # told, and slowed with the reason
    eventually(lambda: "x-stillhouse-notice" in ask(house, bad, FORBIDDEN).headers)
    # Each worker hears of it by itself, and the next call may meet another one.
    eventually(
        lambda: all(ask(house, bad, FORBIDDEN, logprobs=True).status == 403 for _ in range(8))
    )
    refused = ask(house, bad, FORBIDDEN, logprobs=True)
    assert "3.3(e)" in refused.json()["error"]["message"]
    [notice] = house.shell.rows("guard", "notices")
    assert "step by step" not in str(notice)
    assert "To contest it" in notice["reasons"][0]

    # two people suspend; what is in flight settles
    slow: list[Answer] = []
    script = Script(10, 5, wait_ms=1500).user()
    flying = threading.Thread(target=lambda: slow.append(ask(house, bad, FORBIDDEN, user=script)))
    flying.start()
    eventually(lambda: _in_flight(house, bad))
    decide = ("guard", "decide", ident, "--step", "suspend", *WHY, "--yes", "--as")
    assert "second reviewer" == house.shell.one(*decide, "ada")["state"]
    assert "suspend" == house.shell.one(*decide, "ben")["level"]
    eventually(lambda: all(ask(house, bad, FORBIDDEN).status == 403 for _ in range(8)))
    said = ask(house, bad, FORBIDDEN).json()["error"]["message"]
    for word in ("account is suspended", WHY[1], "3.3(e)", ident, "To appeal", "exports stay open"):
        assert word in said
    flying.join()
    assert [200] == [answer.status for answer in slow]

    # the final invoice is drafted by the service, once; a person approves and finalises it
    month = house.service.months()[-1]
    words = ("--account", bad.account, "--month", month)
    eventually(lambda: house.shell.one("guard", "show", ident)["final_invoices"])
    assert _sealed(house, bad)
    [drafted] = house.shell.rows("invoices", "list", *words)
    assert ("draft", "final_invoice") == (drafted["state"], drafted["kind"])
    house.shell.run("invoices", "settings", "--name", "House Ltd", "--address", "Street 1")
    house.shell.run("invoices", "draft", *words)  # with the issuer's name
    for step in ("approve", "finalise"):
        done = house.shell.one("invoices", step, *words)
    assert "final_invoice" == done["kind"]

    # exports of a suspended account
    assert house.shell.rows("receipts", *words)
    out = house.service.folder / "invoice.csv"
    house.shell.run("export", done["number"], "--as", "csv", "--out", str(out))
    assert out.stat().st_size > 0

    # an appeal restores
    house.shell.one(
        "guard", "appeal", ident, "--by", "dana", "--reason", "our own evaluation, nightly"
    )
    house.shell.refused("guard", "answer", ident, "--grant", "--as", "ada", *WHY)
    done = house.shell.one("guard", "answer", ident, "--grant", "--as", "cai", *WHY)
    assert "granted" == done["state"]
    eventually(lambda: all(ask(house, bad, FORBIDDEN).status == 200 for _ in range(8)))
    eventually(
        lambda: all(
            "x-stillhouse-notice" not in ask(house, bad, FORBIDDEN).headers for _ in range(8)
        )
    )


def test_the_detector_that_ships_finds_who_harvests_and_nobody_else(house: House) -> None:
    """No hand in it: the service's own workers, process and calibration."""
    bad, benign = house.customer("collects"), house.customer("asks")
    draw = random.Random(7)
    until = time.monotonic() + 180
    while not house.shell.rows("guard", "notices", "--account", bad.account):
        for _ in range(40):
            ask(house, bad, FORBIDDEN, task(draw), temperature=0.7, max_tokens=1024)
            if not draw.randrange(4):
                ask(house, benign, FORBIDDEN, draw.choice(QUESTIONS))
        assert time.monotonic() < until, house.shell.run("guard", "cases").stdout
    [case] = house.shell.rows("guard", "cases", "--account", bad.account)
    replayed = house.shell.rows("guard", "replay", case["id"])

    assert float(case["e_value"]) >= 100
    assert all(one["same"] for one in replayed)
    assert [] == house.shell.rows("guard", "cases", "--account", benign.account)


def task(draw: random.Random) -> str:
    """One cell of a grid, as whoever collects a training set asks for it."""
    kind, topic = draw.choice(KINDS), draw.choice(TOPICS)
    return (
        f"### Instruction:\n{kind} {topic}, with the numbers {draw.randint(2, 99)} and"
        f" {draw.randint(2, 99)}.\n### Level: {draw.choice(LEVELS)}\nThink step by step inside"
        " <reasoning> tags, then give the final answer inside <answer> tags."
    )


KINDS = (
    "Explain",
    "Write a hard exam question about",
    "Compare two views on",
    "Correct a mistake in",
)
TOPICS = (
    "fractions",
    "tides",
    "trade law",
    "sorting",
    "Roman roads",
    "grammar",
    "vaccines",
    "chess",
)
LEVELS = ("primary school", "secondary school", "university", "a professional")
QUESTIONS = (
    "what is my balance",
    "where is my card, it has not come yet",
    "i was charged twice for one coffee",
    "how do i change my pin",
)


def _in_flight(house: House, who: Customer) -> bool:
    with closing(open_store(house.service.data)) as store:
        _, opens = Books(house.service.data, store).unsealed()
    return any(opened.account == who.account for opened in opens)


def _sealed(house: House, who: Customer) -> bool:
    """All of the account's receipts are in segments: its invoice may be closed."""
    with closing(open_store(house.service.data)) as store:
        sealed = sum(total.receipts for total in store.totals(account=who.account))
    return sealed == len(house.receipts(who))


def test_accounts_that_pay_alike_are_seen_to_by_every_worker(house: House) -> None:
    one, other, third = (house.customer(f"pays-{n}") for n in range(3))
    for who, means in ((one, "pm_1"), (other, "pm_1"), (third, "pm_2")):
        house.shell.run("accounts", "set", who.account, "--payment", means)
        house.until(who.key, 200)
    time.sleep(0.5)  # a directory is replaced twenty times a second
    for who in (one, other, third):
        ask(house, who, PERMITTED)
    with closing((guard := Guard(house, {})).store):
        eventually(lambda: all(guard.signals(w) for w in (one, other, third)), within_s=10)
        paid = {
            account: msgspec.msgpack.decode(data, type=Signal).payment
            for _, account, data in guard.store.signals()
        }

    assert paid[one.account] == paid[other.account] != paid[third.account]
    assert paid[one.account]


def test_the_same_harvest_of_a_teacher_that_permits_it_is_seen_and_nothing_is_done(
    house: House,
) -> None:
    good = house.customer("distils")
    with closing((guard := Guard(house, {good.account: 2e5})).store):
        harvest(house, good, PERMITTED)
        eventually(lambda: guard.signals(good) >= CALLS)
        guard.round()
        _, text = guard.store.findings()[good.account]
    seen = msgspec.json.decode(text, type=Seen)

    assert (True, "permitted", "") == (seen.informational, seen.held_by, seen.case)
    assert [] == house.shell.rows("guard", "cases", "--account", good.account)
    assert 200 == ask(house, good, PERMITTED, logprobs=True).status
