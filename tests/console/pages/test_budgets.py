"""Budgets and limits: how much is used, near ones first; set, changed and removed by forms."""

from tests.console.pages.conftest import Ada
from tests.console.pages.crowd import crowd
from tests.console.real import AT, Real

from stillhouse.console.i18n import NONE


def set_one(ada: Ada, real: Real, amount: str = "10", **more: str) -> str:
    whose = f"account:{real.alice.id}"
    return ada.do("/budgets", whose=whose, span="month", amount=amount, hard="1", **more)


def test_a_house_without_budgets_is_told_so(ada: Ada) -> None:
    assert "every account may spend without end" in ada.see("/budgets").lede


def test_a_budget_that_is_nearly_used_up_is_named(real: Real, ada: Ada) -> None:
    set_one(ada, real)
    real.seal(real.receipts(9, account=real.alice, writer=real.writer(), at=AT, charge=10**12))
    page = ada.see("/budgets")

    assert "1 budget is nearly used up: alice has used 90%, $1.00 is left." == page.lede
    assert ["$10.00", "$9.00", "$0.00", "$1.00"] == page.row("alice")[3:7]


def test_a_budget_in_rupiah_is_shown_as_it_was_written(real: Real, ada: Ada) -> None:
    set_one(ada, real, "160000", currency="idr", fx="16000")

    assert "$10.00 IDR 160000" in ada.see("/budgets").words


def test_a_budget_is_changed_and_removed(real: Real, ada: Ada) -> None:
    set_one(ada, real)
    [path] = [link for link in ada.see("/budgets").links if link.startswith("/budgets/")]

    assert "0% of $10.00 is used" in ada.see(path).lede
    assert "The budget was removed" in ada.see(ada.do(f"{path}/remove")).words
    assert "no such budget" in ada.see(path, status=404).words


def test_a_member_and_a_provider_have_budgets_by_the_week(real: Real, ada: Ada) -> None:
    ada.do("/budgets", whose="provider:stub", span="week", amount="7", hard="1")
    [member] = [m.id for m in real.parts.register.members()]
    page = ada.see(ada.do("/budgets", whose=f"member:{member}", span="week", amount="5", hard="1"))

    assert ["week 2026-W48", "hard", "$7.00"] == page.row("stub provider")[1:4]
    assert ["week 2026-W48", "hard", "$5.00"] == page.row("ada@example.com member")[1:4]
    assert 404 == ada.refused("/budgets", whose="provider:nobody", span="week", amount="1")


def test_what_new_members_get_is_set_and_taken_away(ada: Ada) -> None:
    page = ada.see(ada.do("/budget-defaults", span="week", amount="20", hard="1"))
    assert ["hard", "$20.00"] == page.row("week")[1:]
    assert "Whoever joins from now on gets it." in page.words
    page = ada.see(ada.do("/budget-defaults", span="week", amount=""))

    assert "New members get no budget of their own." in page.words
    assert 422 == ada.refused("/budget-defaults", span="fortnight", amount="1")


def test_limits_are_set_for_whom_they_are_meant(real: Real, ada: Ada) -> None:
    whose = f"key:{real.keys[real.bob.id].id}"
    page = ada.see(ada.do("/limits", whose=whose, requests_per_minute="60"))

    assert ["60", NONE, NONE] == page.row("sk-sh-1")[1:]
    assert 422 == ada.refused("/limits", whose=whose, concurrent="many")
    assert 422 == ada.refused("/limits", whose="nobody")


def test_a_bad_amount_changes_nothing(real: Real, ada: Ada) -> None:
    refused = ada.refused("/budgets", whose=f"account:{real.alice.id}", span="month", amount="lots")

    assert 400 <= refused < 500
    assert "every account may spend" in ada.see("/budgets").lede


def test_of_many_budgets_the_fullest_are_shown(real: Real, ada: Ada) -> None:
    for n, account in enumerate(crowd(real, count=60)):
        ada.do("/budgets", whose=f"account:{account.id}", span="month", amount=str(1 + n % 7))
    page = ada.see("/budgets")

    assert "1 to 50 of 60" in page.words
    assert 60 == len(ada.file("/budgets?csv=budgets")) - 1
