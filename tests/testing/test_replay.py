"""A replay asks for the recorded tokens, tells every failure, and reads what replies say."""

import asyncio
import math

import msgspec
import pytest

from stillhouse.testing.client import Reply
from stillhouse.testing.faults import Fault, FaultPlan
from stillhouse.testing.replay import Plan, Summary, percentile, read_reply, replay, request_body
from stillhouse.testing.trace import TraceCall
from stillhouse.testing.upstream import ScriptedUpstream

CALLS = [TraceCall(number * 0.01, 50 + number, 1 + number, 2 + number) for number in range(60)]


def drive(
    faults: FaultPlan | None = None, *, speed: float, stream_share: float = 0.5
) -> tuple[Summary, ScriptedUpstream]:
    async def scenario() -> tuple[Summary, ScriptedUpstream]:
        async with ScriptedUpstream(plan=faults) as up:
            plan = Plan(up.root_url, "m", "k", speed, 16, stream_share, timeout_s=5)
            return await replay(CALLS, plan), up

    return asyncio.run(scenario())


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_tokens_asked_answered_and_billed_are_the_same(share: float) -> None:
    summary, up = drive(speed=math.inf, stream_share=share)
    tokens_in = sum(call.prompt_tokens for call in CALLS)
    tokens_out = sum(call.completion_tokens for call in CALLS)
    billed = up.ledger.billed

    assert (summary.calls, summary.ok, summary.failed, summary.unreported) == (60, 60, 0, 0)
    assert (tokens_in, tokens_out) == (summary.asked_in, summary.asked_out)
    assert (tokens_in, tokens_out) == (summary.tokens_in, summary.tokens_out)
    assert (tokens_in, tokens_out) == (
        sum(entry.prompt_tokens for entry in billed),
        sum(entry.completion_tokens for entry in billed),
    )
    assert round(60 * share) == pytest.approx(sum(entry.stream for entry in billed), abs=12)


def test_every_call_that_fails_is_counted_by_kind_and_the_rest_goes_on() -> None:
    plan = FaultPlan(seed=4, rates={Fault.STATUS_429: 0.2, Fault.CUT_MID_STREAM: 0.2})
    drawn = [plan.draw(number) for number in range(1, 61)]
    summary, _ = drive(plan, speed=math.inf)

    assert drawn.count(Fault.STATUS_429) == summary.statuses["429"]
    assert drawn.count(Fault.CUT_MID_STREAM) == summary.statuses["broken"]
    assert 60 - len([fault for fault in drawn if fault]) == summary.ok
    assert summary.calls == summary.ok + summary.failed


def test_the_recorded_pace_is_kept_and_divided_by_the_speed() -> None:
    slow, _ = drive(speed=2.0)
    fast, _ = drive(speed=math.inf)

    assert slow.wall_s >= 0.59 / 2
    assert fast.wall_s < slow.wall_s


def test_a_request_is_at_least_as_long_as_its_recorded_prompt() -> None:
    body = request_body(TraceCall(0, 1000, 7, 2), Plan("http://x", "m", "k"))
    asked = msgspec.json.decode(body)

    assert len(asked["messages"][0]["content"]) == 4000
    assert asked["max_completion_tokens"] == 7


def test_charge_and_receipt_are_read_from_headers_of_plain_and_comments_of_streamed_answers() -> (
    None
):
    usage = b'"usage":{"prompt_tokens":3,"completion_tokens":2}'
    headers = {"x-stillhouse-receipt": "w1-1", "x-stillhouse-charge": "0.000000000123 USD"}
    plain = Reply(200, headers, b"{" + usage + b"}", 0.0, 0.0)
    note = b": stillhouse receipt=w1-1 charge=0.000000000123 currency=USD\n\n"
    events = b'data: {"choices":[],' + usage + b"}\n\n" + note + b"data: [DONE]\n\n"
    streamed = Reply(
        200,
        {"content-type": "text/event-stream", "x-stillhouse-receipt": "w1-1"},
        b'data: {"choices":[1],"usage":null}\n\n' + events,
        0.0,
        0.0,
    )

    assert read_reply(plain) == (3, 2, "w1-1", 123, "USD")
    assert read_reply(streamed) == (3, 2, "w1-1", 123, "USD")


def test_percentiles_are_values_that_happened() -> None:
    values = [float(number) for number in range(1, 101)]

    assert (percentile(values, 50), percentile(values, 99), percentile([], 50)) == (50.0, 99.0, 0.0)
