"""Budgets through the API: in any currency, with what is spent, and only one's own."""

from tests.console.real import Real

from stillhouse.console.roles import Role


def test_a_budget_in_rupiah_is_kept_in_dollars_rounded_down(real: Real) -> None:
    owner = real.machine(Role.OWNER)
    real.seal(real.receipts(2, account=real.alice, writer=real.writer()))
    body = {"scope": "account", "scope_id": real.alice.id, "span": "month", "amount": "322000"}
    made = owner.put("/api/v1/budgets", json={**body, "currency": "idr", "fx": "16100"}).json()

    assert "20.000000000000" == made["limit"]
    assert ("0.000002000000", "19.999998000000") == (made["posted"], made["free"])
    assert ("322000", "IDR") == (made["written"], made["written_currency"])
    assert [made] == owner.get("/api/v1/budgets").json()
    assert 204 == owner.delete(f"/api/v1/budgets/{made['id']}").status_code
    assert [] == owner.get("/api/v1/budgets").json()


def test_wrong_money_is_refused(real: Real) -> None:
    owner = real.machine(Role.OWNER)
    body = {"scope": "account", "scope_id": real.alice.id, "span": "day", "amount": "1"}
    wrong: list[dict[str, object]] = [
        {"amount": "-1"},
        {"amount": "1e3"},
        {"amount": "0.0000000000001"},
        {"amount": 1.5},
        {"currency": "USD", "fx": "2"},
        {"currency": "IDR", "fx": "0"},
        {"currency": "RUPIAH"},
        {"span": "year"},
        {"scope_id": "acct_none"},
    ]
    codes = {owner.put("/api/v1/budgets", json={**body, **w}).status_code for w in wrong}

    assert codes <= {404, 409, 422}
    assert [] == owner.get("/api/v1/budgets").json()


def test_a_member_sees_only_his_budgets_and_sets_none(real: Real) -> None:
    owner, member = real.machine(Role.OWNER), real.machine(Role.MEMBER, real.alice.id)
    for account in (real.alice, real.bob):
        body = {"scope": "account", "scope_id": account.id, "span": "day", "amount": "1"}
        owner.put("/api/v1/budgets", json=body)

    assert [real.alice.id] == [b["account"] for b in member.get("/api/v1/budgets").json()]
    assert 403 == member.put("/api/v1/budgets", json=body).status_code
