"""The same question of a log and of the ledger: may it be owned, by which clause."""

from pathlib import Path

import pytest
from tests.cli.at_the_desk import Shell
from tests.training.recorded import calls, written

from stillhouse.compose.opportunities import judged
from stillhouse.compose.terms_book import terms_of
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


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")
