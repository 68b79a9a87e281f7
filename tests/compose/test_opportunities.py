"""The same question of a log and of the ledger: may it be owned, by which clause."""

from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.at_the_desk import Shell
from tests.distill.test_capture import row
from tests.training.recorded import calls, written

from stillhouse.compose.capturing import account_key
from stillhouse.compose.opportunities import judged
from stillhouse.compose.stores import open_store
from stillhouse.compose.terms_book import terms_of
from stillhouse.store.captured import Captured
from stillhouse.terms import Exposure, Origin
from stillhouse.units.instant import DAY, Instant

AT = Instant(20_787 * DAY)


def test_terms_depend_on_the_kind_of_student() -> None:
    builtin = (Origin(path="builtin", model="builtin"),)
    openai = (Origin(path="openai-api", model="gpt-4o"),)
    allowed, clauses = judged(
        {(builtin, 20_780): 3, (openai, 20_780): 1},
        terms_of(None),
        exposure=Exposure.INTERNAL,
        at=AT,
    )

    assert {"3/4"} == {str(share) for share in allowed.values()}
    assert "stillhouse-builtin: permitted" == clauses["generative"]


def test_an_imported_month_lists_its_workloads_with_unknown_paths_denied(
    tmp_path: Path, shell: Shell
) -> None:
    log = written(tmp_path / "log.jsonl", calls(60, workload="comments"))
    shell.run("import", str(log), "--format", "stillhouse")
    [row] = shell.rows("opportunities", "--month", "2026-08")

    assert ("comments", False) == (row["workload"], row["allowed"])
    assert row["output"]["kind"] is None


def test_what_was_captured_is_at_hand(tmp_path: Path, shell: Shell) -> None:
    log = written(tmp_path / "log.jsonl", calls(60, workload="comments"))
    shell.run("import", str(log), "--format", "stillhouse")
    account = shell.rows("accounts", "list")[0]["id"]
    with closing(open_store(shell.data)) as store:
        captured = Captured(shell.data, lambda a: account_key(store, shell.data, a))
        rows = [row(account=account, workload="comments", receipt=f"w1-{n}") for n in range(7)]
        captured.append(
            [*rows, row(account=account, workload="other")], day="2026-11-30", writer="w1"
        )
    [found] = shell.rows("opportunities", "--month", "2026-08")

    assert 7 == found["rows"]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")
