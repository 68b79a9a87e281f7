"""A seed gives the same faults everywhere, at the asked rates, and each fault does what it says."""

import pytest

from stillhouse.testing.faults import Fault, FaultPlan, garble, spoil

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"
FRAMES = [b"one;", b"two;", b"three;", b"four;"]


def test_the_same_seed_draws_the_same_faults() -> None:
    rates = {Fault.CUT_MID_STREAM: 0.2, Fault.STATUS_429: 0.1}
    first, second = FaultPlan(seed=7, rates=rates), FaultPlan(seed=7, rates=rates)
    other = FaultPlan(seed=8, rates=rates)

    assert [first.draw(n) for n in range(200)] == [second.draw(n) for n in range(200)]
    assert [first.draw(n) for n in range(200)] != [other.draw(n) for n in range(200)]


def test_rates_are_shares_of_calls() -> None:
    plan = FaultPlan(seed=1, rates={Fault.STALL_MID: 0.25, Fault.GARBAGE_JSON: 0.05})
    drawn = [plan.draw(n) for n in range(10_000)]

    assert drawn.count(Fault.STALL_MID) == pytest.approx(2500, rel=0.1)
    assert drawn.count(Fault.GARBAGE_JSON) == pytest.approx(500, rel=0.2)


def test_a_plan_prints_the_options_that_replay_it() -> None:
    plan = FaultPlan(seed=3, rates={Fault.CUT_MID_CHUNK: 0.5}, stall_s=2.0)
    words = str(plan).split()
    again = FaultPlan.parse(words[3], seed=int(words[1]), stall_s=float(words[5]))

    assert plan == again


@pytest.mark.parametrize("text", ["cut=0.1", "stall_mid=often", "stall_mid=0.9,slow_bytes=0.2"])
def test_a_wrong_plan_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write FAULT=SHARE|rates are shares"):
        FaultPlan.parse(text)


def test_each_cut_falls_where_its_name_says() -> None:
    plan = FaultPlan(stall_s=9.0)

    assert spoil(Fault.CUT_BEFORE_ANSWER, HEAD, FRAMES, plan) == ["abort"]
    assert spoil(Fault.CUT_MID_STREAM, HEAD, FRAMES, plan) == [HEAD + b"one;two;", "close"]
    assert spoil(Fault.CUT_MID_CHUNK, HEAD, FRAMES, plan) == [HEAD + b"one;two;thr", "close"]
    assert spoil(Fault.STALL_MID, HEAD, FRAMES, plan) == [HEAD + b"one;two;", 9.0, b"three;four;"]
    assert spoil(Fault.STALL_BEFORE, HEAD, FRAMES, plan) == [9.0, HEAD + b"one;two;three;four;"]


@pytest.mark.parametrize("fault", [Fault.SLOW_BYTES, Fault.EARLY_CLOSE, Fault.MISSING_USAGE])
def test_faults_that_spare_the_bytes_deliver_all_of_them(fault: Fault) -> None:
    steps = spoil(fault, HEAD, FRAMES, FaultPlan())

    assert HEAD + b"".join(FRAMES) == b"".join(step for step in steps if isinstance(step, bytes))


def test_garbage_stands_in_the_middle_of_a_stream_and_in_place_of_a_plain_answer() -> None:
    stream = garble(Fault.GARBAGE_BYTES, [b"a", b"b", b"c", b"d"], stream=True)
    plain = garble(Fault.GARBAGE_JSON, [b'{"id":"x"}'], stream=False)

    assert stream[:2] == [b"a", b"b"]
    assert stream[3:] == [b"c", b"d"]
    with pytest.raises(UnicodeDecodeError):
        stream[2].decode()
    assert plain == [b'{"id":"chatc']
