"""The console beside a running service: its link, its keys, its newest calls, its end."""

import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.service import House, eventually, serving

from stillhouse.store.vault import FILE
from stillhouse.testing.upstream.server import ScriptedUpstream
from stillhouse.testing.upstream.thread import upstream_thread

FIRST, SECOND = "sk-provider-first-0123456789abcdef", "sk-provider-second-fedcba9876543210"
LINK = re.compile(r"http://127\.0\.0\.1:\d+/sign-in\?token=\S+")
BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def upstream() -> Iterator[ScriptedUpstream]:
    with upstream_thread(api_key=FIRST) as made:
        yield made


@pytest.fixture
def house(tmp_path: Path, upstream: ScriptedUpstream) -> Iterator[House]:
    with serving(tmp_path, upstream.base_url) as made:
        eventually(lambda: answers(made))
        yield made


def url(house: House) -> str:
    return str(house.service.processes()["console_url"])


def answers(house: House) -> bool:
    try:
        return httpx.get(url(house) + "/sign-in").status_code == 200
    except httpx.HTTPError:
        return False


def owner(house: House) -> httpx.Client:
    made = house.shell.one("members", "tokens", "create", "test", "--role", "owner")
    return httpx.Client(
        base_url=url(house) + "/api/v1",
        headers={"authorization": f"Bearer {made['secret']}"},
        timeout=20,
    )


def test_a_providers_key_is_used_at_once_rotated_and_found_nowhere(
    house: House, upstream: ScriptedUpstream
) -> None:
    customer = house.customer("alice")
    with owner(house) as api:
        assert 502 == house.post(customer, "/v1/chat/completions", BODY).status
        wrong = api.post("/providers/stub/test", json={"key": SECOND}).json()
        right = api.post("/providers/stub/test", json={"key": FIRST}).json()
        assert (False, 401, True) == (wrong["works"], wrong["status"], right["works"])
        kept = api.put("/providers/stub/key", json={"key": FIRST}).json()
        assert "key_from" in kept, kept
        assert ("store", FIRST[-4:]) == (kept["key_from"], kept["key_hint"])
        eventually(lambda: house.post(customer, "/v1/chat/completions", BODY).status == 200)

        upstream.api_key = SECOND
        assert 502 == house.post(customer, "/v1/chat/completions", BODY).status
        assert not api.post("/providers/stub/test", json={}).json()["works"]
        api.put("/providers/stub/key", json={"key": SECOND})
        assert api.post("/providers/stub/test", json={}).json()["works"]
        eventually(lambda: house.post(customer, "/v1/chat/completions", BODY).status == 200)
        [state] = api.get("/providers").json()
        assert state["key_works"]
        told = api.get("/entries").text + json.dumps(state)

    master = (house.service.data / FILE).read_bytes()
    assert 0o600 == (house.service.data / FILE).stat().st_mode & 0o777
    for secret in (FIRST.encode(), SECOND.encode()):
        assert secret not in told.encode()
        for file in house.service.folder.rglob("*"):
            if file.is_file():
                assert secret not in file.read_bytes(), file
    for file in house.service.folder.rglob("*"):
        if file.is_file() and file.name != FILE:
            assert master not in file.read_bytes(), file


def test_a_kept_key_outlives_a_restart_and_goes_when_it_is_removed(
    house: House, upstream: ScriptedUpstream
) -> None:
    import asyncio  # noqa: PLC0415 - the service's own start is a coroutine

    customer = house.customer("alice")
    with owner(house) as api:
        api.put("/providers/stub/key", json={"key": FIRST})
    house.service.stop()
    asyncio.run(house.service.start())
    assert 200 == house.post(customer, "/v1/chat/completions", BODY).status
    eventually(lambda: answers(house))
    with owner(house) as api:
        gone = api.delete("/providers/stub/key").json()
        assert "none" == gone["key_from"]
        eventually(lambda: house.post(customer, "/v1/chat/completions", BODY).status == 502)


def test_calls_are_seen_in_flight_and_settled_before_they_are_sealed(
    house: House, upstream: ScriptedUpstream
) -> None:
    upstream.api_key = ""
    customer = house.customer("alice")
    slow = {**BODY, "user": "script:9:3:wait_ms=2000"}
    caller = threading.Thread(target=lambda: house.post(customer, "/v1/chat/completions", slow))
    with owner(house) as api:
        caller.start()
        eventually(lambda: bool(api.get("/calls/in-flight").json()))
        [flight] = api.get("/calls/in-flight").json()
        caller.join()
        eventually(lambda: api.get("/live/now").json()["in_flight"] == 0)
        [call] = api.get("/calls", params={"account": customer.account}).json()["rows"]
        story = api.get(f"/calls/{call['id']}").json()
        sums = api.get("/sums", params={"account": customer.account}).json()

    assert (customer.account, "gpt-4o") == (flight["account"], flight["deployment"])
    assert flight["id"] == call["id"]
    assert ["admitted", "first_byte", "settled"] == [m["what"] for m in story["timeline"]]
    assert "" == story["segment"]
    assert (1, call["charge"]) == (sums["whole"]["receipts"], sums["whole"]["charge"])


def test_the_newest_figures_are_streamed(house: House) -> None:
    with owner(house) as api, api.stream("GET", "/live") as answer:
        assert "text/event-stream" == answer.headers["content-type"].partition(";")[0]
        lines = answer.iter_lines()
        assert "event: live" == next(lines)
        seen = json.loads(next(lines).removeprefix("data: "))

    assert 0 == seen["in_flight"]


def test_the_printed_link_makes_the_owner(house: House) -> None:
    eventually(lambda: LINK.search(house.service.log.read_text()) is not None)
    [link] = LINK.findall(house.service.log.read_text())
    with httpx.Client(base_url=url(house)) as browser:
        assert 200 == browser.get(link).status_code
        token = link.partition("token=")[2]
        entered = browser.post(
            "/sign-in",
            data={"token": token, "email": "ada@example.com"},
            headers={"origin": url(house)},
        )
        me = browser.get("/api/v1/me").json()

    assert 303 == entered.status_code
    assert ("owner", "ada@example.com") == (me["role"], me["email"])
    another = house.shell.one("console", "link")
    assert another["url"].startswith(url(house))
    assert "ada@example.com" == another["member"]


def test_a_console_that_is_killed_comes_back_and_takes_no_call_with_it(
    house: House, upstream: ScriptedUpstream
) -> None:
    upstream.api_key = ""
    customer = house.customer("alice")
    before = house.service.processes()["console"]
    os.kill(before, signal.SIGKILL)
    assert 200 == house.post(customer, "/v1/chat/completions", BODY).status
    eventually(
        lambda: house.service.processes()["console"] not in {0, before} and answers(house),
    )

    with owner(house) as api:
        assert 1 == len(api.get("/calls").json()["rows"])
