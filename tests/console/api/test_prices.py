"""Prices through the API: what is in force, what is proposed, what a call would cost."""

from tests.console.real import Real

from stillhouse.console.roles import Role

PROPOSAL = {
    "model": "gpt-4o",
    "unit_prices": {"input": "0.06", "output": "0.10"},
    "valid_from": "2026-11-01T00:00:00Z",
}


def test_a_proposal_shows_its_difference_and_is_decided_once(real: Real) -> None:
    billing = real.machine(Role.BILLING)
    made = billing.post("/api/v1/prices/versions", json=PROPOSAL).json()
    again = billing.get(f"/api/v1/prices/versions/{made['id']}").json()
    [change] = [c for c in again["changes"] if c["meter"] == "input"]

    assert ("proposed", "0.05", "0.06", 200_000) == (
        made["state"],
        change["before"],
        change["after"],
        change["ppm"],
    )
    path = f"/api/v1/prices/versions/{made['id']}"
    assert 403 == real.machine(Role.REVIEWER).post(f"{path}/approve").status_code
    assert "approved" == billing.post(f"{path}/approve").json()["state"]
    assert 409 == billing.post(f"{path}/reject", json={"reason": "late"}).status_code


def test_a_quote_is_what_the_call_would_be_charged(real: Real) -> None:
    usage = {"input": 10, "output": 5, "requests": 1}
    quote = real.machine(Role.REVIEWER).post(
        "/api/v1/prices/quote", json={"model": "gpt-4o", "usage": usage}
    )
    [receipt] = real.receipts(1, account=real.alice, writer=real.writer())

    assert "0.000001000000" == quote.json()["charge"]
    assert 1_000_000 == receipt.close.charge


def test_what_is_in_force_is_listed_by_meter(real: Real) -> None:
    rows = real.machine(Role.REVIEWER).get("/api/v1/prices", params={"book": "sale"}).json()
    prices = {r["meter"]: r["unit_price"] for r in rows}

    assert ("0.05", "0.10") == (prices["input"], prices["output"])
    assert {"sale"} == {r["book"] for r in rows}


def test_a_model_without_a_price_is_said(real: Real) -> None:
    answer = real.machine(Role.REVIEWER).post(
        "/api/v1/prices/quote", json={"model": "o9", "usage": {"input": 1}}
    )

    assert 404 == answer.status_code
    assert "o9" in answer.text
