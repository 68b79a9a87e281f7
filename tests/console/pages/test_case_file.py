"""Pieces of a case: evidence for the eye, and the picture of what links accounts."""

import pytest
from tests.guard.cases import Desk, evidence, opened

from stillhouse.console.guard_views import CaseView, LinkView
from stillhouse.console.i18n import Reader
from stillhouse.console.pages.case_file import e_value, level_cell, link_picture, timeline
from stillhouse.guard.ladder import Level

R = Reader("en")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.25, "0.25"), (20.0, "20"), (1234.5, "1,234"), (2e5, "200,000"), (3.2e12, "3.2e+12")],
)
def test_an_e_value_is_never_wider_than_the_eye_needs(value: float, shown: str) -> None:
    assert shown == e_value(R, value)


def test_only_what_limits_an_account_has_a_colour() -> None:
    assert ["plain", "plain", "plain", "amber", "amber", "red"] == [
        level_cell(R, level).tag for level in Level
    ]


def test_a_single_account_has_no_picture_of_links() -> None:
    assert "" == link_picture(R, CaseView(case=opened().case, names={}))


def test_links_are_drawn_between_those_that_they_name() -> None:
    case = Desk(evidence(), "acct_1", "acct_2", "acct_3").case
    links = (
        LinkView(kind="payment", accounts=("acct_1", "acct_2"), strong=True),
        LinkView(kind="pivot", accounts=("acct_2", "acct_3", "acct_9"), strong=False),
    )
    drawn = link_picture(R, CaseView(case=case, names={"acct_1": "acme"}, links=links))

    assert 2 == drawn.count('class="edge strong"')
    assert 2 == drawn.count('class="edge"')
    assert "acme, acct_2: payment" in drawn


def test_the_timeline_has_the_newest_first() -> None:
    table = timeline(R, CaseView(case=opened().case, names={}))

    assert ["step taken", "step taken", "case opened"] == [row[1].shown for row in table.rows]
    assert "throttle" == table.rows[0][1].note
