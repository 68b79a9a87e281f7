"""What the bill is for, why it changed and who it hangs on, through the API."""

import pytest
from tests.console.real import AT, Real

from stillhouse.console.roles import Role
from stillhouse.units.instant import DAY, SECOND, Instant

MONTH_US = 31 * DAY


@pytest.fixture
def two_months(real: Real) -> Real:
    """October: 2 calls of triage. November: 3 of triage, 1 of drafts."""
    writer = real.writer()
    for count, at, workload in ((2, AT - MONTH_US, "triage"), (3, AT, "triage"), (1, AT, "drafts")):
        real.seal(real.receipts(count, account=real.alice, writer=writer, at=at, workload=workload))
    real.now = Instant(AT + 100 * SECOND)
    return real


def pico(text: str) -> int:
    return int(text.replace(".", ""))


def test_workloads_share_the_bill_and_grow(two_months: Real) -> None:
    rows = two_months.machine(Role.REVIEWER).get("/api/v1/workloads").json()

    assert ["triage", "drafts"] == [r["name"] for r in rows]
    assert [750_000, 250_000] == [r["share_ppm"] for r in rows]
    assert [500_000, None] == [r["growth_ppm"] for r in rows]
    assert 3_000_000 == sum(pico(each) for each in rows[0]["trend"])


def test_a_workload_gets_a_name_from_who_may_give_one(two_months: Real) -> None:
    body = {"workload": "triage", "name": "comments"}
    refused = two_months.machine(Role.REVIEWER).post("/api/v1/workloads/rename", json=body)
    done = two_months.machine(Role.BILLING).post("/api/v1/workloads/rename", json=body)
    [first, _] = two_months.machine(Role.REVIEWER).get("/api/v1/workloads").json()

    assert (403, 204) == (refused.status_code, done.status_code)
    assert ("comments", "person") == (first["name"], first["named_by"])


@pytest.mark.parametrize("asked", [{}, {"account": "alice"}])
def test_the_steps_of_a_bridge_sum_to_the_difference(
    two_months: Real, asked: dict[str, str]
) -> None:
    """Of one account by its workloads, and of all by the dearest."""
    found = two_months.machine(Role.REVIEWER).get("/api/v1/explain", params=asked).json()
    steps = sum(int(s["amount"].replace(".", "")) for s in found["steps"])

    assert 2_000_000 == pico(found["after"]) - pico(found["before"]) == steps
    assert {"drafts"} == {
        s["what"].partition(" (")[0] for s in found["steps"] if s["kind"] == "new"
    }


def test_revenue_is_by_account_with_its_concentration(two_months: Real) -> None:
    two_months.seal(two_months.receipts(4, account=two_months.bob, writer=two_months.writer()))
    found = two_months.machine(Role.REVIEWER).get("/api/v1/revenue").json()

    assert [500_000, 500_000] == [s["share_ppm"] for s in found["shares"]]
    assert (5_000, 10_000) == (found["hhi"], found["hhi_without_largest"])
    assert "0.000008000000" == found["whole"]
    assert 403 == two_months.machine(Role.MEMBER).get("/api/v1/revenue").status_code


def test_a_forecast_needs_days_to_go_by(two_months: Real) -> None:
    reviewer = two_months.machine(Role.REVIEWER)

    assert 404 == reviewer.get("/api/v1/forecast", params={"month": "2026-10"}).status_code
    found = reviewer.get("/api/v1/forecast").json()
    assert pico(found["low"]) <= pico(found["expected"]) <= pico(found["high"])
    assert 4_000_000 == pico(found["so_far"])
