"""Every answer keeps a browser from what no page of ours asks for."""

from pathlib import Path

import pytest
from tests.console.real import EMAIL, Real, opened

from stillhouse.console.app import HEADERS


@pytest.mark.parametrize("path", ["/sign-in", "/nothing", "/api/v1/me", "/static/none.css", "/"])
def test_every_answer_carries_the_headers(real: Real, path: str) -> None:
    answer = real.stranger().get(path, follow_redirects=False)

    assert HEADERS.items() <= dict(answer.headers).items()


def test_no_script_or_style_is_allowed_but_our_own_files() -> None:
    policy = HEADERS["content-security-policy"]

    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy


def test_what_is_shown_to_one_person_is_kept_by_no_cache(real: Real) -> None:
    assert "no-store" == real.stranger().get("/sign-in").headers["cache-control"]


def test_behind_https_cookies_are_secure_and_bound_to_the_host(tmp_path: Path) -> None:
    with opened(tmp_path, url="https://admin.example.com") as real:
        stranger = real.stranger()
        answer = stranger.post(
            "/sign-in",
            data={"token": real.link(), "email": EMAIL},
            headers={"origin": "https://admin.example.com"},
            follow_redirects=False,
        )
        cookie = answer.headers["set-cookie"]

        assert 303 == answer.status_code
        assert cookie.startswith("__Host-stillhouse-")
        assert "Secure" in cookie
        assert "strict-transport-security" in answer.headers
        refused = stranger.post(
            "/sign-in",
            data={"token": real.link(), "email": EMAIL},
            headers={"origin": "http://127.0.0.1:8081"},
        )
        assert 403 == refused.status_code


def test_the_interactive_pages_of_the_framework_are_off(real: Real) -> None:
    found = [real.stranger().get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")]

    assert [404, 404, 404] == found
