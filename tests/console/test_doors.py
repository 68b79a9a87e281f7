"""Signing in by a link: once, in time, by us; and out again, here or everywhere."""

import pytest
from tests.console.real import AT, COOKIE, EMAIL, URL, Real

from stillhouse.console.doors import own_path
from stillhouse.tenants.people import Role
from stillhouse.units.instant import SECOND, Instant


def test_the_first_link_makes_the_owner_and_works_once(real: Real) -> None:
    token = real.link()
    stranger = real.stranger()
    fields = {"token": token, "email": EMAIL, "name": "Ada"}
    seen = stranger.get("/sign-in", params={"token": token})
    first = stranger.post("/sign-in", data=fields, headers={"origin": URL}, follow_redirects=False)
    second = real.stranger().post("/sign-in", data=fields, follow_redirects=False)
    [member] = real.parts.register.members()

    assert 200 == seen.status_code
    assert (303, "/") == (first.status_code, first.headers["location"])
    assert 404 == second.status_code
    assert (Role.OWNER, EMAIL) == (member.role, member.email)
    assert COOKIE not in second.cookies


def test_looking_at_a_link_does_not_use_it(real: Real) -> None:
    token = real.link()
    for _ in range(3):
        assert 200 == real.stranger().get("/sign-in", params={"token": token}).status_code

    assert real.sign_in()


def test_a_link_ends(real: Real) -> None:
    token = real.link(minutes=15)
    real.now = Instant(AT + 15 * 60 * SECOND)
    answer = real.stranger().post("/sign-in", data={"token": token, "email": EMAIL})

    assert 404 == answer.status_code
    assert "stillhouse console link" in answer.text
    assert [] == real.parts.register.members()


def test_a_link_of_a_member_asks_nobody_who_he_is(real: Real) -> None:
    real.sign_in()
    token = real.link()
    answer = real.stranger().post(
        "/sign-in", data={"token": token, "email": "eve@example.com"}, follow_redirects=False
    )

    assert 303 == answer.status_code
    assert [EMAIL] == [m.email for m in real.parts.register.members()]


def test_a_session_cookie_is_for_our_server_alone(real: Real) -> None:
    token = real.link()
    answer = real.stranger().post(
        "/sign-in", data={"token": token, "email": EMAIL}, follow_redirects=False
    )
    cookie = answer.headers["set-cookie"].lower()

    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "domain" not in cookie
    assert "secure" not in cookie  # this one is http on this machine; test_app has https


def test_another_site_cannot_sign_a_browser_in(real: Real) -> None:
    answer = real.stranger().post(
        "/sign-in",
        data={"token": real.link(), "email": EMAIL},
        headers={"origin": "http://evil.example"},
    )

    assert 403 == answer.status_code
    assert [] == real.parts.register.members()


def test_signing_out_ends_this_session_or_all(real: Real) -> None:
    one, two, three = (real.browser(real.sign_in()) for _ in range(3))
    left = one.form("/sign-out")

    assert (303, "/sign-in") == (left.status_code, left.headers["location"])
    assert 401 == one.get("/api/v1/me").status_code
    assert 200 == two.get("/api/v1/me").status_code
    two.form("/sign-out", everywhere="yes")
    assert [401, 401] == [c.get("/api/v1/me").status_code for c in (two, three)]


def test_an_email_that_is_none_leaves_the_link_unused(real: Real) -> None:
    token = real.link()
    answer = real.stranger().post("/sign-in", data={"token": token, "email": "ada"})

    assert 409 == answer.status_code
    assert "ada@example.com" in answer.text
    assert real.parts.register.links("sign_in")[0].used_at is None


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil", "\\\\evil", "/a\nb", "", "a"]
)
def test_after_signing_in_one_stays_here(wanted: str) -> None:
    assert "/" == own_path(wanted)


def test_after_signing_in_one_goes_on_where_one_was() -> None:
    assert "/calls?account=a" == own_path("/calls?account=a")
