"""Sessions end by idleness and by age; wrong secrets are counted."""

import pytest
from tests.console.real import AT, EMAIL, Real

from stillhouse.console.session import WRONG_MAX, TooManyError, csrf, same
from stillhouse.tenants.people import Role
from stillhouse.units.instant import SECOND, Instant

HOUR = 3600 * SECOND
IDLE, MOST = 8 * HOUR, 24 * HOUR
"""as the configuration has them unless written"""


def test_a_session_that_is_not_used_ends(real: Real) -> None:
    browser = real.browser(real.sign_in())
    real.now = Instant(AT + IDLE - 1)
    assert 200 == browser.get("/api/v1/me").status_code
    real.now = Instant(AT + 2 * IDLE - 2)
    assert 200 == browser.get("/api/v1/me").status_code
    real.now = Instant(AT + 3 * IDLE - 2)

    assert 401 == browser.get("/api/v1/me").status_code


def test_a_session_that_is_used_ends_all_the_same(real: Real) -> None:
    browser = real.browser(real.sign_in())
    for passed in range(0, MOST, HOUR):
        real.now = Instant(AT + passed)
        assert 200 == browser.get("/api/v1/me").status_code
    real.now = Instant(AT + MOST)

    assert 401 == browser.get("/api/v1/me").status_code


def test_only_digests_are_kept(real: Real) -> None:
    secret, token = real.sign_in(), real.link()
    machine = real.machine(Role.OWNER).headers["authorization"].partition(" ")[2]
    kept = b"".join(p.read_bytes() for p in real.parts.data.glob("stillhouse.sqlite*"))

    for word in (secret, token, machine):
        assert word.encode() not in kept
        assert bytes.fromhex(word) not in kept if word == secret else True


def test_a_member_who_was_ended_is_out_at_once(real: Real) -> None:
    ada = real.browser(real.sign_in())
    desk = ada.get("/api/v1/me").json()
    invited = real.machine(Role.OWNER).post("/api/v1/invitations", json={"role": "owner"}).json()
    token = invited["url"].partition("token=")[2]
    joined = real.stranger().post(
        "/sign-in", data={"token": token, "email": "bo@example.com"}, follow_redirects=False
    )
    bo = real.browser(next(iter(joined.cookies.values())))
    assert (
        200
        == bo.post(
            f"/api/v1/members/{desk['id']}/end",
            headers={"x-csrf-token": bo.csrf, "origin": "http://127.0.0.1:8081"},
        ).status_code
    )

    assert 401 == ada.get("/api/v1/me").status_code
    assert 200 == bo.get("/api/v1/me").status_code


def test_an_address_that_guesses_is_told_to_wait_and_others_are_not(real: Real) -> None:
    door = real.app.state.door
    for _ in range(WRONG_MAX):
        assert door.by_token("sh-admin-" + "0" * 64, "192.0.2.1") is None

    with pytest.raises(TooManyError):
        door.by_token("sh-admin-" + "0" * 64, "192.0.2.1")
    assert door.by_token("sh-admin-" + "0" * 64, "192.0.2.2") is None
    real.now = Instant(real.now + 61 * SECOND)
    assert door.by_token("sh-admin-" + "0" * 64, "192.0.2.1") is None


def test_the_api_answers_429_to_whoever_guesses(real: Real) -> None:
    guesser = real.stranger()
    guesser.headers["authorization"] = "Bearer sh-admin-nonsense"
    codes = [guesser.get("/api/v1/me").status_code for _ in range(WRONG_MAX + 1)]

    assert [*[401] * WRONG_MAX, 429] == codes


def test_a_form_token_is_of_its_session_alone() -> None:
    assert csrf("a") != csrf("b")
    assert same("a", "a")
    assert not same("a", "\ud800")


def test_a_sign_in_is_an_entry_with_a_name(real: Real) -> None:
    real.sign_in()
    kinds = [(e.kind, e.actor) for e in real.parts.store.entries()][-4:]

    assert [
        ("link", "test"),
        ("member", f"user:{EMAIL}"),
        ("link_used", f"user:{EMAIL}"),
        ("signed_in", f"user:{EMAIL}"),
    ] == kinds
