"""Evidence: found, not hit, the same to the bit, and silent where it cannot be sure."""

import subprocess
import sys
from random import Random

import msgspec
import pytest
from tests.guard.traffic import benign, calibration, desk, harvest, see

from stillhouse.guard.evidence import judge
from stillhouse.guard.finding import Finding, Report


def of(report: Report, *accounts: str) -> Finding:
    return next(f for f in report.findings if f.accounts == accounts)


def test_a_harvest_is_noticed_and_a_help_desk_is_not() -> None:
    report = judge(
        {"desk": see(desk("desk", seed=900)), "bad": see(harvest("bad", seed=1, calls=500))},
        calibration=calibration(),
    )
    bad, good = of(report, "bad"), of(report, "desk")

    assert ("none", "none") == (good.level, good.reached)
    assert "notice" == bad.level
    assert bad.e_value > 100
    assert bad.crossings[0].level == "note"
    assert 0 < bad.crossings[0].call <= 500
    assert {"consumption"} < set(bad.families)
    assert set(bad.call_ids) <= {f"bad-{n:04}" for n in range(500)}


def test_a_level_without_enough_accounts_to_compare_with_is_not_claimed() -> None:
    few = judge(
        {"bad": see(harvest("bad", seed=1, calls=600))}, calibration=calibration(40)
    ).findings[0]

    assert ("throttle", "note") == (few.reached, few.level)
    assert not few.resolvable
    assert ["note"] == [crossing.level for crossing in few.crossings]
    assert few.false_alarm_bound > 0.05


def test_benign_accounts_that_were_never_seen_are_left_alone() -> None:
    others = {f"n{n}": see(desk(f"n{n}", seed=5000 + n, calls=150)) for n in range(60)}
    report = judge(others, calibration=calibration())
    noted = [f.accounts for f in report.findings if f.level != "none"]

    assert len(noted) <= 5  # 5 % of 60, and a little chance


def test_a_blend_of_a_quarter_is_found() -> None:
    plain, taken = desk("x", seed=7, calls=1200), harvest("x", seed=8, calls=300)
    calls = [taken[n // 4] if n % 4 == 0 else plain[n] for n in range(1200)]
    mixed = [msgspec.structs.replace(c, id=f"x-{n}", at=n) for n, c in enumerate(calls)]

    assert judge({"x": see(mixed)}, calibration=calibration()).findings[0].e_value > 100


def test_many_small_accounts_that_share_a_payment_are_found_together() -> None:
    heads = {f"h{n}": see(harvest(f"h{n}", seed=n, calls=20, payment="p")) for n in range(20)}
    report = judge(heads, calibration=calibration())

    assert all(f.level == "none" for f in report.findings if f.kind == "account")
    assert of(report, *sorted(heads)).e_value > 20
    assert {"payment"} <= {link.kind for link in of(report, *sorted(heads)).links}


def test_the_order_of_accounts_and_calls_changes_nothing() -> None:
    signals = {"bad": see(harvest("bad", seed=1)), **benign(5)}
    rng = Random(3)
    names = list(signals)
    rng.shuffle(names)
    turned = {name: rng.sample(signals[name], len(signals[name])) for name in names}

    assert judge(signals, calibration=calibration()) == judge(turned, calibration=calibration())


def test_a_cluster_judged_alone_has_the_same_numbers() -> None:
    """So an evidence bundle, which holds nobody else's calls, replays."""
    heads = {f"h{n}": see(harvest(f"h{n}", seed=n, calls=20, payment="p")) for n in range(20)}
    whole = of(judge({**heads, **benign(8)}, calibration=calibration()), *sorted(heads))
    alone = of(judge(heads, calibration=calibration()), *sorted(heads))

    assert msgspec.structs.replace(whole, discovery=False) == msgspec.structs.replace(
        alone, discovery=False
    )


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_another_process_finds_the_same_bits(seed: str) -> None:
    """Whatever order its sets have."""
    code = (
        "import msgspec;from tests.guard.traffic import *;"
        "from stillhouse.guard.evidence import judge;"
        "print(msgspec.json.encode(judge({'bad':see(harvest('bad',seed=1,calls=120))},"
        "calibration=calibration(12))).decode())"
    )
    there = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
    ).stdout.strip()
    here = judge({"bad": see(harvest("bad", seed=1, calls=120))}, calibration=calibration(12))

    assert msgspec.json.encode(here).decode() == there


def test_one_account_only_is_said() -> None:
    report = judge({"bad": see(harvest("bad", seed=1))}, calibration=calibration())

    assert any("one account only" in note for note in report.notes)


def test_few_calls_are_no_evidence() -> None:
    report = judge({"new": see(harvest("new", seed=1, calls=49))}, calibration=calibration())

    assert (0.0, "none") == (report.findings[0].log_e, report.findings[0].level)
