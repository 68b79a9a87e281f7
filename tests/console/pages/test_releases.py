"""Releases: the sentence, the test beside its limit, and the way back with its consequence."""

import pytest
from tests.console.owned import released
from tests.console.pages.conftest import Ada
from tests.console.pages.reading import Page
from tests.console.real import Real

from stillhouse.console.pages.releases import _share
from stillhouse.console.roles import Role


def test_without_any_the_page_says_how_one_begins(ada: Ada) -> None:
    page = ada.see("/releases")

    assert "No student is in traffic yet." == page.lede
    assert "stillhouse distill release" in page.words


def test_a_release_is_listed_with_its_test_and_exported(real: Real, ada: Ada) -> None:
    ident = released(real, agreed=57).id
    row = ada.see("/releases").row("pupil")

    assert ["pupil · comments", "alice", "gpt", "shadow", "0%", "95.0%", "60"] == row[:7]
    assert row[7].endswith("/ 20")
    assert any(line.startswith(ident) for line in ada.file("/releases?csv=releases"))


def test_one_release_shows_days_promise_and_steps(real: Real, ada: Ada) -> None:
    ident = released(real, agreed=57).id
    page = ada.see(f"/releases/{ident}")

    assert "gpt answers all calls of alice; pupil is asked beside it" in page.lede
    assert "95.0% of 60 comparisons" in page.lede
    assert "promised 90.0%" in page.words
    assert "apache-2.0 4" in page.words
    assert f"/releases/{ident}/rollback" in page.links
    assert f"/releases/{ident}/canary" in page.links


def test_rolling_back_says_what_happens_and_does_it(real: Real, ada: Ada) -> None:
    ident = released(real).id
    asked = ada.see(f"/releases/{ident}/rollback")

    assert "gpt answers every call of alice in comments again" in asked.lede
    assert "This is final" in asked.words
    to = ada.do(f"/releases/{ident}/rollback", reason="a customer called")
    page = ada.see(to)
    assert "gpt answers all calls of alice again" in page.lede
    assert "a customer called" in page.words
    assert f"/releases/{ident}/rollback" not in page.links
    assert "rolled_back" == real.parts.store.release(ident).stage


def test_a_canary_takes_a_share_and_a_cut_over_everybody(real: Real, ada: Ada) -> None:
    ident = released(real).id
    assert "60 answers were compared" in ada.see(f"/releases/{ident}/canary").words
    ada.do(f"/releases/{ident}/move", stage="canary", share="2.5", reason="go")
    assert 250 == real.parts.store.release(ident).share_bps
    assert 409 == ada.refused(f"/releases/{ident}/move", stage="cut_over", reason="go")
    ada.do(f"/releases/{ident}/move", stage="cut_over", reason="a test", forced="1")

    assert "pupil answers all end users of alice" in ada.see(f"/releases/{ident}").lede
    assert "without the evidence" in ada.see(f"/releases/{ident}").words


def test_a_form_that_is_not_ours_moves_nothing(real: Real, ada: Ada) -> None:
    ident = released(real).id
    answer = ada.client.post(f"/releases/{ident}/rollback", data={"reason": "x"})

    assert 403 == answer.status_code
    assert "shadow" == real.parts.store.release(ident).stage


def test_whoever_may_not_move_it_on_is_not_shown_the_door(real: Real, ada: Ada) -> None:
    ident = released(real).id
    client = real.machine(Role.REVIEWER)
    page = Page(client.get(f"/releases/{ident}").text)

    assert f"/releases/{ident}/rollback" in page.links
    assert f"/releases/{ident}/canary" not in page.links
    assert 403 == client.get(f"/releases/{ident}/canary").status_code


@pytest.mark.parametrize(
    ("text", "ppm"), [("5", 50_000), ("0.5%", 5_000), (" 2,25 % ", 22_500), ("100", 1_000_000)]
)
def test_a_share_is_read_as_people_write_it(text: str, ppm: int) -> None:
    assert ppm == _share(text)


@pytest.mark.parametrize("text", ["", "x", "-5", "1e3", "5..5", "٣", "9999999"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="percent"):
        _share(text)


def test_it_is_told_in_indonesian(real: Real, ada: Ada) -> None:
    ident = released(real).id

    assert "gpt menjawab semua panggilan alice" in ada.see(f"/releases/{ident}", language="id").lede
