"""Once a minute, and when something changed: what the terms forbid now is rolled back, and who was
suspended gets the draft of a final invoice as soon as the last call is settled."""

from contextlib import closing
from pathlib import Path

import pytest
from tests.compose.test_final_invoices import BIG, Desk
from tests.compose.test_releases import NOW, house
from tests.store.test_sqlite_releases import WHO, plan
from tests.students import OPEN, OPENAI, written
from tests.worker.house import House

from stillhouse.compose.chores import Chores
from stillhouse.compose.final_invoices import LAST_ADMITTED_US
from stillhouse.compose.stores import open_store
from stillhouse.config.settings import Server, Settings
from stillhouse.distill import example
from stillhouse.distill.capture import Consent
from stillhouse.distill.example import Example
from stillhouse.units.instant import DAY, Instant


def test_a_release_that_the_terms_forbid_now_is_rolled_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = written(tmp_path / "s", taught=(OPEN,))
    with closing(open_store(tmp_path / "data", create=True)) as store:
        release = store.begin_release(plan(store, artefact=of.id), at=NOW, actor=WHO)
        look = Chores(house(tmp_path / "s"), store)
        look.look(NOW)
        assert store.release(release.id).live
        written(tmp_path / "s", taught=(OPENAI,))
        look.look(NOW)
        assert store.release(release.id).live, "a minute is not over"
        monkeypatch.setattr("time.monotonic", lambda: 1e12)
        look.look(NOW)

        assert "rolled_back" == store.release(release.id).stage


def test_rows_of_a_run_go_with_their_days(tmp_path: Path) -> None:
    here = House.found(tmp_path / "data")
    stage = here.data / "distill" / "0123456789abcdef" / "consent"
    stage.mkdir(parents=True)
    (stage / "done.json").write_text('{"key": "k", "found": {}}', "utf-8")
    kept = stage / "rows.jsonl"
    row = Example("w1-1", here.at, here.account, "w", (), "yes", (), project=here.project)
    with closing(open_store(here.data)) as store:
        consent = Consent(
            project=here.project,
            account=here.account,
            by="Ann",
            words="keep it a month",
            days=30,
            began_at=here.at,
        )
        store.consent(consent, at=here.at, actor=WHO)
        for days, there in ((30, True), (31, False)):
            kept.write_bytes(example.written(row) + b"\n")
            look = Chores(Settings(server=Server(data=here.data)), store)
            look.look(Instant(here.at + days * DAY))
            assert there == kept.exists()
    here.close()


def test_a_final_invoice_waits_for_the_last_call_and_not_for_the_next_minute(
    tmp_path: Path,
) -> None:
    here = House.found(tmp_path / "data")
    with closing(open_store(here.data)) as store:
        desk, gateway = Desk(here, store), here.gateway()
        seq = gateway.open()
        gateway.journal.flush()
        desk.suspend()
        look = Chores(Settings(server=Server(data=here.data)), store)
        now = Instant(here.at + LAST_ADMITTED_US)
        look.look(now)
        assert () == desk.case.invoices
        gateway.close(seq, BIG)
        gateway.journal.flush()
        gateway.stop()
        here.recover()
        look.look(now)

        assert ("draft", "final_invoice", "2.50") == desk.draft
    here.close()
