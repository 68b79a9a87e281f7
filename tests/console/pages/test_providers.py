"""Providers: who answers well, what has no price, and keys that are never shown again."""

from tests.console.pages.conftest import Ada
from tests.console.real import AT, Real

from stillhouse.units.instant import SECOND


def test_a_deployment_that_nobody_called_is_not_said_to_be_well(ada: Ada) -> None:
    assert "no call in the last hour" in ada.see("/providers").lede


def test_failing_deployments_are_named_first(real: Real, ada: Ada) -> None:
    writer = real.writer()
    at = AT - 600 * SECOND
    real.seal(real.receipts(6, account=real.alice, writer=writer, at=at))
    real.seal(
        real.receipts(4, account=real.alice, writer=writer, at=at, outcome="timeout", status=0)
    )
    page = ada.see("/providers")

    assert "40% of the calls to gpt at stub" in page.lede
    assert "some fail" in page.row("gpt")


def test_a_key_that_does_not_work_is_not_kept(ada: Ada) -> None:
    page = ada.once("/providers/stub/key", secret="sk-wrong-key")  # nobody listens there

    assert "stub did not accept it." == page.lede
    assert "sk-wrong-key" not in page.html
    assert "kept here" not in ada.see("/providers").words
