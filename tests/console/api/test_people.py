"""Members, invitations and tokens through the API."""

from tests.console.real import AT, COOKIE, EMAIL, Real

from stillhouse.console.roles import Role
from stillhouse.units.instant import SECOND, Instant


def join(real: Real, url: str, email: str) -> int:
    token = url.partition("token=")[2]
    answer = real.stranger().post(
        "/sign-in", data={"token": token, "email": email}, follow_redirects=False
    )
    if COOKIE in answer.cookies:
        real.browser(answer.cookies[COOKIE])
    return int(answer.status_code)


def test_an_invitation_makes_a_member_once_and_in_time(real: Real) -> None:
    owner = real.machine(Role.OWNER)
    asked = {"role": "member", "accounts": ["alice"], "hours": 1}
    made = owner.post("/api/v1/invitations", json=asked).json()
    late = owner.post("/api/v1/invitations", json=asked).json()
    withdrawn = owner.post("/api/v1/invitations", json=asked).json()
    owner.delete(f"/api/v1/invitations/{withdrawn['id']}")

    assert 303 == join(real, made["url"], "bo@example.com")
    assert 404 == join(real, made["url"], "eve@example.com")
    assert 404 == join(real, withdrawn["url"], "eve@example.com")
    real.now = Instant(AT + 3600 * SECOND)
    assert 404 == join(real, late["url"], "eve@example.com")
    [bo] = owner.get("/api/v1/members").json()
    assert ("member", [real.alice.id]) == (bo["role"], bo["accounts"])
    assert made["url"].partition("token=")[2] not in owner.get("/api/v1/invitations").text


def test_an_invitation_takes_nobodys_place(real: Real) -> None:
    real.sign_in()
    made = real.machine(Role.OWNER).post("/api/v1/invitations", json={"role": "reviewer"}).json()

    assert 409 == join(real, made["url"], EMAIL.upper())
    assert [Role.OWNER] == [m.role for m in real.parts.register.members()]


def test_the_last_owner_stays(real: Real) -> None:
    real.sign_in()
    owner = real.machine(Role.OWNER)
    [ada] = owner.get("/api/v1/members").json()

    assert 409 == owner.post(f"/api/v1/members/{ada['id']}/end").status_code
    assert 409 == owner.put(f"/api/v1/members/{ada['id']}", json={"role": "billing"}).status_code


def test_a_role_names_accounts_exactly_when_it_is_member(real: Real) -> None:
    owner = real.machine(Role.OWNER)
    wrong = [
        {"role": "member"},
        {"role": "billing", "accounts": ["alice"]},
        {"role": "member", "accounts": ["nobody"]},
        {"role": "king"},
    ]
    codes = [owner.post("/api/v1/invitations", json=body).status_code for body in wrong]

    assert [409, 409, 404, 422] == codes


def test_a_token_ends_when_it_was_said(real: Real) -> None:
    owner = real.machine(Role.OWNER)
    made = owner.post(
        "/api/v1/tokens", json={"name": "t", "role": "reviewer", "expires_in_s": 60}
    ).json()
    machine = real.stranger()
    machine.headers["authorization"] = f"Bearer {made['secret']}"
    assert 200 == machine.get("/api/v1/me").status_code
    real.now = Instant(AT + 60 * SECOND)

    assert 401 == machine.get("/api/v1/me").status_code
    assert made["secret"] not in owner.get("/api/v1/tokens").text
