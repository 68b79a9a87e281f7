"""Guard: who needs attention, and one case with all that a reviewer needs to decide."""

from tests.console.guarded import opened
from tests.console.pages.conftest import Ada
from tests.console.real import Real

from stillhouse.compose import cases
from stillhouse.compose.final_invoices import LAST_ADMITTED_US, draft_final
from stillhouse.guard.decisions import Reviewer
from stillhouse.tenants import Standing
from stillhouse.units.instant import Instant

WHY = "a grid of tasks, three nights in a row"


def test_an_empty_house_is_told_what_would_open_a_case(ada: Ada) -> None:
    page = ada.see("/guard")

    assert "Nobody needs attention: no case is open." == page.lede
    assert "Guard opens one when the evidence" in page.words


def test_the_list_says_what_comes_first_and_leads_to_it(real: Real, ada: Ada) -> None:
    case = opened(real)
    page = ada.see("/guard")

    assert f"1 case is open: {real.alice.name}, at throttle." == page.lede
    assert ["throttle", "200,000", "suspension", "open"] == page.row(real.alice.name)[1:5]
    assert f"/guard/{case.id}" in page.links


def test_a_case_shows_evidence_clause_exposure_decision_and_timeline(real: Real, ada: Ada) -> None:
    case = opened(real)
    page = ada.see(f"/guard/{case.id}")

    assert "e = 200,000 after 412 calls; in force is throttle (open)" in page.lede
    for words in (
        "3.3(e)",
        "use Output to develop",
        "the terms forbid it",
        "template grid",
        "an innocent account: once in 100,000",
        "What hangs on it",
        "Suspend",
        "each line proved by the chain",
        "case opened",
    ):
        assert words in page.words, words
    assert {"step", "reason", "csrf"} <= page.names
    assert "/calls/w1-17" in page.links
    assert 'class="threshold"' in page.html


def test_a_cluster_has_a_picture_of_what_links_it(real: Real, ada: Ada) -> None:
    case = opened(real, real.alice.id, real.bob.id)

    assert 'class="edge strong"' in ada.see(f"/guard/{case.id}").html


def test_deciding_changes_the_standing_and_says_so(real: Real, ada: Ada) -> None:
    case = opened(real)
    path = ada.do(f"/guard/{case.id}/decide", step="dismiss", reason=WHY)
    page = ada.see(path)

    assert "The decision was written into the case." in page.words
    assert "dismissed" in page.words
    assert Standing.ACTIVE is real.parts.store.find_account(real.alice.id).standing


def test_a_suspension_leads_to_the_draft_of_the_final_invoice(real: Real, ada: Ada) -> None:
    case, store = opened(real), real.parts.store
    for name in ("ben", "cai"):
        case = cases.decide(store, case, "suspend", Reviewer(name), WHY, real.now)
    assert "drafted when the last calls are settled" in ada.see(f"/guard/{case.id}").words
    draft_final(real.parts.data, store, Instant(real.now + LAST_ADMITTED_US), lambda *_, **__: None)
    page = ada.see(f"/guard/{case.id}")
    [door] = [link for link in page.links if link.startswith("/invoices/acct")]

    assert "a person approves and finalises it" in page.words
    assert "final invoice drafted" in page.words
    assert real.alice.name in ada.see(door).lede


def test_one_person_alone_only_proposes_to_suspend(real: Real, ada: Ada) -> None:
    case = opened(real)
    ada.do(f"/guard/{case.id}/decide", step="suspend", reason=WHY)

    assert "Another person must agree" in ada.see(f"/guard/{case.id}").words
    assert 409 == ada.refused(f"/guard/{case.id}/decide", step="suspend", reason=WHY)


def test_evidence_that_does_not_reach_offers_no_step_that_would_be_refused(
    real: Real, ada: Ada
) -> None:
    case = opened(real, e_value=2e3)

    assert 'value="suspend"' not in ada.see(f"/guard/{case.id}").html


def test_an_appeal_is_shown_and_answered(real: Real, ada: Ada) -> None:
    case = opened(real)
    ada.do(f"/notices/{case.id}/appeal", reason="our own <b>nightly</b> evaluation")
    page = ada.see(f"/guard/{case.id}")
    assert "our own <b>nightly</b> evaluation" in page.words
    assert 422 == ada.refused(f"/guard/{case.id}/answer", answer="maybe", reason=WHY)

    # who has spoken for the account does not answer
    assert 409 == ada.refused(f"/guard/{case.id}/answer", answer="grant", reason=WHY)


def test_a_case_that_is_not_there_is_404_and_indonesian_is_spoken(real: Real, ada: Ada) -> None:
    ada.see("/guard/case_none", status=404)
    opened(real)

    assert "1 kasus terbuka" in ada.see("/guard", language="id").lede
