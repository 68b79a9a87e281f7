"""What could be owned and what was trained, over the API, and files that are no others."""

import pytest
from tests.console.owned import RUN, ran, released, shelved
from tests.console.real import Real

from stillhouse.console.roles import Role


def test_a_months_workloads_are_told_with_terms_for_each_kind_of_student(real: Real) -> None:
    ran(real)
    real.seal(real.receipts(3, account=real.alice, writer=real.writer(), workload="comments"))
    found = real.machine(Role.REVIEWER).get("/api/v1/opportunities").json()
    [row] = found["rows"]

    assert ("comments", "alice", 3, 1300) == (
        row["workload"], row["account"], row["calls"], row["rows"],
    )  # fmt: skip
    assert ["classifier", "extraction", "generative"] == [t["student"] for t in row["terms"]]
    assert {0} == {t["allowed_ppm"] for t in row["terms"]}, "a path that nobody named"
    assert ("50.000000000000", 50_000) == (found["one_off"], found["audited_ppm"])


def test_costs_are_the_askers(real: Real) -> None:
    client = real.machine(Role.REVIEWER)
    found = client.get("/api/v1/opportunities", params={"one_off": "0", "node_month": "1.5"})

    assert ("0.000000000000", "1.500000000000") == (
        found.json()["one_off"],
        found.json()["node_month"],
    )
    assert 422 == client.get("/api/v1/opportunities", params={"one_off": "-1"}).status_code


def test_a_run_says_what_it_would_cost(real: Real) -> None:
    ran(real)
    found = real.machine(Role.BILLING).get(f"/api/v1/distillation/{RUN}").json()

    assert ("1.000000000000", 1300, 891_473) == (
        found["teacher_call"], found["calls_month"], found["kept_ppm"],
    )  # fmt: skip
    assert 97 == found["break_even_calls"], "(50 + 36) / 0.891473, upwards"
    assert "comments" == found["run"]["workload"]


def test_a_student_is_told_with_its_card_and_its_live_releases(real: Real) -> None:
    made = shelved(real)
    ident = released(real, artefact=made.id).id
    [row] = real.machine(Role.REVIEWER).get("/api/v1/students").json()

    assert (made.id, [ident], "accept", "") == (
        row["id"], row["releases"], row["verdict"], row["damaged"],
    )  # fmt: skip
    assert "d" * 64 == row["card"]["data"]["sha256"]


@pytest.mark.parametrize("name", ["card.json", "card.md", "bom.json"])
def test_the_card_can_be_downloaded(real: Real, name: str) -> None:
    made = shelved(real)
    answer = real.machine(Role.REVIEWER).get(f"/api/v1/students/{made.id}/files/{name}")

    assert 200 == answer.status_code
    assert made.id[:12] in answer.headers["content-disposition"]
    assert made.id in answer.text


def test_nothing_else_can_be(real: Real) -> None:
    made, client = shelved(real), real.machine(Role.OWNER)
    weights = next(iter(made.files))
    for path in (
        f"{made.id}/files/{weights}",
        f"{made.id}/files/student.json",
        f"{made.id}/files/..%2F..%2Fstillhouse.sqlite",
        "..%2F..%2Fx/files/card.json",
        f"{made.id[:8]}/files/card.json",
    ):
        assert 404 == client.get(f"/api/v1/students/{path}").status_code, path


def test_a_member_of_an_account_sees_none_of_it(real: Real) -> None:
    member = real.machine(Role.MEMBER)
    found = {
        member.get(f"/api/v1/{path}").status_code
        for path in ("opportunities", "distillation", "students", "releases")
    }

    assert {403} == found
