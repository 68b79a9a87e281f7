"""Links to other months: the chosen one marked, the rest of the address kept."""

from stillhouse.console.i18n import Reader
from stillhouse.console.pages.periods import month_of
from stillhouse.console.pages.switch import months_to_choose
from stillhouse.units.instant import instant, moment

NOON = instant(moment(0).replace(year=2026, month=11, day=23, hour=12))


def test_months_lead_to_the_same_page_of_another_month() -> None:
    options = months_to_choose(Reader("en"), month_of("", NOON), NOON, "/for", account="a")

    assert ["November 2026", "Oct", "Sep", "Aug", "…"] == [o.label for o in options]
    assert [True, False, False, False, False] == [o.here for o in options]
    assert "/for?month=2026-10&account=a" == options[1].href
    assert "/for?month=2026-07&account=a" == options[-1].href
