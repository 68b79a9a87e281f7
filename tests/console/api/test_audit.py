"""The audit log: every change with its author, proved as it is shown."""

import sqlite3
from contextlib import closing

from tests.console.real import EMAIL, Real

from stillhouse.console.roles import Role


def test_a_change_is_an_entry_of_whoever_made_it(real: Real) -> None:
    ada = real.browser(real.sign_in())
    ada.post(
        "/api/v1/accounts", json={"name": "carol"}, headers={"x-csrf-token": ada.csrf}
    ).raise_for_status()
    [last] = ada.get("/api/v1/entries", params={"limit": 1}).json()

    assert ("account", f"user:{EMAIL}", True) == (last["kind"], last["actor"], last["proved"])
    assert "carol" == last["body"]["name"]


def test_entries_are_paged_and_found_by_kind_and_author(real: Real) -> None:
    reviewer = real.machine(Role.REVIEWER)
    newest = reviewer.get("/api/v1/entries", params={"limit": 3}).json()
    older = reviewer.get("/api/v1/entries", params={"before": newest[-1]["number"]}).json()
    keys = reviewer.get("/api/v1/entries", params={"kind": "key", "actor": "test"}).json()

    assert newest[-1]["number"] - 1 == older[0]["number"]
    assert {"key"} == {e["kind"] for e in keys}
    assert 2 == len(keys)


def test_a_changed_entry_is_seen_at_once_and_the_chain_breaks(real: Real) -> None:
    reviewer = real.machine(Role.REVIEWER)
    assert 0 == reviewer.get("/api/v1/chain").json()["broken_at"]
    with closing(sqlite3.connect(real.parts.data / "stillhouse.sqlite")) as db:
        db.execute("DROP TRIGGER entries_are_never_changed")
        db.execute("UPDATE entries SET actor = 'nobody' WHERE number = 2")
        db.commit()
    shown = {e["number"]: e["proved"] for e in reviewer.get("/api/v1/entries").json()}
    real.parts.proof.last = None  # as a process that starts anew
    chain = reviewer.get("/api/v1/chain").json()

    assert (True, False) == (shown[1], shown[2])
    assert 2 == chain["broken_at"]


def test_the_whole_check_is_that_of_the_command_line(real: Real) -> None:
    real.seal(real.receipts(3, account=real.alice, writer=real.writer()))
    answer = real.machine(Role.REVIEWER).get("/api/v1/verify").json()

    assert (True, 3, 0) == (answer["ok"], answer["receipts"], answer["lost"])
