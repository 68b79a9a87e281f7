"""Sums, calls and their stories through the API: exact, whole, and only one's own."""

import pytest
from tests.console.real import AT, DAY, Real

from stillhouse.console.roles import Role
from stillhouse.units.instant import SECOND, Instant

MONTH = {"month": "2026-11"}


@pytest.fixture
def used(real: Real) -> Real:
    real.now = Instant(AT + 60 * SECOND)
    real.seal(real.receipts(3, account=real.alice, writer=real.writer(), workload="triage"))
    real.seal(real.receipts(2, account=real.bob, writer=real.writer()))
    return real


def test_sums_go_by_what_is_asked_and_their_whole_is_of_all(used: Real) -> None:
    owner = used.machine(Role.OWNER)
    found = owner.get("/api/v1/sums", params={"by": ["account", "model"], **MONTH}).json()
    one = owner.get("/api/v1/sums", params={"by": "account", "limit": 1, **MONTH}).json()

    assert [["alice", "gpt-4o"], ["bob", "gpt-4o"]] == [r["names"] for r in found["rows"]]
    assert ["0.000003000000", "0.000002000000"] == [r["charge"] for r in found["rows"]]
    assert "0.000005000000" == found["whole"]["charge"] == one["whole"]["charge"]
    assert {"input": 50, "output": 25, "requests": 5} == found["whole"]["usage"]
    assert ["alice"] == [r["names"][0] for r in one["rows"]]
    assert found["still_open"]


def test_sums_can_keep_one_of_anything_and_go_by_provider(used: Real) -> None:
    owner = used.machine(Role.OWNER)

    def whole(**asked: str) -> str:
        answer = owner.get("/api/v1/sums", params={**asked, **MONTH}).json()
        return str(answer["whole"]["receipts"])

    assert "3" == whole(account="alice") == whole(workload="triage")
    assert "2" == whole(workload="")
    assert "5" == whole(provider="stub") == whole(model="gpt-4o")
    assert "0" == whole(provider="other")
    rows = owner.get("/api/v1/sums", params={"by": "provider", **MONTH}).json()["rows"]
    assert [["stub"]] == [row["keys"] for row in rows]


def test_days_that_are_none_are_refused(used: Real) -> None:
    owner = used.machine(Role.OWNER)
    wrong: list[dict[str, str | list[str]]] = [
        {"first": DAY},
        {"first": DAY, "last": "2026-11-01"},
        {"first": DAY, "last": DAY, **MONTH},
        {"month": "2026-13"},
        {"by": ["day"] * 5},
        {"by": "charge"},
    ]
    for asked in wrong:
        assert 422 == owner.get("/api/v1/sums", params=asked).status_code, asked


def test_a_member_sums_and_finds_only_his_own(used: Real) -> None:
    member = used.machine(Role.MEMBER, used.alice.id)
    sums = member.get("/api/v1/sums", params={"by": "account", **MONTH}).json()
    calls = member.get("/api/v1/calls", params=window()).json()

    assert (["alice"], 3) == (sums["rows"][0]["names"], sums["whole"]["receipts"])
    assert {used.alice.id} == {row["account"] for row in calls["rows"]}
    assert 404 == member.get("/api/v1/sums", params={"account": "bob"}).status_code
    assert 404 == member.get("/api/v1/calls", params={"account": "bob"}).status_code
    assert 200 == member.get("/api/v1/calls/w1-1").status_code
    assert 404 == member.get("/api/v1/calls/w2-1").status_code


def window() -> dict[str, str]:
    return {"start": "2026-11-23T00:00:00Z", "end": "2026-11-24T00:00:00+00:00"}


def test_calls_are_paged_without_a_gap(used: Real) -> None:
    owner = used.machine(Role.OWNER)
    found: list[str] = []
    before = ""
    while True:
        asked: dict[str, str] = {"limit": "2", "before": before, **window()}
        page = owner.get("/api/v1/calls", params=asked).json()
        found += [row["id"] for row in page["rows"]]
        before = page["more"]
        if not before:
            break

    assert 5 == len(found) == len(set(found))


def test_a_call_is_told_from_admission_to_its_segment(used: Real) -> None:
    story = used.machine(Role.OWNER).get("/api/v1/calls/w1-2").json()
    [segment] = [s for s in used.parts.store.segments() if s.writer == 1]

    assert ["admitted", "held", "first_byte", "settled", "sealed"] == [
        m["what"] for m in sorted(story["timeline"], key=lambda m: m["at"])
    ]
    assert (segment.id, segment.sha256) == (story["segment"], story["segment_sha256"])
    assert ["w1-2"] == [a["id"] for a in story["attempts"]]
    assert "0.000001000000" == story["receipt"]["charge"]


def test_what_is_no_receipt_and_no_cursor_is_said(used: Real) -> None:
    owner = used.machine(Role.OWNER)

    assert 404 == owner.get("/api/v1/calls/w1-99").status_code
    assert 404 == owner.get("/api/v1/calls/nothing").status_code
    assert 422 == owner.get("/api/v1/calls", params={"before": "1.2"}).status_code
    assert 422 == owner.get("/api/v1/calls", params={"outcome": "lost"}).status_code
    assert 422 == owner.get("/api/v1/calls", params={"start": "2026-11-23"}).status_code


def test_calls_in_flight_are_shown_by_age(used: Real) -> None:
    rows = used.receipts(2, account=used.bob, writer=used.writer())
    with used.journal([], flying=rows):
        owner, member = used.machine(Role.OWNER), used.machine(Role.MEMBER, used.alice.id)
        flying = owner.get("/api/v1/calls/in-flight").json()

        assert [r.id for r in rows] == [f["id"] for f in flying]
        assert [] == member.get("/api/v1/calls/in-flight").json()
