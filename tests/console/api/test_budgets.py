"""Budgets through the API: in any currency, with what is spent, and only one's own."""

from tests.console.api.test_people import join
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


def test_who_joins_gets_the_default_and_his_keys_are_his(real: Real) -> None:
    owner = real.machine(Role.OWNER)
    default = {"span": "week", "amount": "20", "hard": True}
    made = owner.put("/api/v1/members/defaults", json=default).json()
    assert [made] == owner.get("/api/v1/members/defaults").json()
    asked = {"role": "member", "accounts": [real.alice.id]}
    url = owner.post("/api/v1/invitations", json=asked).json()["url"]
    assert 303 == join(real, url, "bo@example.com")
    [bo] = owner.get("/api/v1/members").json()
    [budget] = owner.get("/api/v1/budgets").json()
    assert ("member", bo["id"], "20.000000000000") == (
        *(budget["scope"], budget["scope_id"]),
        budget["limit"],
    )

    browser = real.browser(real.sign_in("bo@example.com"))
    mine = browser.form(f"/accounts/{real.alice.id}/keys", name="mine")
    given = owner.post("/api/v1/keys", json={"account": real.alice.id, "member": "bo@example.com"})
    rotated = owner.post(f"/api/v1/keys/{given.json()['id']}/rotate", json={"overlap_s": 0})
    assert (200, 201, 201) == (mine.status_code, given.status_code, rotated.status_code)
    his = [k for k in owner.get("/api/v1/keys").json() if k["member"] == bo["id"]]
    assert 3 == len(his)
    nobodys = {"account": real.alice.id, "member": "eve@example.com"}
    assert 404 == owner.post("/api/v1/keys", json=nobodys).status_code
    assert 204 == owner.delete("/api/v1/members/defaults/week").status_code
    assert [] == owner.get("/api/v1/members/defaults").json()


def test_a_member_sees_his_own_budget_and_no_providers(real: Real) -> None:
    owner = real.machine(Role.OWNER)
    provider = {"scope": "provider", "scope_id": "stub", "span": "day", "amount": "3"}
    owner.put("/api/v1/budgets", json=provider)
    owner.put("/api/v1/members/defaults", json={"span": "month", "amount": "20"})
    asked = {"role": "member", "accounts": [real.alice.id]}
    for email in ("bo@example.com", "cy@example.com"):
        join(real, owner.post("/api/v1/invitations", json=asked).json()["url"], email)
    browser = real.browser(real.sign_in("bo@example.com"))

    assert 3 == len(owner.get("/api/v1/budgets").json())
    [own] = browser.get("/api/v1/budgets").json()
    assert "bo@example.com" == own["scope_name"]
