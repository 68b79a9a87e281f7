"""What is known before training: may it, what it needs, whether it pays, and in which order."""

from fractions import Fraction
from typing import Any

import pytest

from stillhouse.distill.economics import Costs
from stillhouse.distill.opportunity import JUDGING, Known, opportunity, ranked
from stillhouse.units.money import PICO_PER_UNIT

ALLOWED = {"classifier": Fraction(1), "extraction": Fraction(0), "generative": Fraction(0)}
CLAUSES = {"generative": "openai-services-agreement 3.3(e): competing_forbidden"}


def known(**changes: Any) -> Known:
    said: dict[str, Any] = {
        "workload": "comments",
        "account": "clips",
        "calls": 100_000,
        "months": Fraction(1),
        "cost": 1_000 * PICO_PER_UNIT,
        "currency": "USD",
        "kind": "classifier",
        "size": 10,
        "rows": 20_000,
        "allowed": ALLOWED,
        "clauses": CLAUSES,
    }
    return Known(**(said | changes))


def test_a_workload_that_may_be_owned_says_what_it_needs_and_saves() -> None:
    found = opportunity(known(), Costs())

    assert found.allowed
    assert 500 + JUDGING == found.needed
    assert found.expected is not None
    assert 0.95 < found.expected[0] <= found.expected[1] <= 0.97
    assert found.month > 800 * PICO_PER_UNIT


def test_terms_deny_by_the_kind_of_student_and_name_the_clause() -> None:
    found = opportunity(known(kind="generative"), Costs())

    assert not found.allowed
    assert 0 == found.month
    assert "3.3(e)" in found.why


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kind": None}, "too few answers"),
        ({"cost": None}, "no price"),
        ({"cost": 1}, "node"),
    ],
)
def test_why_it_is_none(changes: dict[str, Any], why: str) -> None:
    found = opportunity(known(**changes), Costs())

    assert why in found.why
    assert 0 == found.month


def test_fewer_rows_are_expected_to_be_worse() -> None:
    many = opportunity(known(size=100), Costs()).expected
    few = opportunity(known(size=100, rows=3_000), Costs()).expected

    assert many is not None
    assert few is not None
    assert few[0] < many[0]


def test_what_saves_most_comes_first_and_then_what_costs_most() -> None:
    saves = opportunity(known(workload="b"), Costs())
    denied = opportunity(known(workload="a", kind="generative", cost=9**30), Costs())
    small = opportunity(known(workload="c", kind=None), Costs())

    assert [saves, denied, small] == ranked([small, denied, saves])
