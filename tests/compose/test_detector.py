"""The detector as it ships: signals of many accounts, in one sequence, with one digest."""

from tests.guard.traffic import desk, harvest, see

from stillhouse.compose.detector import detector


def test_it_judges_by_account_and_names_its_calibration() -> None:
    judge, calibration = detector()
    report = judge(see([*desk("a", seed=1), *harvest("b", seed=2)]))

    assert [("a",), ("b",)] == [f.accounts for f in report.findings if f.kind == "account"]
    assert calibration == report.calibration
    assert 500 == report.calls
