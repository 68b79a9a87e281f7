"""Opportunities: what could be owned, by which clause not, and at which costs."""

from typing import Any

import pytest
from tests.console.owned import ran
from tests.console.pages.conftest import Ada
from tests.console.real import Real

from stillhouse.compose.opportunities import of_month
from stillhouse.console.i18n import Reader
from stillhouse.console.pages.opportunities import chart, lede, table, tone
from stillhouse.console.student_views import Opportunities, OpportunityRow, StudentTerms
from stillhouse.units.instant import Instant
from stillhouse.units.money import exact

R = Reader("en")


def row(**changes: object) -> OpportunityRow:
    said: dict[str, object] = {
        "workload": "comments", "account": "alice", "calls": 4_000, "spend": 900 * 10**12,
        "currency": "USD", "kind": "classifier", "size": 2,
        "terms": (StudentTerms(student="classifier", allowed_ppm=10**6, clause="apache 4"),),
        "allowed": True, "clause": "apache 4", "rows": 0, "rows_needed": 8_000,
        "accuracy_ppm": (900_000, 960_000), "saves_month": 700 * 10**12,
        "break_even_calls": 358, "break_even_days": 3, "why": "",
    }  # fmt: skip
    return OpportunityRow(**(said | changes))  # type: ignore[arg-type]


def found(*rows: OpportunityRow) -> Opportunities:
    return Opportunities(
        month="2026-11", exposure="internal", rows=rows, one_off=50 * 10**12,
        node_month=36 * 10**12, audited_ppm=50_000, as_of=Instant(0),
    )  # fmt: skip


def test_the_sentence_names_the_first_with_its_saving_and_when_it_pays() -> None:
    said = lede(R, found(row(), row(workload="b", saves_month=0))).striptags()

    assert "1 workload is worth owning: comments of alice would save $700.00 a month." in said
    assert "50% there" in said
    assert "after 358 calls, 3 days" in said


def test_what_may_not_be_owned_is_red_and_what_nobody_knows_amber() -> None:
    denied = row(allowed=False, clause="openai 3.3(e): competing_forbidden", saves_month=0)
    unknown = row(allowed=False, clause="azure: unknown_terms", saves_month=0)

    assert ["good", "red", "amber", "amber"] == [
        tone(each) for each in (row(), denied, unknown, row(allowed=False, kind=""))
    ]
    assert "competing_forbidden" in chart(R, found(denied))


def test_a_row_says_rows_accuracy_and_never() -> None:
    never = row(break_even_calls=None, break_even_days=None, saves_month=0)
    shown = [str(cell.shown) for cell in table(R, found(never), 9, {}).rows[0]]

    assert any("90% … 96%" in each for each in shown)
    assert "never" == shown[-1]


def test_when_it_pays_is_said_in_calls_and_days_and_the_file_has_exact_values() -> None:
    large = row(spend=1_234_567 * 10**12)
    made = table(R, found(large), 9, {})
    shown = [str(cell.shown) for cell in made.rows[0]]
    cells = dict(zip((c.key for c in made.columns), made.rows[0], strict=True))

    assert ("$1.23M", exact(1_234_567 * 10**12)) == (cells["spend"].shown, cells["spend"].value)
    assert 'comments <br><span class="quiet">alice</span>' == shown[0]
    assert '358 calls <br><span class="quiet">3 days</span>' == shown[-1]
    assert ("alice", 900_000) == (cells["account"].value, cells["accuracy"].value)


def test_readiness_is_rows_or_calls_of_those_needed_and_never_more_than_all() -> None:
    assert [500_000, 750_000, 1_000_000, 0] == [
        each.ready_ppm for each in (row(), row(rows=6_000), row(calls=10**6), row(rows_needed=None))
    ]


def test_an_empty_house_is_told_of_logs(ada: Ada) -> None:
    page = ada.see("/opportunities")

    assert "nothing to own yet" in page.lede
    assert "stillhouse opportunities --from LOG.jsonl" in page.words


def test_the_page_is_of_the_ledger_and_of_runs(real: Real, ada: Ada) -> None:
    ran(real)
    real.seal(real.receipts(3, account=real.alice, writer=real.writer(), workload="comments"))
    page = ada.see("/opportunities?one_off=0&node_month=0")
    line = page.row("comments")

    assert "comments alice" == " ".join(line[0].split())
    assert "1,300" in " ".join(line)
    assert "Assumed: $0.00 once, $0.00 a month" in page.words
    file = ada.file("/opportunities?csv=opportunities")
    assert file[0].startswith("workload,account,calls,spend,student,terms_classifier")
    assert file[1].startswith("comments,alice,3,0.000003")


def test_it_is_worked_out_again_when_the_ledger_has_moved_and_not_for_each_reader(
    real: Real, ada: Ada, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    before = of_month

    def counted(*args: Any, **more: Any) -> Any:
        asked.append(more["month"])
        return before(*args, **more)

    monkeypatch.setattr("stillhouse.compose.desks.students.of_month", counted)
    for _ in range(3):
        ada.see("/opportunities")
    assert 1 == len(asked)
    ada.see("/opportunities?node_month=9")
    assert 2 == len(asked)
    real.seal(real.receipts(3, account=real.alice, writer=real.writer(), workload="comments"))
    page = ada.see("/opportunities")

    assert 3 == len(asked)
    assert page.row("comments")


@pytest.mark.parametrize("cost", ["-1", "x", "1e400", "0.0000000000001"])
def test_what_is_no_amount_is_refused_with_words(ada: Ada, cost: str) -> None:
    assert ada.client.get("/opportunities", params={"one_off": cost}).status_code == 422
