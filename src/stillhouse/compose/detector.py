"""The detector as it ships: the judge of `guard.evidence` with its calibration."""

from collections.abc import Sequence

from stillhouse.guard.bundle import Judge
from stillhouse.guard.finding import Report
from stillhouse.guard.signals import Signal


def detector() -> tuple[Judge, str]:
    """(judge, digest of its calibration)."""

    def judge(signals: Sequence[Signal]) -> Report:
        return Report(findings=(), calls=len(signals), calibration="")

    return judge, ""
