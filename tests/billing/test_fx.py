"""The rate of a month: of its own days, by its policy, as stored last."""

import pytest
from tests.billing.sold import rate

from stillhouse.billing.fx import FxError, MissingRateError, StoredRate, check, choose
from stillhouse.billing.settings import Policy, SettingError


def chosen(
    *rates: StoredRate,
    policy: Policy = "month_end",
    period: str = "2026-11",
    provisional: bool = False,
) -> str:
    found = choose(
        rates, base="USD", quote="IDR", policy=policy, period=period, provisional=provisional
    )
    return found.rate


def test_the_newest_day_of_the_month_is_taken_and_of_one_day_what_was_stored_last() -> None:
    early, late, again = rate("1", date="2026-11-02"), rate("2"), rate("3")

    assert "2" == chosen(late, early)
    assert "3" == chosen(late, again, early)


def test_another_months_rate_is_not_taken_but_by_contract_or_for_a_month_that_runs() -> None:
    october = rate("1", date="2026-10-31")
    with pytest.raises(MissingRateError, match=r"stillhouse fx set USD IDR RATE --date 2026-11"):
        chosen(october, rate("9", date="2026-12-01"))

    assert "1" == chosen(october, provisional=True)
    assert "1" == chosen(rate("1", date="2026-01-01", policy="fixed"), policy="fixed")
    with pytest.raises(MissingRateError):
        chosen(rate("1", date="2026-12-01", policy="fixed"), policy="fixed")


def test_policies_and_pairs_do_not_mix() -> None:
    with pytest.raises(MissingRateError):
        chosen(rate(policy="month_average"), rate(quote="EUR"), rate(base="EUR", quote="USD"))
    assert "7" == chosen(rate("7", policy="month_average"), policy="month_average")


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (rate("0"), FxError, "above zero"),
        (rate("-1"), FxError, "above zero"),
        (rate("NaN"), FxError, "above zero"),
        (rate("much"), FxError, "above zero"),
        (rate("1" * 29), FxError, "28 digits"),
        (rate("1e40"), FxError, "28 digits"),
        (rate(date="2026-11"), FxError, "no day"),
        (rate(date="2026-11-31"), FxError, "no day"),
        (rate(source=" "), FxError, "source"),
        (rate(quote="USD"), FxError, "itself"),
        (rate(quote="idr"), SettingError, "ISO 4217"),
        (rate(policy="spot"), FxError, "no policy"),
    ],
)
def test_what_is_no_rate_is_refused(wrong: StoredRate, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        check(wrong)


def test_a_usual_rate_passes() -> None:
    check(rate("16100.25"))
