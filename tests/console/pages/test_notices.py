"""Notices: what accounts are told, in words, and the appeal."""

from tests.console.guarded import opened
from tests.console.pages.conftest import Ada
from tests.console.real import Real


def test_nothing_to_know_is_said(ada: Ada) -> None:
    assert "There is nothing that you need to know." == ada.see("/notices").lede


def test_a_notice_tells_reason_effect_and_how_long_it_may_be_contested(
    real: Real, ada: Ada
) -> None:
    opened(real)
    page = ada.see("/notices")

    assert "1 notice for your accounts." == page.lede
    for words in ("throttle", "3.3(e)", "w1-17", "Answers stay what they are", "An appeal may be"):
        assert words in page.words, words
    assert "reason" in page.names


def test_an_appeal_is_made_once_and_then_waits(real: Real, ada: Ada) -> None:
    case = opened(real)
    page = ada.see(ada.do(f"/notices/{case.id}/appeal", reason="our own nightly evaluation"))

    assert "The appeal was made." in page.words
    assert "Your appeal is read." in page.words
    assert "reason" not in page.names
    assert 409 == ada.refused(f"/notices/{case.id}/appeal", reason="our own nightly evaluation")


def test_a_note_is_told_to_nobody(real: Real, ada: Ada) -> None:
    opened(real, e_value=30.0)

    assert "There is nothing that you need to know." == ada.see("/notices").lede
