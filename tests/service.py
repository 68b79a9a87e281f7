"""A running service for tests that look at it from the outside, with the provider that it calls.

    with upstream_thread() as upstream, serving(folder, upstream.base_url) as house:
        customer = house.customer("alice")
        OpenAI(base_url=house.url + "/v1", api_key=customer.key)
        house.receipts(customer)

The service is that of the fault tests: processes, signals and the command line, nothing inside.
Commands run in this process, because starting an interpreter for each would take most of the time.
"""

import asyncio
import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from tests.cli.at_the_desk import Shell
from tests.faults.service import Service

_numbers = count(1)
CONNECTIONS = 8
"""So many new connections reach both of two workers but for one case in 128."""
PATIENCE_S = 30.0
"""For what must come true, however slow the machine is; only a failure waits so long."""


class Customer(NamedTuple):
    """An account with its first key."""

    account: str
    key: str
    key_id: str


class Answer(NamedTuple):
    """One HTTP answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class House:
    """A service that runs."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.shell = Shell(service.data)

    @property
    def url(self) -> str:
        return self.service.url

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    # -- customers

    def customer(self, name: str, *models: str) -> Customer:
        """A new account whose key every worker knows."""
        account = self.shell.one("accounts", "create", f"{name}-{next(_numbers)}")["id"]
        allowed = [word for model in models for word in ("--model", model)]
        made = self.shell.one("keys", "create", "--account", account, *allowed)
        customer = Customer(account, made["key"], made["id"])
        self.until(customer.key, 200)
        return customer

    def until(self, key: str, status: int) -> float:
        """Wait until listing the models answers so on every connection; how long that took."""

        def everywhere() -> bool:
            answers = (
                self.send("GET", "/v1/models", headers={"authorization": f"Bearer {key}"})
                for _ in range(CONNECTIONS)
            )
            return all(answer.status == status for answer in answers)

        return took(everywhere)

    def known(self, customer: Customer) -> None:
        """Wait until every worker knows what was decided for the account so far.

        A directory is taken whole: whoever knows a key knows everything from before it.
        """
        made = self.shell.one("keys", "create", "--account", customer.account)
        self.until(made["key"], 200)

    # -- calls without a client library

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """One request on a connection of its own."""
        link = http.client.HTTPConnection(*self.address, timeout=PATIENCE_S)
        try:
            link.request(method, path, body=body, headers=headers or {})
            answer = link.getresponse()
            shown = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, shown, answer.read())
        finally:
            link.close()

    def post(self, customer: Customer, path: str, body: object, **headers: str) -> Answer:
        """One metered request; a body that is bytes goes as it is."""
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        sent = {"content-type": "application/json", "authorization": f"Bearer {customer.key}"}
        return self.send("POST", path, headers={**sent, **headers}, body=data)

    # -- what it recorded

    def receipts(self, customer: Customer) -> list[dict[str, Any]]:
        """The customer's receipts in order of admission."""
        return [
            row
            for month in self.service.months()
            for row in self.shell.rows("receipts", "--account", customer.account, "--month", month)
        ]

    def receipt(self, customer: Customer, ident: str) -> dict[str, Any]:
        [row] = [row for row in self.receipts(customer) if row["id"] == ident]
        return row

    def settled(self, customer: Customer, expected: int) -> list[dict[str, Any]]:
        """The receipts, once there are so many: a call that lost its client settles in time."""
        eventually(lambda: len(self.receipts(customer)) >= expected)
        return self.receipts(customer)

    def verify(self) -> dict[str, Any]:
        verdict: dict[str, Any] = self.shell.one("verify")
        return verdict


def eventually(check: Callable[[], bool], *, within_s: float = PATIENCE_S) -> None:
    """Ask again until it is so. Raises AssertionError when time is up."""
    until = time.monotonic() + within_s
    while not check():
        if time.monotonic() > until:
            raise AssertionError(f"not so within {within_s} s: {check}")
        time.sleep(0.02)


def took(check: Callable[[], bool]) -> float:
    """Wait until it is so; seconds."""
    began = time.monotonic()
    eventually(check)
    return time.monotonic() - began


def within(limit_s: float, *tries: Callable[[], float]) -> bool:
    """Whether one of the tries takes no longer: a busy machine is slow now and then, a slow
    service each time. Tries after that are not made."""
    return any(attempt() < limit_s for attempt in tries)


@contextmanager
def serving(
    folder: Path, upstream: str, *, workers: int = 2, server: str = "", more: str = ""
) -> Iterator[House]:
    """A service on a free port and an empty data folder, until the block ends."""
    service = Service(folder, upstream, workers=workers, server=server, more=more)
    asyncio.run(service.start())
    try:
        yield House(service)
    except BaseException as error:
        error.add_note(f"the service's log ends: {service.tail()}")
        raise
    finally:
        service.stop()
