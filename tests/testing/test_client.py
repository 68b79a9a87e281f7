"""Whatever an upstream does to an answer, the light client gives a whole reply or says it broke."""

import asyncio

import pytest

from stillhouse.testing.client import BrokenReplyError, HttpClient, Reply
from stillhouse.testing.faults import Fault, FaultPlan
from stillhouse.testing.script import Script
from stillhouse.testing.upstream import ScriptedUpstream

BREAKS = {
    Fault.CUT_BEFORE_ANSWER,
    Fault.CUT_MID_CHUNK,
    Fault.CUT_MID_STREAM,
    Fault.GARBAGE_FRAMING,
    Fault.STALL_BEFORE,
    Fault.STALL_MID,
}


async def ask(client: HttpClient, script: Script, *, stream: bool = False) -> Reply:
    head = client.head("POST", "/v1/chat/completions", [("content-type", "application/json")])
    body = b'{"model":"m","stream":%b,"user":"%b"}' % (
        b"true" if stream else b"false",
        script.user().encode(),
    )
    return await client.send(head, body)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", Fault)
def test_every_fault_ends_in_a_reply_or_in_a_broken_one(fault: Fault, *, stream: bool) -> None:
    async def scenario() -> int:
        plan = FaultPlan(stall_s=5.0, slow_byte_s=0.0)
        async with (
            ScriptedUpstream(plan=plan) as up,
            HttpClient(up.root_url, timeout_s=1.0) as client,
        ):
            try:
                reply = await ask(client, Script(5, 8, fault=fault.value), stream=stream)
            except BrokenReplyError:
                status = 0
            else:
                status = reply.status
            if fault is Fault.EARLY_CLOSE:
                await asyncio.sleep(0.05)  # or the next request meets the closing connection
            after = await ask(client, Script(5, 8))
            assert after.status == 200
            return status

    expected = {Fault.STATUS_429: 429, Fault.STATUS_500: 500, Fault.STATUS_503: 503}.get(fault, 200)
    if fault in BREAKS:
        expected = 0

    assert expected == asyncio.run(scenario())


def test_connections_are_kept_and_their_number_is_bounded() -> None:
    async def scenario() -> tuple[int, int]:
        async with ScriptedUpstream() as up, HttpClient(up.root_url, connections=4) as client:
            script = Script(1, 1, wait_ms=5)
            replies = await asyncio.gather(*(ask(client, script) for _ in range(40)))
            return up.ledger.connections, sum(reply.status == 200 for reply in replies)

    assert asyncio.run(scenario()) == (4, 40)


def test_a_broken_reply_keeps_what_had_arrived() -> None:
    async def scenario() -> Reply:
        async with ScriptedUpstream() as up, HttpClient(up.root_url) as client:
            with pytest.raises(BrokenReplyError) as caught:
                await ask(client, Script(5, 8, fault="cut_mid_stream"), stream=True)
            return caught.value.partial

    partial = asyncio.run(scenario())

    assert partial.status == 200
    assert partial.body.startswith(b'data: {"id":"chatcmpl-script1"')
    assert b"[DONE]" not in partial.body


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://host", "http://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        HttpClient(url)
