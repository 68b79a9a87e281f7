"""The API is what its description says: every operation, for an owner and for everyone else."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.console.api_walk import mismatches
from tests.console.guarded import opened
from tests.console.owned import RUN, ran, released, shelved
from tests.console.real import Client, Real

from stillhouse.console.roles import TABLE, Role


@pytest.fixture
def owner(real: Real) -> Client:
    """With one receipt sealed, one fresh account, and one of everything that has an id."""
    real.seal(real.receipts(3, account=real.alice, writer=real.writer()))
    return real.machine(Role.OWNER)


def described(client: Client) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/api/v1/openapi.json").json()
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


BODIES: dict[str, Any] = {
    "POST /accounts": {"name": "carol"},
    "PUT /accounts/{account}/standing": {"standing": "restricted", "reason": "a test"},
    "POST /projects": {"name": "p2", "account": "alice"},
    "POST /keys": {"account": "alice", "name": "k2"},
    "POST /keys/{key}/revoke": {"in_s": 60},
    "POST /keys/{key}/rotate": {"overlap_s": 60},
    "PUT /limits": {
        "scope": "account",
        "scope_id": "{account}",
        "requests_per_minute": 5,
        "tokens_per_minute": None,
        "concurrent": None,
    },
    "PUT /members/defaults": {"span": "week", "amount": "5"},
    "PUT /budgets": {"scope": "account", "scope_id": "{account}", "span": "day", "amount": "5"},
    "PUT /providers/{provider}/key": {"key": "sk-test-0123456789abcdef"},
    "POST /providers/{provider}/test": {},
    "POST /workloads/rename": {"workload": "w", "name": "n"},
    "POST /workloads/merge": {"workloads": ["w"], "into": "v"},
    "POST /cases/{case}/decide": {"step": "dismiss", "reason": "a test of what is declared"},
    "POST /cases/{case}/answer": {"granted": True, "reason": "a test of what is declared"},
    "POST /notices/{case}/appeal": {"reason": "a test of what is declared"},
    "POST /releases/{release}/move": {"stage": "canary", "share_ppm": 50_000},
    "POST /releases/{release}/rollback": {"reason": "a test of what is declared"},
    "POST /invoices": {"account": "alice", "month": "2026-11"},
    "POST /invoices/{invoice}/credit": {"reason": "a test"},
    "POST /prices/versions": {
        "model": "gpt-4o",
        "unit_prices": {"input": "2.50", "output": "10"},
        "valid_from": "2026-01-01T00:00:00Z",
    },
    "POST /prices/versions/{version}/reject": {"reason": "a test"},
    "POST /prices/quote": {"model": "gpt-4o", "usage": {"input": 1000}},
    "PUT /members/{member}": {"role": "billing"},
    "POST /invitations": {"role": "reviewer"},
    "POST /tokens": {"name": "t2", "role": "reviewer"},
}
QUERIES = {"/invoices/preview": {"account": "alice", "month": "2026-11"}}
LATE = ("/end", "/rollback", "DELETE ", "/revoke", "/rotate", "/reject")
"""what ends a thing comes after what shows it"""
ALLOWED = {404, 409, 501}
"""errors that a right question may have here: each is described too"""


def names(real: Real, owner: Client) -> dict[str, str]:
    """An id that exists, for each parameter of a path."""
    member = real.parts.register.member_by_subject(
        "i s",
        email="m@example.com",
        proved=True,
        name="M",
        role=Role.REVIEWER,
        accounts=(),
        at=real.now,
    )
    ran(real)
    student = shelved(real).id
    budget = owner.put(
        "/api/v1/budgets",
        json={"scope": "account", "scope_id": real.bob.id, "span": "total", "amount": "5"},
    ).json()["id"]
    invitation = owner.post("/api/v1/invitations", json={"role": "owner"}).json()["id"]
    token = owner.post("/api/v1/tokens", json={"name": "t", "role": "owner"}).json()["id"]
    version = owner.post("/api/v1/prices/versions", json=BODIES["POST /prices/versions"]).json()
    return {
        "account": real.alice.id,
        "key": real.keys[real.alice.id].id,
        "budget": budget,
        "provider": "stub",
        "receipt": "w1-1",
        "case": opened(real).id,
        "member": member.id,
        "invitation": invitation,
        "token": token,
        "span": "week",
        "invoice": f"{real.alice.id}:2026-11",
        "form": "json",
        "run": RUN,
        "student": student,
        "name": "card.json",
        "release": released(real, artefact=student).id,
        "version": version.get("id", "pv_1"),
    }


def test_every_operation_answers_what_it_declares(real: Real, owner: Client) -> None:
    document = described(owner)
    known = names(real, owner)
    todo = sorted(
        operations(document),
        key=lambda o: (any(word in f"{o[0].upper()} {o[1]}" for word in LATE), o[1]),
    )
    wrong = []
    for method, path, operation in todo:
        if path == "/api/v1/live":
            continue
        short = f"{method.upper()} {path.removeprefix('/api/v1')}"
        body = BODIES.get(short)
        if body is not None:
            body = {
                k: v.format(**known) if isinstance(v, str) and v.startswith("{") else v
                for k, v in body.items()
            }
        answer = owner.request(
            method,
            path.format(**known),
            json=body,
            params=QUERIES.get(path.removeprefix("/api/v1")),
        )
        declared = operation["responses"]
        status = str(answer.status_code)
        if answer.status_code >= 400 and answer.status_code not in ALLOWED:
            wrong.append((short, status, answer.text))
        elif status not in declared:
            wrong.append((short, status, "is not declared"))
        elif "application/json" in declared[status].get("content", ()):
            schema = declared[status]["content"]["application/json"]["schema"]
            wrong += [(short, status, m) for m in mismatches(answer.json(), schema, document)]

    assert [] == wrong


def test_every_operation_says_what_it_does_and_how_it_fails(owner: Client) -> None:
    silent = [
        (method, path)
        for method, path, operation in operations(described(owner))
        if not operation.get("summary")
        or not {"401", "403"} <= operation["responses"].keys()
        or not operation.get("tags")
    ]

    assert [] == silent


def test_only_the_api_is_described(owner: Client) -> None:
    assert all(path.startswith("/api/v1/") for path in described(owner)["paths"])


def test_the_judge_sees_what_is_wrong() -> None:
    document = {"components": {"schemas": {"S": {"type": "object", "required": ["a"]}}}}

    assert mismatches({}, {"$ref": "#/components/schemas/S"}, document)
    assert mismatches(["x"], {"type": "array", "items": {"type": "integer"}}, {})
    assert mismatches({"b": 1}, {"type": "object", "properties": {"a": {}}}, {})
    assert mismatches(True, {"type": "integer"}, {})
    assert not mismatches(None, {"anyOf": [{"type": "string"}, {"type": "null"}]}, {})


@pytest.mark.parametrize("role", Role)
def test_me_says_what_the_table_says(real: Real, role: Role) -> None:
    me = real.machine(role).get("/api/v1/me").json()

    assert sorted(p.value for p in TABLE[role]) == me["permissions"]
    assert ([real.alice.id] if role is Role.MEMBER else None) == me["accounts"]
