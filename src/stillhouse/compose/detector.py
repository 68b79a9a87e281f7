"""The detector as it ships: the judge of `guard.evidence` with its calibration."""

from collections.abc import Sequence

from stillhouse.compose.scan import shipped
from stillhouse.guard.bundle import Judge
from stillhouse.guard.evidence import judge
from stillhouse.guard.finding import Report
from stillhouse.guard.signals import Signal


def detector() -> tuple[Judge, str]:
    """(judge, digest of its calibration)."""
    calibration = shipped()

    def judged(signals: Sequence[Signal]) -> Report:
        by: dict[str, list[Signal]] = {}
        for signal in signals:
            by.setdefault(signal.account, []).append(signal)
        return judge(by, calibration=calibration)

    return judged, calibration.digest
