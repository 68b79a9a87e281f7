"""Releases over the API: read, moved on by an owner alone, sent back by whoever may read them."""

from typing import Any

import pytest
from tests.console.owned import released
from tests.console.real import Client, Real

from stillhouse.console.roles import Role


def post(client: Client, ident: str, step: str, **body: Any) -> Any:
    return client.post(f"/api/v1/releases/{ident}/{step}", json=body)


def test_a_release_is_told_with_its_test_and_its_days(real: Real) -> None:
    ident = released(real, agreed=58).id
    reviewer = real.machine(Role.REVIEWER)
    [row] = reviewer.get("/api/v1/releases").json()
    found = reviewer.get(f"/api/v1/releases/{ident}").json()

    assert (ident, "shadow", 60, 58, "20") == (
        row["id"], row["stage"], row["compared"], row["agreed"], row["wealth_limit"],
    )  # fmt: skip
    assert row == found["release"]
    assert [(60, 58, "0.060000000000")] == [
        (d["compared"], d["agreed"], d["cost"]) for d in found["days"]
    ]
    assert ["shadow"] == [m["stage"] for m in found["moves"]]


def test_who_answered_is_counted_from_charged_receipts_of_its_own_workload(real: Real) -> None:
    ident = released(real).id
    writer = real.writer()
    sold: tuple[tuple[int, dict[str, Any]], ...] = (
        (3, {"deployment": "pupil", "workload": "comments"}),
        (2, {"deployment": "gpt", "workload": "comments"}),
        (5, {"deployment": "gpt", "workload": "other"}),
        (7, {"deployment": "pupil", "workload": "comments", "sale_tariff": ""}),
    )
    for count, changes in sold:
        real.seal(real.receipts(count, account=real.alice, writer=writer, **changes))
    [day] = real.machine(Role.OWNER).get(f"/api/v1/releases/{ident}").json()["split"]

    assert {"day": "2026-11-23", "by_student": 3, "by_teacher": 2} == day


def test_an_owner_moves_it_on_and_anybody_who_reads_it_sends_it_back(real: Real) -> None:
    ident = released(real).id
    reviewer, owner = real.machine(Role.REVIEWER), real.machine(Role.OWNER)

    assert 403 == post(reviewer, ident, "move", stage="canary", share_ppm=50_000).status_code
    moved = post(owner, ident, "move", stage="canary", share_ppm=50_000, reason="go").json()
    assert ("canary", 50_000) == (moved["stage"], moved["share_ppm"])
    back = post(reviewer, ident, "rollback", reason="a customer called").json()
    assert ("rolled_back", 0, []) == (back["stage"], back["share_ppm"], back["moves"])
    steps = owner.get(f"/api/v1/releases/{ident}").json()["moves"]
    assert [("rolled_back", "token"), ("canary", "token"), ("shadow", "test")] == [
        (m["stage"], m["actor"].partition(":")[0]) for m in steps
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"stage": "canary"}, 409),  # no share
        ({"stage": "cut_over"}, 409),  # not from shadow
        ({"stage": "shadow"}, 422),
        ({"stage": "canary", "share_ppm": 2_000_000}, 422),
        ({"stage": "canary", "share_ppm": 50_000, "forced": True}, 422),  # and no reason
    ],
)
def test_a_move_that_cannot_be_is_told_why(real: Real, body: dict[str, Any], status: int) -> None:
    ident = released(real).id
    answer = post(real.machine(Role.OWNER), ident, "move", **body)

    assert status == answer.status_code
    assert answer.json()["error"]["message"]
    assert "shadow" == real.parts.store.release(ident).stage


def test_without_the_evidence_it_takes_a_reason(real: Real) -> None:
    ident, owner = released(real, of=3).id, real.machine(Role.OWNER)
    asked = {"stage": "canary", "share_ppm": 10_000}

    assert 409 == post(owner, ident, "move", **asked).status_code
    forced = post(owner, ident, "move", **asked, forced=True, reason="a demonstration")
    assert "canary" == forced.json()["stage"]
    assert 404 == post(owner, "rel_none", "rollback", reason="x").status_code
