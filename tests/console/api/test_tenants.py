"""Accounts, projects, keys, limits and standing through the API, and who sees what."""

from tests.console.real import AT, Real

from stillhouse.console.roles import Role
from stillhouse.tenants import digest
from stillhouse.units.instant import SECOND


def test_a_key_is_shown_once_and_is_the_one_that_was_made(real: Real) -> None:
    owner = real.machine(Role.OWNER)
    made = owner.post("/api/v1/keys", json={"account": "alice", "name": "new"}).json()
    listed = {k["id"]: k for k in owner.get("/api/v1/keys", params={"account": "alice"}).json()}
    payer = real.parts.directory().find(digest(made["secret"].encode()))

    assert payer is not None
    assert (made["id"], real.alice.id) == (payer.key.id, payer.account.id)
    assert made["secret"] not in owner.get("/api/v1/keys").text
    assert made["secret"].startswith(listed[made["id"]]["hint"])


def test_a_rotation_keeps_limits_and_budgets_and_ends_the_old_key_later(real: Real) -> None:
    owner, old = real.machine(Role.OWNER), real.keys[real.alice.id].id
    scope = {"scope": "key", "scope_id": old}
    limits = {"requests_per_minute": 7, "tokens_per_minute": None, "concurrent": 2}
    owner.put("/api/v1/limits", json={**scope, **limits})
    owner.put("/api/v1/budgets", json={**scope, "span": "day", "amount": "5"})
    new = owner.post(f"/api/v1/keys/{old}/rotate", json={"overlap_s": 60}).json()["id"]
    keys = {k["id"]: k for k in owner.get("/api/v1/keys").json()}

    assert limits == keys[new]["limits"]
    assert {old, new} == {b["scope_id"] for b in owner.get("/api/v1/budgets").json()}
    assert AT + 60 * SECOND == real.parts.directory().keys[old].revoked_at
    assert 422 == owner.post(f"/api/v1/keys/{old}/rotate", json={"overlap_s": -1}).status_code


def test_a_suspension_needs_a_reason_and_shows_what_was_at_stake(real: Real) -> None:
    real.seal(real.receipts(3, account=real.alice, writer=real.writer()))
    real.seal(real.receipts(1, account=real.bob, writer=real.writer()))
    reviewer = real.machine(Role.REVIEWER)
    path = "/api/v1/accounts/alice/standing"
    silent = reviewer.put(path, json={"standing": "suspended", "reason": ""})
    done = reviewer.put(path, json={"standing": "suspended", "reason": "case 7"}).json()
    last = list(real.parts.store.entries())[-1]

    assert 422 == silent.status_code
    assert ("suspended", "case 7") == (done["account"]["standing"], done["account"]["reason"])
    assert 750_000 == done["exposure"]["share_ppm"]
    assert ("standing", True) == (last.kind, last.actor.startswith("token:"))
    restored = reviewer.put(path, json={"standing": "active", "reason": "cleared"}).json()
    assert "active" == restored["account"]["standing"]


def test_a_member_sees_his_accounts_and_cannot_tell_that_others_are(real: Real) -> None:
    member = real.machine(Role.MEMBER, real.alice.id)
    bobs = real.keys[real.bob.id].id

    assert ["alice"] == [a["name"] for a in member.get("/api/v1/accounts").json()]
    assert [real.alice.id] == [k["account"] for k in member.get("/api/v1/keys").json()]
    assert [real.alice.id] == [p["account"] for p in member.get("/api/v1/projects").json()]
    for answer in (
        member.get("/api/v1/accounts/bob"),
        member.get("/api/v1/accounts/nobody"),
        member.get("/api/v1/keys", params={"account": "bob"}),
        member.post("/api/v1/keys", json={"account": "bob"}),
        member.post(f"/api/v1/keys/{bobs}/revoke", json={}),
        member.post(f"/api/v1/keys/{bobs}/rotate", json={}),
        member.get("/api/v1/accounts/bob/exposure"),
    ):
        assert 404 == answer.status_code, answer.text
    assert real.parts.directory().keys[bobs].revoked_at is None


def test_a_key_for_a_deployment_that_is_not_there_is_refused(real: Real) -> None:
    owner = real.machine(Role.OWNER)
    answer = owner.post("/api/v1/keys", json={"account": "alice", "models": ["gtp"]})

    assert 404 == answer.status_code
    assert "gtp" in answer.text
