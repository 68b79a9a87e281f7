"""Errors in one shape, and nothing of ours in them."""

import pytest
from tests.console.real import Real

from stillhouse.console.house import NotHereError
from stillhouse.console.problem import problem_of, refused
from stillhouse.console.roles import Role
from stillhouse.ledger.ports import ConflictError, NotFoundError, UnavailableError


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFoundError("no a; list b"), 404, "not_found"),
        (ConflictError("a; b"), 409, "conflict"),
        (UnavailableError("a; b"), 503, "unavailable"),
        (NotHereError("a; b"), 501, "not_here"),
        (ValueError("a; b"), 422, "invalid"),
        (refused(418, "teapot", "a", "b"), 418, "teapot"),
        (KeyError("secret"), 500, "bug"),
    ],
)
def test_each_error_has_its_status_and_code(error: Exception, status: int, code: str) -> None:
    problem = problem_of(error)

    assert (status, code) == (problem.status, problem.code)
    assert "secret" not in str(problem.as_json())
    assert problem.remedy


def test_the_api_answers_in_one_shape_whatever_is_wrong(real: Real) -> None:
    owner = real.machine(Role.OWNER)
    answers = [
        owner.get("/api/v1/nothing"),
        owner.patch("/api/v1/accounts"),
        owner.get("/api/v1/calls/none"),
        owner.post("/api/v1/accounts", json={"name": "alice"}),
        owner.post("/api/v1/accounts", json={"nam": "x"}),
        owner.post("/api/v1/accounts", content=b"{"),
        real.stranger().get("/api/v1/me"),
    ]

    assert [404, 405, 404, 409, 422, 422, 401] == [a.status_code for a in answers]
    for answer in answers:
        assert {"code", "message", "remedy"} == answer.json()["error"].keys()


def test_what_was_sent_is_never_repeated(real: Real) -> None:
    owner = real.machine(Role.OWNER)
    answer = owner.put("/api/v1/providers/stub/key", json={"key": ["sk-very-secret"]})

    assert 422 == answer.status_code
    assert "sk-very-secret" not in answer.text


def test_a_mistake_of_ours_says_nothing_but_that(
    real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("sk-very-secret")

    monkeypatch.setattr(type(real.parts), "directory", broken)
    answer = real.machine(Role.OWNER).get("/api/v1/accounts")

    assert (500, "bug") == (answer.status_code, answer.json()["error"]["code"])
    assert "sk-very-secret" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
