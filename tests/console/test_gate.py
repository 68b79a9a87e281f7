"""One gate: every route names a permission, roles hold, changes are meant."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount
from tests.console.real import COOKIE, URL, Real

from stillhouse.console.gate import SAFE_METHODS, permission_of
from stillhouse.console.roles import TABLE, Permission, Role

OPEN = {"/sign-in", "/sign-in/oidc", "/sign-in/oidc/callback", "/looks"}
"""what a stranger may reach: the way in, and the language that he reads it in"""


def routes(app: Any) -> Iterator[Any]:
    """Every route as it is reached, those of included routers too; files are open to all."""
    for route in iter_route_contexts(app.routes):
        static = isinstance(route.original_route, Mount) and "/static" == route.path
        assert isinstance(route.original_route, APIRoute) or static, route
        if not static:
            yield route


def permissions(route: Any) -> set[Permission]:
    """What the gates among a route's dependencies ask for."""
    found: set[Permission] = set()
    todo = [route.dependant]
    while todo:
        dependant = todo.pop()
        todo += dependant.dependencies
        permission = permission_of(dependant.call)
        if permission is not None:
            found.add(permission)
    return found


def test_every_route_names_one_permission(real: Real) -> None:
    wrong = [
        (sorted(route.methods), route.path, permissions(route))
        for route in routes(real.app)
        if len(permissions(route)) != 1
    ]

    assert [] == wrong


def test_only_the_way_in_is_open(real: Real) -> None:
    found = {r.path for r in routes(real.app) if Permission.EVERYONE in permissions(r)}

    assert found <= OPEN


def test_reading_is_get_and_changing_is_not(real: Real) -> None:
    """But for questions that need a body: they change nothing and are asked by POST."""
    asked = {"/api/v1/prices/quote"}
    changing = [
        (r.path, permissions(r))
        for r in routes(real.app)
        if r.path.startswith("/api/")
        and r.path not in asked
        and bool(r.methods - SAFE_METHODS)
        != any(p.value.endswith(":write") for p in permissions(r))
    ]

    assert [] == changing


def test_a_stranger_is_refused_everywhere(real: Real) -> None:
    stranger = real.stranger()
    let_in = []
    for route in routes(real.app):
        if Permission.EVERYONE in permissions(route):
            continue
        for method in route.methods:
            path = route.path.format(**dict.fromkeys(route.param_convertors, "x"))
            answer = stranger.request(method, path, follow_redirects=False)
            to_the_door = answer.status_code == 303 and "/sign-in" in answer.headers["location"]
            if not (answer.status_code == 401 or to_the_door):
                let_in.append((method, path, answer.status_code))

    assert [] == let_in


@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_what_its_row_names_and_nothing_else(real: Real, role: Role) -> None:
    client = real.machine(role)
    wrong = []
    for route in routes(real.app):
        [permission] = permissions(route)
        if permission is Permission.EVERYONE or route.path == "/api/v1/live":
            continue
        if not route.path.startswith("/api/"):
            continue
        for method in route.methods:
            path = route.path.format(**dict.fromkeys(route.param_convertors, "x"))
            refused = client.request(method, path).status_code == 403
            if refused == (permission in TABLE[role]):
                wrong.append((method, path))

    assert [] == wrong


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-csrf-token": "0" * 64},
        {"origin": "http://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "null"},
    ],
)
def test_a_change_that_is_not_from_our_page_is_refused(real: Real, headers: dict[str, str]) -> None:
    browser = real.browser(real.sign_in())
    right = {"x-csrf-token": browser.csrf, "origin": URL}
    wrong = headers if "x-csrf-token" in headers or not headers else {**right, **headers}
    refused = browser.post("/api/v1/accounts", json={"name": "new"}, headers=wrong)

    assert 403 == refused.status_code
    assert refused.json()["error"]["code"] in {"csrf", "origin"}
    made = browser.post("/api/v1/accounts", json={"name": "new"}, headers=right)
    assert 201 == made.status_code


def test_the_token_of_another_session_does_not_do(real: Real) -> None:
    one, two = real.browser(real.sign_in()), real.browser(real.sign_in())
    answer = one.post("/api/v1/accounts", json={"name": "new"}, headers={"x-csrf-token": two.csrf})

    assert 403 == answer.status_code


def test_a_machine_needs_no_form_token(real: Real) -> None:
    made = real.machine(Role.OWNER).post("/api/v1/accounts", json={"name": "new"})

    assert 201 == made.status_code


def test_a_wrong_token_is_not_saved_by_a_right_cookie(real: Real) -> None:
    browser = real.browser(real.sign_in())
    browser.headers["authorization"] = "Bearer sh-admin-wrong"

    assert 401 == browser.get("/api/v1/me").status_code


def test_a_revoked_token_ends_at_once(real: Real) -> None:
    machine = real.machine(Role.OWNER)
    [token] = machine.get("/api/v1/tokens").json()
    machine.delete(f"/api/v1/tokens/{token['id']}")

    assert 401 == machine.get("/api/v1/me").status_code


def test_a_page_sends_a_stranger_to_the_door_and_back(real: Real) -> None:
    answer = real.stranger().get("/?a=b", follow_redirects=False)
    if answer.status_code == 404:
        pytest.skip("there are no pages yet")

    assert "/sign-in?next=%2F%3Fa%3Db" == answer.headers["location"]


def test_a_cookie_of_another_console_is_not_ours(real: Real) -> None:
    secret = real.sign_in()
    stranger = real.stranger()
    stranger.headers["cookie"] = f"stillhouse-9999={secret}"

    assert COOKIE != "stillhouse-9999"
    assert 401 == stranger.get("/api/v1/me").status_code
