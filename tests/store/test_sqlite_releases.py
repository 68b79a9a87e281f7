"""Releases are kept whole, moved by entries, and rolled back by their own test."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.distill.release import Audit, Plan, Terms
from stillhouse.ledger.entries import check
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.units.instant import DAY, Instant

AT = Instant(1_790_000_000_000_000)
WHO = "test"
GOOD = [Audit(agreed=True)] * 60


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WholeStore]:
    with closing(open_store(tmp_path, create=True)) as store:
        yield store


def plan(store: WholeStore, account: str = "acme", **changes: Any) -> Plan:
    known = {a.name: a.id for a in store.directory().accounts.values()}
    owner = known.get(account) or store.create_account(account, at=AT, actor=WHO).id
    said: dict[str, Any] = {
        "account": owner, "workload": "w", "deployment": "gpt-4o", "model": "gpt-4o",
        "student": "s", "artefact": "x", "promise_ppm": 880_000,
        "terms": Terms(allowed=True, clauses=("apache 4",)),
    }  # fmt: skip
    return Plan(**(said | changes))


def test_each_step_is_an_entry_and_a_new_version(store: WholeStore) -> None:
    begun = store.begin_release(plan(store), at=AT, actor="ann")
    seen = store.version()
    store.add_audits(begun.id, GOOD, at=AT)
    assert seen == store.version(), "comparisons alone are no change for gateways"
    store.move_release(begun.id, "canary", share_bps=500, reason="go", at=AT, actor="bob")
    last = store.move_release(begun.id, "rolled_back", reason="no", at=AT, actor="bob")
    told = [e for e in store.entries() if e.kind.startswith("release")]

    assert store.version() > seen
    assert last == store.release(begun.id) == store.releases()[0]
    assert [("ann", "shadow"), ("bob", "canary"), ("bob", "rolled_back")] == [
        (entry.actor, entry.body["stage"]) for entry in told
    ]
    assert (60, 60) == (told[1].body["compared"], told[1].body["agreed"])
    assert check(store.entries()) is None


def test_a_workload_has_one_release_at_a_deployment_and_one_by_a_student(
    store: WholeStore,
) -> None:
    first = store.begin_release(plan(store), at=AT, actor=WHO)
    for other in ({"student": "s2"}, {"deployment": "gpt-4o-mini"}):
        with pytest.raises(ConflictError, match=f"{first.id} is live"):
            store.begin_release(plan(store, **other), at=AT, actor=WHO)
    store.begin_release(plan(store, workload="v"), at=AT, actor=WHO)
    store.begin_release(plan(store, account="other"), at=AT, actor=WHO)
    store.move_release(first.id, "rolled_back", reason="", at=AT, actor=WHO)

    assert store.begin_release(plan(store, student="s2"), at=AT, actor=WHO).live
    assert 3 == len(store.releases(account=first.account))


def test_what_cannot_be_is_refused_and_changes_nothing(store: WholeStore) -> None:
    denied = plan(store, terms=Terms(why="sold", clauses=("openai 3.3(e)",)))
    before = store.version()
    with pytest.raises(ConflictError, match=r"openai 3.3\(e\)"):
        store.begin_release(denied, at=AT, actor=WHO)
    with pytest.raises(NotFoundError, match="no account"):
        store.begin_release(plan(store, account="acme").__class__(
            account="nobody", workload="w", deployment="d", model="d", student="s", artefact="x",
            promise_ppm=900_000, terms=Terms(allowed=True)), at=AT, actor=WHO)  # fmt: skip
    with pytest.raises(NotFoundError, match="no release"):
        store.move_release("rel_none", "canary", share_bps=1, reason="", at=AT, actor=WHO)
    release = store.begin_release(plan(store), at=AT, actor=WHO)
    with pytest.raises(ConflictError, match="0 answers were compared"):
        store.move_release(release.id, "canary", share_bps=1, reason="", at=AT, actor=WHO)

    assert [release] == store.releases()
    assert before + 1 == store.version()
    [refused] = [e.body for e in store.entries() if e.kind == "release_refused"]
    assert (["openai 3.3(e)"], "sold", "s") == (
        refused["clauses"], refused["why"], refused["student"],
    )  # fmt: skip


def test_comparisons_that_refute_it_roll_it_back_in_their_own_transaction(
    store: WholeStore,
) -> None:
    release = store.begin_release(plan(store), at=AT, actor=WHO)
    before = store.version()
    after = store.add_audits(release.id, [Audit(agreed=False)] * 30, at=AT)
    again = store.add_audits(release.id, [Audit(agreed=False)], at=AT)
    told = [e for e in store.entries() if e.kind == "release_moved"]

    assert ("rolled_back", 0) == (after.stage, after.share_bps)
    assert "promised 88.0%" in after.reason
    assert store.version() == before + 1
    assert [("service", "shadow")] == [(entry.actor, entry.body["from"]) for entry in told]
    assert not again.live


def test_audit_days_add_up(store: WholeStore) -> None:
    release = store.begin_release(plan(store), at=AT, actor=WHO)
    tomorrow = Instant(AT + DAY)
    store.add_audits(release.id, [Audit(agreed=True, cost=2**63), Audit(None, 1)], at=AT)
    store.add_audits(release.id, [Audit(agreed=False, cost=1)], at=AT)
    store.add_audits(release.id, [Audit(agreed=True, cost=4)], at=tomorrow)

    assert [(2, 1, 1, 2**63 + 2), (1, 1, 0, 4)] == [
        (day.compared, day.agreed, day.declined, day.cost) for day in store.audit_days(release.id)
    ]


def test_terms_that_forbid_it_now_roll_it_back(store: WholeStore) -> None:
    release = store.begin_release(plan(store), at=AT, actor=WHO)
    denied = Terms(why="the attestation is over", clauses=("openai 3.3(e)",))
    after = store.set_release_terms(release.id, denied, at=AT, actor="service")

    assert "rolled_back" == after.stage
    assert "the attestation is over" in after.reason
    assert denied == store.release(release.id).terms
