"""Every way in which an answer goes wrong, with what its receipt must say by the table of rules."""

import http.client
import socket
import time
from typing import Any

import msgspec
import pytest
from tests.contract.conftest import Town
from tests.service import PATIENCE_S, Customer, House, eventually

from stillhouse.testing.script import Script

ASK: list[Any] = [{"role": "user", "content": "?"}]
FULL = 10 * 2_500_000 + 20 * 10_000_000


def body(model: str = "gpt-4o", *, stream: bool = True, **script: Any) -> dict[str, Any]:
    wish = Script(10, 20, chunks=10, **script).metadata()
    return {"model": model, "messages": ASK, "stream": stream, "metadata": wish}


@pytest.mark.parametrize(
    ("fault", "model", "outcome", "witness", "charge", "flags"),
    [
        ("cut_mid_stream", "gpt-4o", "upstream_cut", "lower_bound", 0, ["no_charge"]),
        ("cut_mid_chunk", "gpt-4o", "upstream_cut", "lower_bound", 0, ["no_charge"]),
        ("garbage_framing", "gpt-4o", "upstream_cut", "lower_bound", 0, ["no_charge"]),
        ("stall_mid", "impatient", "timeout", "lower_bound", 0, ["no_charge"]),
        ("missing_usage", "gpt-4o", "completed", "counted", None, []),
        ("duplicate_usage", "gpt-4o", "completed", "reported", FULL, ["duplicate_usage"]),
        ("garbage_bytes", "gpt-4o", "completed", "reported", FULL, []),
        ("garbage_json", "gpt-4o", "completed", "reported", FULL, []),
        ("slow_bytes", "gpt-4o", "completed", "reported", FULL, []),
        ("early_close", "gpt-4o", "completed", "reported", FULL, []),
    ],
)
def test_a_stream_that_breaks_is_settled_by_the_table(
    house: House,
    customer: Customer,
    fault: str,
    model: str,
    outcome: str,
    witness: str,
    charge: int | None,
    flags: list[str],
) -> None:
    answer = house.post(customer, "/v1/chat/completions", body(model, fault=fault))
    row = house.receipt(customer, answer.headers["x-stillhouse-receipt"])

    assert (outcome, witness, flags) == (row["outcome"], row["witness"], row["flags"])
    assert charge is None or str(charge) == row["charge_pico"]
    whole = outcome == "completed"
    assert whole == (b"data: [DONE]" in answer.body) == (b": stillhouse receipt=" in answer.body)
    assert whole or answer.body.rstrip().rpartition(b"data: ")[2].startswith(b'{"error":')
    if witness in ("counted", "lower_bound"):
        assert row["usage"]["input"] > 0
        assert row["usage"]["output"] > 0


@pytest.mark.parametrize(
    ("fault", "witness", "charge", "flags"),
    [
        ("missing_usage", "counted", None, []),
        ("garbage_json", "counted", None, []),
        ("garbage_bytes", "counted", None, []),
        ("slow_bytes", "reported", FULL, []),
        ("early_close", "reported", FULL, []),
    ],
)
def test_a_whole_answer_that_is_odd_is_settled_by_the_table(
    house: House,
    customer: Customer,
    fault: str,
    witness: str,
    charge: int | None,
    flags: list[str],
) -> None:
    answer = house.post(customer, "/v1/chat/completions", body(stream=False, fault=fault))
    row = house.receipt(customer, answer.headers["x-stillhouse-receipt"])

    assert 200 == answer.status
    assert ("completed", witness, flags) == (row["outcome"], row["witness"], row["flags"])
    assert charge is None or str(charge) == row["charge_pico"]


@pytest.mark.parametrize("fault", ["cut_mid_stream", "cut_mid_chunk", "garbage_framing"])
def test_a_whole_answer_that_breaks_is_tried_again_and_then_told(house: House, fault: str) -> None:
    customer = house.customer("cut")

    answer = house.post(customer, "/v1/chat/completions", body(stream=False, fault=fault))
    rows = house.receipts(customer)

    assert (502, "provider_unreachable") == (answer.status, answer.json()["error"]["code"])
    assert ["upstream_cut"] * 3 == [row["outcome"] for row in rows]
    assert {"0"} == {row["charge_pico"] for row in rows}


def test_a_client_that_leaves_is_charged_what_the_provider_then_reports(house: House) -> None:
    customer = house.customer("left")

    _leave(house, customer, body(delay_ms=100), after=b"data: ")
    [row] = house.settled(customer, 1)

    assert ("client_left", "reported") == (row["outcome"], row["witness"])
    assert str(FULL) == row["charge_pico"]


def test_a_client_that_leaves_an_endless_answer_is_charged_what_was_seen(house: House) -> None:
    """Longer than client_gone_drain_s: two seconds in this room's service."""
    customer = house.customer("left")

    _leave(house, customer, body(delay_ms=700), after=b"data: ")
    eventually(lambda: bool(house.receipts(customer)))
    [row] = house.receipts(customer)

    assert ("client_left", "lower_bound") == (row["outcome"], row["witness"])
    assert 0 < int(row["charge_pico"]) < FULL


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_client_that_leaves_before_the_first_byte_is_charged_too(
    house: House, *, stream: bool
) -> None:
    customer = house.customer("left")

    _leave(house, customer, body(stream=stream, wait_ms=1000), after=b"")
    [row] = house.settled(customer, 1)

    assert ("client_left", "reported", str(FULL)) == (
        row["outcome"],
        row["witness"],
        row["charge_pico"],
    )


@pytest.mark.parametrize(
    ("path", "model", "comment"),
    [
        ("/v1/chat/completions", "gpt-4o", b": keep-alive\n\n"),
        ("/v1/messages", "claude", b'event: ping\ndata: {"type": "ping"}\n\n'),
    ],
)
def test_an_idle_stream_is_kept_alive_between_events(
    house: House, customer: Customer, path: str, model: str, comment: bytes
) -> None:
    asked = {
        "model": model,
        "messages": ASK,
        "max_tokens": 50,
        "stream": True,
        "metadata": {"user_id": Script(10, 2, chunks=1, delay_ms=650).user()},
    }

    answer = house.post(customer, path, asked)

    assert answer.body.count(comment) >= 2
    assert all(
        event.startswith((b":", b"data: ", b"event: ")) for event in answer.body.split(b"\n\n")[:-1]
    )


def test_a_stream_that_is_cut_closes_its_connection_and_a_whole_one_keeps_it(
    house: House, customer: Customer
) -> None:
    link = http.client.HTTPConnection(*house.address, timeout=10)
    headers = {"authorization": f"Bearer {customer.key}"}

    def ask(wait_s: float, **script: Any) -> tuple[bytes, bool]:
        data = msgspec.json.encode(body(**script))
        link.request("POST", "/v1/chat/completions", body=data, headers=headers)
        read = link.getresponse().read()
        assert link.sock is not None
        link.sock.settimeout(wait_s)
        try:
            closed = link.sock.recv(1) == b""
        except TimeoutError:
            closed = False
        link.sock.settimeout(PATIENCE_S)
        return read, closed

    _, closed_after_whole = ask(0.1)
    _, closed_after_cut = ask(PATIENCE_S, fault="cut_mid_stream")
    link.close()

    assert (False, True) == (closed_after_whole, closed_after_cut)


def test_nothing_is_left_open_after_all_that(town: Town) -> None:
    eventually(lambda: town.house.verify()["in_flight"] == 0)
    verdict = town.house.verify()

    assert (True, 0, 0, 0) == tuple(
        verdict[name] for name in ("ok", "lost", "duplicated", "open_holds")
    ), verdict


def _leave(house: House, customer: Customer, asked: dict[str, Any], *, after: bytes) -> None:
    """Send a request, read until this has come, and go."""
    data = msgspec.json.encode(asked)
    with socket.create_connection(house.address, timeout=10) as link:
        link.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer %b\r\n"
            b"content-length: %d\r\n\r\n%b" % (customer.key.encode(), len(data), data)
        )
        came = b""
        while after not in came:
            came += link.recv(4096)
        time.sleep(0.1)
