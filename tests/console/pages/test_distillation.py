"""Distillation: where a run stands, why rows went, the verdict with its interval, when it pays."""

from tests.console.owned import RUN, ran
from tests.console.pages.conftest import Ada
from tests.console.real import Real


def test_without_any_the_page_says_how_one_begins(ada: Ada) -> None:
    page = ada.see("/distillation")

    assert "Nothing was distilled yet." == page.lede
    assert "stillhouse distill run --from LOG.jsonl" in page.words


def test_runs_are_listed_with_their_stages(real: Real, ada: Ada) -> None:
    ran(real)
    ran(real, until="consent", name="f" * 16)
    page = ada.see("/distillation")
    rows = {row[0].split()[-1]: row for row in page.rows if row}

    assert "2 runs: 1 came to a student" in page.lede
    assert 6 == rows["01234567"][2].count("●")
    assert (2, 4) == (rows["f" * 8][2].count("●"), rows["f" * 8][2].count("○"))


def test_a_run_shows_funnel_curve_verdict_and_break_even(real: Real, ada: Ada) -> None:
    ran(real)
    page = ada.see(f"/distillation/{RUN}")

    assert "Asked 129 later calls, it agrees with its teacher in 93.0%" in page.lede
    assert "keeps 89.1%: as good" in page.lede
    assert "no consent: 5" in page.html
    assert "the same twice: 95" in page.html
    assert "268: 92.0%" in page.html
    [verdict] = [row for row in page.rows if row and row[0].startswith("with teacher")]
    assert "\N{MINUS SIGN}3.7% … +0.6%" == verdict[5]
    assert "as good" == verdict[-1]
    assert ["label spam", "74", "\N{EN DASH}", "95.9%"] == page.row("label spam")[:4]
    assert "After 97 calls the student is cheaper" in page.words
    assert "/students/" + "f" * 32 in page.links


def test_a_run_whose_rows_went_says_what_stays_and_why(real: Real, ada: Ada) -> None:
    (ran(real) / "dropped.json").write_text('{"why": "the 30 days were over"}', "utf-8")
    page = ada.see(f"/distillation/{RUN}")

    assert "Its rows are not there any more" in page.words
    assert "the 30 days were over" in page.words


def test_a_run_that_is_not_judged_yet_says_so(real: Real, ada: Ada) -> None:
    ran(real, until="consent")
    page = ada.see(f"/distillation/{RUN}", language="id")

    assert "2 dari 6 tahap selesai" in page.lede
    assert "Belum dinilai." in page.words
    assert "Tidak diketahui" in page.words


def test_no_other_folder_is_shown(real: Real, ada: Ada) -> None:
    ran(real)
    ada.see("/distillation/students", status=404)
    ada.see(f"/distillation/{RUN[:8]}", status=404)
