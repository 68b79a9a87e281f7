"""Scanning logs: one bad line hides no good one, disorder is said, and terms decide what counts."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from tests.guard.traffic import DAY, calibration, desk, harvest

from stillhouse.compose.scan import calibration_of, read_log, scan, shipped
from stillhouse.guard.features import FEATURES
from stillhouse.guard.signals import Call
from stillhouse.units.instant import Instant, iso

START = 1_793_500_000_000_000
NOW = Instant(START + 30 * DAY)


def lines(calls: Iterable[Call], **more: Any) -> list[bytes]:
    return [
        json.dumps(
            {
                "id": c.id,
                "at": iso(START + c.at),
                "account": c.account,
                "model": "gpt-4o",
                "provider": "openai",
                "request": json.loads(c.body),
                "usage": {"prompt_tokens": 20, "completion_tokens": c.output_tokens},
                **more,
            }
        ).encode()
        for c in calls
    ]


def judged(text: Sequence[bytes]) -> Any:
    return scan(read_log(text), calibration=calibration(), now=NOW)


def test_a_harvest_is_found_with_the_clause_at_stake() -> None:
    found = judged(lines(harvest("bad", seed=1, calls=500)) + lines(desk("good", seed=900)))
    stake = found.stakes[("bad",)]

    assert ["notice", "none"] == [f.level for f in found.report.findings]
    assert "forbidden" == stake.position.value
    assert "compete" in stake.clause.quotation
    assert ("good",) not in found.stakes


def test_the_same_harvest_from_a_permitted_teacher_is_told_apart() -> None:
    text = lines(harvest("bad", seed=1, calls=500), provider="deepseek", model="deepseek-chat")

    assert "permitted" == judged(text).stakes[("bad",)].position.value


def test_self_hosted_weights_are_judged_by_the_licence_that_the_lines_name() -> None:
    calls = harvest("bad", seed=1, calls=500)
    ours = {"provider": "vllm", "path": "self-hosted", "model": "our-own-name"}
    positions = [
        judged(lines(calls, **ours, **more)).stakes[("bad",)].position.value
        for more in ({}, {"weights": "qwen3-apache"}, {"weights": "llama-2"})
    ]

    assert ["unknown", "permitted", "forbidden"] == positions


def test_disorder_changes_no_number_and_is_said() -> None:
    text = lines(harvest("bad", seed=1, calls=300))
    log = read_log(text[::-1])

    assert log.late == 299
    assert any("out of order" in note for note in log.notes("x"))
    assert judged(text).report.findings == judged(text[::-1]).report.findings


def test_a_bad_line_hides_no_good_one() -> None:
    text = lines(desk("a", seed=1, calls=20))
    log = read_log([b"{", *text, None, b"\n", b'{"at": 3}'])

    assert 20 == log.calls == len(log.signals["a"])
    assert {"not_json": 1, "too_long": 1, "not_an_object": 1} == dict(log.rejected)
    assert [1, 22, 24] == [number for number, _, _ in log.problems]


def test_a_log_that_is_there_twice_counts_once() -> None:
    text = lines(desk("a", seed=1, calls=20))
    log = read_log(text + text)

    assert (20, 20) == (log.calls, log.again)


def test_ones_own_benign_accounts_are_the_calibration() -> None:
    benign = [row for n in range(30) for row in lines(desk(f"b{n}", seed=n, calls=100))]
    ours = calibration_of(read_log(benign), name="benign.jsonl")

    assert 30 == ours.tables["any"].accounts
    assert shipped().scores == ours.scores
    assert "30 accounts of benign.jsonl" == ours.origin


def test_what_ships_can_be_read_and_resolves_a_throttle() -> None:
    ours = shipped()

    for score in ours.scores:
        assert list(FEATURES) == [weight.name for weight in score.weights]
    assert ours.tables["any"].accounts >= 999
    assert ours.tables["cluster"].accounts >= 99
    assert ours.sources > 0
