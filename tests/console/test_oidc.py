"""Signing in by a real OpenID provider; and by one that forges, which lets nobody in."""

import hmac
import json
import socket
import subprocess
import sys
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.console.real import COOKIE, Client, Real, opened

from stillhouse.config.settings import Oidc as Configured
from stillhouse.console import oidc
from stillhouse.console.oidc import Provider, role_of
from stillhouse.tenants.people import Role

ROLES = {"finance": "billing", "platform": "owner", "eve@example.com": "reviewer"}
WITHIN_S = 30.0


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """`oidc-provider-mock`, as it is, in a process of its own."""
    port = free_port()
    people = [
        {"sub": "u1", "email": "fin@example.com", "email_verified": True, "groups": ["finance"]},
        {"sub": "u2", "email": "eve@example.com", "email_verified": False, "groups": []},
        {"sub": "u3", "email": "eve@example.com", "email_verified": True, "groups": []},
        {"sub": "u4", "email": "no@example.com", "email_verified": True, "groups": ["other"]},
        {"sub": "u5", "email": "own@example.com", "email_verified": True, "groups": "platform"},
        {"sub": "u6", "email": "ada@example.com", "email_verified": False, "groups": ["finance"]},
    ]
    given = [word for p in people for word in ("--user-claims", json.dumps(p))]
    with subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *given],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + WITHIN_S
        while time.monotonic() < until:
            try:
                httpx.get(f"{url}/.well-known/openid-configuration")
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield url
        process.terminate()
        process.wait(WITHIN_S)


@contextmanager
def console(folder: Path, issuer: str, **more: Any) -> Iterator[Real]:
    given = {"client_secret": "a-secret", "roles": ROLES, **more}
    with opened(folder, oidc=Configured(issuer=issuer, client_id="console", **given)) as real:
        yield real


@pytest.fixture
def here(tmp_path: Path, issuer: str) -> Iterator[Real]:
    with console(tmp_path, issuer) as real:
        yield real


def begin(browser: Client, path: str = "/") -> httpx.URL:
    answer = browser.get("/sign-in/oidc", params={"next": path}, follow_redirects=False)
    assert 303 == answer.status_code, answer.text
    browser.headers["cookie"] = answer.headers["set-cookie"].partition(";")[0]
    return httpx.URL(answer.headers["location"])


def consent(there: httpx.URL, sub: str) -> str:
    """What the provider's own form does: the path and query that it sends the browser back to."""
    answer = httpx.post(there, data={"sub": sub}, follow_redirects=False)
    assert 302 == answer.status_code, answer.text
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


def sign_in(real: Real, sub: str, path: str = "/") -> Any:
    browser = real.stranger()
    return browser.get(consent(begin(browser, path), sub), follow_redirects=False)


def test_a_person_of_the_provider_comes_in_with_the_role_of_his_group(here: Real) -> None:
    answer = sign_in(here, "u1", "/calls")
    me = here.browser(answer.cookies[COOKIE]).get("/api/v1/me").json()

    assert (303, "/calls") == (answer.status_code, answer.headers["location"])
    assert ("fin@example.com", "billing") == (me["email"], me["role"])


def test_he_is_the_same_member_the_next_time(here: Real) -> None:
    for _ in range(2):
        sign_in(here, "u1")

    assert 1 == len(here.parts.register.members())


@pytest.mark.parametrize(
    ("sub", "status"), [("u4", 403), ("u2", 403), ("u3", 303), ("u5", 303)], ids=str
)
def test_only_a_mapped_group_or_a_proved_address_lets_in(here: Real, sub: str, status: int) -> None:
    assert status == sign_in(here, sub).status_code


def test_an_address_that_is_not_proved_takes_no_ones_place(here: Real) -> None:
    owner = here.browser(here.sign_in("ada@example.com"))
    answer = sign_in(here, "u6")
    [ada] = here.parts.register.members()

    assert 409 == answer.status_code
    assert Role.OWNER == ada.role
    assert 200 == owner.get("/api/v1/me").status_code


def test_a_proved_address_is_the_member_who_has_it(here: Real) -> None:
    here.sign_in("own@example.com")
    sign_in(here, "u5")
    [member] = here.parts.register.members()

    assert member.subject.endswith(" u5")


def test_who_was_ended_here_stays_out(here: Real) -> None:
    sign_in(here, "u1")
    [member] = here.parts.register.members()
    here.parts.register.end_member(member.id, at=here.now, actor="test")

    assert 409 == sign_in(here, "u1").status_code


def test_the_request_carries_what_keeps_it_ours(here: Real) -> None:
    asked = parse_qs(begin(here.stranger()).query.decode())

    assert {"S256"} == set(asked["code_challenge_method"])
    assert {"state", "nonce", "code_challenge", "redirect_uri"} <= asked.keys()
    assert ["http://127.0.0.1:8081/sign-in/oidc/callback"] == asked["redirect_uri"]


def test_an_answer_is_taken_once_and_from_the_browser_that_asked(here: Real) -> None:
    browser = here.stranger()
    back = consent(begin(browser), "u1")
    stolen = here.stranger().get(back, follow_redirects=False)
    after = browser.get(back, follow_redirects=False)

    assert 403 == stolen.status_code
    assert 403 == after.status_code  # the state was shown to somebody else: begin again
    again = consent(begin(browser), "u1")
    assert 303 == browser.get(again, follow_redirects=False).status_code
    assert 403 == browser.get(again, follow_redirects=False).status_code


def test_an_answer_that_took_too_long_is_not_taken(
    here: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "PENDING_S", -1)

    assert 403 == sign_in(here, "u1").status_code


def test_what_the_provider_refuses_is_said(here: Real) -> None:
    browser = here.stranger()
    state = parse_qs(begin(browser).query.decode())["state"][0]
    answer = browser.get(f"/sign-in/oidc/callback?state={state}&error=access_denied")

    assert 403 == answer.status_code
    assert "access_denied" in answer.text


# -- a provider that forges

KEY, OTHER = RSAKey.generate_key(2048, auto_kid=True), RSAKey.generate_key(2048, auto_kid=True)
Forgery = Callable[[dict[str, Any], dict[str, Any]], str]
"""(the right claims, the right header) -> an ID token"""


class Forger:
    """An OpenID provider whose tokens are whatever `forge` makes of the right ones."""

    def __init__(self, forge: Forgery) -> None:
        self.forge, self.nonce, self.seen = forge, "", {}  # type: ignore[var-annotated]
        forger = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(
                    {"keys": [KEY.as_dict(private=False)]}
                    if self.path == "/keys"
                    else {
                        "issuer": forger.url,
                        "authorization_endpoint": f"{forger.url}/authorize",
                        "token_endpoint": f"{forger.url}/token",
                        "jwks_uri": f"{forger.url}/keys",
                    }
                )

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                forger.seen = parse_qs(body)
                now = time.time_ns() // 10**9
                claims = {
                    "iss": forger.url,
                    "aud": "console",
                    "sub": "u1",
                    "exp": now + 300,
                    "iat": now,
                    "nonce": forger.nonce,
                    "email": "fin@example.com",
                    "email_verified": True,
                    "groups": ["finance"],
                }
                header = {"alg": "RS256", "kid": KEY.kid}
                try:
                    token = forger.forge(claims, header)
                except ConnectionAbortedError:
                    return
                self._answer({"access_token": "a", "token_type": "Bearer", "id_token": token})

            def _answer(self, value: Any) -> None:
                data = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def sign_in(self, real: Real) -> Any:
        browser = real.stranger()
        asked = parse_qs(begin(browser).query.decode())
        self.nonce = asked["nonce"][0]
        return browser.get(
            f"/sign-in/oidc/callback?code=c&state={asked['state'][0]}", follow_redirects=False
        )


def signed(claims: dict[str, Any], header: dict[str, Any], key: Any = KEY) -> str:
    return jwt.encode(header, claims, key, algorithms=["RS256", "HS256"])


def unsigned(claims: dict[str, Any], _: dict[str, Any]) -> str:
    return f"{written({'alg': 'none'})}.{written(claims)}."


def by_the_public_key(claims: dict[str, Any], _: dict[str, Any]) -> str:
    """The old trick: HMAC with the published key's text."""
    said = f"{written({'alg': 'HS256', 'kid': KEY.kid})}.{written(claims)}"
    seal = hmac.digest(KEY.as_pem(private=False), said.encode(), "sha256")
    return f"{said}.{urlsafe_b64encode(seal).decode().rstrip('=')}"


def written(part: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def cut_off(_claims: dict[str, Any], _: dict[str, Any]) -> str:
    raise ConnectionAbortedError


FORGERIES: dict[str, Forgery] = {
    "no signature": unsigned,
    "another's key": lambda c, h: signed(c, h, OTHER),
    "a secret for a signature": by_the_public_key,
    "another issuer": lambda c, h: signed({**c, "iss": "https://other"}, h),
    "another audience": lambda c, h: signed({**c, "aud": "other"}, h),
    "two audiences and no party": lambda c, h: signed({**c, "aud": ["console", "other"]}, h),
    "another party": lambda c, h: signed({**c, "azp": "other"}, h),
    "expired": lambda c, h: signed({**c, "exp": time.time_ns() // 10**9 - 120}, h),
    "no expiry": lambda c, h: signed({k: v for k, v in c.items() if k != "exp"}, h),
    "another nonce": lambda c, h: signed({**c, "nonce": "other"}, h),
    "no nonce": lambda c, h: signed({k: v for k, v in c.items() if k != "nonce"}, h),
    "no subject": lambda c, h: signed({k: v for k, v in c.items() if k != "sub"}, h),
    "no answer": cut_off,
    "no token": lambda _c, _h: "",
    "nonsense": lambda _c, _h: "a.b.c",
}


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_token_lets_nobody_in(tmp_path: Path, how: str) -> None:
    forger = Forger(FORGERIES[how])
    try:
        with console(tmp_path, forger.url) as real:
            answer = forger.sign_in(real)

            assert 403 == answer.status_code
            assert COOKIE not in answer.cookies
            assert [] == real.parts.register.members()
    finally:
        forger.close()


def test_the_same_provider_with_a_right_token_lets_in(tmp_path: Path) -> None:
    forger = Forger(signed)
    try:
        with console(tmp_path, forger.url) as real:
            assert 303 == forger.sign_in(real).status_code
            assert 43 <= len(forger.seen["code_verifier"][0]) <= 128
    finally:
        forger.close()


def test_a_provider_that_calls_itself_otherwise_is_not_ours(tmp_path: Path) -> None:
    forger = Forger(signed)
    try:
        with console(tmp_path, forger.url.replace("127.0.0.1", "localhost")) as real:
            answer = real.stranger().get("/sign-in/oidc", follow_redirects=False)

            assert 403 == answer.status_code
    finally:
        forger.close()


@pytest.mark.parametrize(
    ("claims", "email", "role"),
    [
        ({"groups": ["finance", "platform"]}, "", Role.OWNER),
        ({"groups": "Finance"}, "", Role.BILLING),
        ({}, "EVE@example.com", Role.REVIEWER),
        ({"groups": ["x"]}, "", None),
        ({}, "", None),
    ],
)
def test_the_best_mapped_role_counts(claims: dict[str, Any], email: str, role: Role | None) -> None:
    provider = Provider(issuer="i", client_id="c", roles=ROLES)

    assert role == role_of(provider, claims, email)


def test_everybody_else_gets_the_default_where_there_is_one() -> None:
    provider = Provider(issuer="i", client_id="c", roles=ROLES, default_role="reviewer")

    assert Role.REVIEWER == role_of(provider, {}, "")
    assert Role.OWNER == role_of(provider, {"groups": ["platform"]}, "")
