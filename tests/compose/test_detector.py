"""The detector that ships finds nothing in nothing."""

from stillhouse.compose.detector import detector


def test_no_signals_are_no_findings() -> None:
    judge, _ = detector()

    assert () == judge(()).findings
