"""All accounts at once is each account by itself: the same documents, errors and numbers."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.compose.independent import problems
from tests.compose.sales import NOW, WHO, Sales, at

from stillhouse.billing.check import check, check_previous
from stillhouse.billing.document import Document, from_json
from stillhouse.billing.settings import Customer, Issuer
from stillhouse.compose import month as whole
from stillhouse.compose.month import Month, Result
from stillhouse.units.usage import Usage

MONTH = "2026-11"


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[Sales]:
    made = Sales.found(tmp_path)
    made.store.set_issuer(Issuer(name="Toko"), at=NOW, actor=WHO)
    yield made
    made.close()


def trade(sales: Sales, n: int = 5) -> list[str]:
    accounts = [sales.account(f"a{place}") for place in range(n)]
    sales.account("idle")
    for place, account in enumerate(accounts, 1):
        for outcome in ("completed", "client_left"):
            usage = Usage(input=1_000_000 * place, requests=1)
            sales.sell(account, at("2026-11-03"), usage, outcome=outcome, reported=place % 2 > 0)
    return sorted(accounts)


def month(sales: Sales, processes: int = 1) -> Month:
    return Month(sales.data, sales.store, MONTH, at=NOW, actor=WHO, processes=processes)


def states(results: Iterator[Result]) -> dict[str, str]:
    return {each.account: each.state for each in results}


def documents(sales: Sales) -> list[Document]:
    return [from_json(each.text) for each in sales.store.documents()]


def test_all_at_once_gives_the_documents_of_one_by_one(sales: Sales, tmp_path: Path) -> None:
    accounts = trade(sales)
    month_ = month(sales)
    assert dict.fromkeys(accounts, "draft") == states(month_.draft())
    assert dict.fromkeys(accounts, "approved") == states(month_.approve())
    done = list(month_.finalise())
    together = documents(sales)
    previous = None
    for document in together:
        assert [] == check(document)
        assert previous is None or [] == check_previous(document, previous)
        previous = document
    with_others = Sales.found(tmp_path / "alone")
    with_others.store.set_issuer(Issuer(name="Toko"), at=NOW, actor=WHO)
    others = trade(with_others)
    for account in others:
        for step in (with_others.invoices.draft, with_others.invoices.approve):
            step(account, MONTH, at=NOW, actor=WHO)
        with_others.invoices.finalise(account, MONTH, at=NOW, actor=WHO)

    assert [(f"INV-{n:06d}", a) for n, a in enumerate(accounts, 1)] == [
        (each.number, each.account) for each in done
    ]
    assert sorted(d.total for d in documents(with_others)) == sorted(d.total for d in together)
    assert [] == problems(sales.data, sales.store)
    proof = sales.invoices.proof("INV-000001", [f"w1-{together[0].receipts.writers[0].first}"])
    assert 1 == len(proof.receipts)
    with_others.close()


def test_several_processes_give_the_same_in_the_same_order(
    sales: Sales, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = trade(sales)
    monkeypatch.setattr(whole, "CHUNK", 2)
    found = [list(month(sales, 2).draft()) for _ in range(2)]

    assert found[0] == found[1] == list(month(sales).draft())
    assert accounts == [each.account for each in found[0]]
    list(month(sales).approve())
    assert accounts == [each.account for each in month(sales, 2).finalise()]


def test_asked_again_it_goes_on_where_it_was_stopped(
    sales: Sales, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = trade(sales)
    monkeypatch.setattr(whole, "CHUNK", 2)
    list(month(sales).draft())
    list(month(sales).approve())
    stopped = month(sales).finalise()
    first = [next(stopped) for _ in range(3)]
    del stopped
    assert 4 == len(documents(sales)), "a chunk is stored as a whole"
    rest = list(month(sales).finalise())
    entries = len(list(sales.store.entries()))

    assert accounts == [each.account for each in rest]
    assert first == rest[:3]
    assert rest == list(month(sales).finalise()) == list(month(sales).draft())
    assert entries == len(list(sales.store.entries()))


def test_one_accounts_error_is_its_own(sales: Sales) -> None:
    accounts = trade(sales)
    store = sales.store
    store.set_customer(accounts[1], Customer(currency="IDR"), at=NOW, actor=WHO)
    drafted = list(month(sales).draft())
    store.set_customer(accounts[1], Customer(), at=NOW, actor=WHO)
    list(month(sales).draft())
    list(month(sales).approve())
    sales.sell(accounts[2], at("2026-11-04"), Usage(input=1, requests=1))
    sales.sell(accounts[3], at("2026-11-04"), Usage(audio_in=1))
    for step in (sales.invoices.draft, sales.invoices.approve):
        step(accounts[3], MONTH, at=NOW, actor=WHO)
    sales.invoices.draft(accounts[4], MONTH, at=NOW, actor=WHO)
    closed = list(month(sales).finalise())

    assert ["draft", "failed", "draft", "draft", "draft"] == [each.state for each in drafted]
    assert "stillhouse fx set USD IDR RATE" in drafted[1].error
    errors = {each.account: each.error for each in closed if each.error}
    assert "draft and approve it again" in errors[accounts[2]]
    assert "without a price" in errors[accounts[3]]
    assert "is not approved" in errors[accounts[4]]
    assert 2 == len(documents(sales))
    assert "finalised" == states(month(sales).finalise(leave_unpriced=True))[accounts[3]]


def test_who_has_nothing_to_pay_gets_no_draft(sales: Sales) -> None:
    [account] = trade(sales, 1)
    for step in (month(sales).draft, month(sales).approve, month(sales).finalise):
        list(step())
    december = Month(sales.data, sales.store, "2026-12", at=NOW, actor=WHO, processes=1)

    assert {account: "nothing"} == states(december.draft())
    sales.sell(account, at("2026-11-30"), Usage(input=1, requests=1))
    [late] = december.draft()
    assert ("draft", "USD") == (late.state, late.currency)
    assert replace(late, state="draft") == late
