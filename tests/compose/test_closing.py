"""What nothing has touched is finalised as it stands; else it is worked out again."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.compose.independent import problems
from tests.compose.sales import NOW, WHO, Sales, at, sale

from stillhouse.billing.check import check
from stillhouse.billing.contract import Contract
from stillhouse.billing.document import from_json
from stillhouse.billing.fx import StoredRate
from stillhouse.billing.settings import Customer, Issuer
from stillhouse.compose.closing import StaleDraftError, UnpricedError
from stillhouse.compose.invoice_facts import InvoiceFacts
from stillhouse.compose.month import Month
from stillhouse.compose.stores import open_store
from stillhouse.ledger.ports import ConflictError
from stillhouse.store.sqlite_desk import SQLiteDesk
from stillhouse.tenants import Standing
from stillhouse.units.usage import Usage

MONTH = "2026-11"
USED = Usage(input=1_000_003, requests=1)


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[Sales]:
    made = Sales.found(tmp_path)
    made.store.set_issuer(Issuer(name="Toko"), at=NOW, actor=WHO)
    yield made
    made.close()


def approved(sales: Sales, name: str = "a", used: Usage = USED) -> str:
    account = sales.account(name)
    sales.sell(account, at("2026-11-03"), used)
    for step in (sales.invoices.draft, sales.invoices.approve):
        step(account, MONTH, at=NOW, actor=WHO)
    return account


def finalise(sales: Sales, account: str, **more: bool) -> str:
    stage = sales.invoices.finalise(account, MONTH, at=NOW, actor=WHO, **more)
    return sales.store.document(stage.row.number).text


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Accounts whose documents were worked out for good."""
    found: list[str] = []
    write = InvoiceFacts.write

    def told(self: InvoiceFacts, gathered, *rest, prove: bool, **more):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN002, ANN003, ANN202
        if prove:
            found.append(gathered.owner.id)
        return write(self, gathered, *rest, prove=prove, **more)

    monkeypatch.setattr(InvoiceFacts, "write", told)
    return found


def test_what_stands_is_what_working_it_out_again_gives(
    sales: Sales, worked: list[str], tmp_path: Path
) -> None:
    account = approved(sales)
    del worked[:]
    stands = finalise(sales, account)
    assert [] == worked
    assert [] == check(from_json(stands))
    assert [] == problems(sales.data, sales.store)

    with closing(Sales.found(tmp_path / "again")) as again:
        again.store.set_issuer(Issuer(name="Toko"), at=NOW, actor=WHO)
        other = approved(again)
        with closing(sqlite3.connect(again.data / "stillhouse.sqlite")) as db:
            db.execute("UPDATE drafts SET as_of = 0")
            db.commit()
        del worked[:]
        text = finalise(again, other)
    assert [other] == worked
    ours, theirs = from_json(stands), from_json(text)
    names = {account: other, ours.hash: theirs.hash, ours.receipts.root: theirs.receipts.root}
    for name, project in ((account, sales.keys), (other, again.keys)):
        names[sales.keys[account][0]] = again.keys[other][0]
        assert project[name]
    for ours_, theirs_ in names.items():
        stands = stands.replace(ours_, theirs_)
    assert text == stands


HARMLESS: dict[str, Callable[[Sales, str], object]] = {
    "nothing": lambda _s, _a: None,
    "another account": lambda s, _a: s.invoices.draft(s.account("other"), MONTH, at=NOW, actor=WHO),
    "december": lambda s, a: s.sell(a, at("2026-12-03"), USED),
    "suspended": lambda s, a: s.store.set_standing(
        a, Standing.SUSPENDED, reason="unpaid", at=NOW, actor=WHO
    ),
    "a writer": lambda s, _a: s.store.register_writer(at=NOW),
}
TOUCHING: dict[str, Callable[[Sales, str], object]] = {
    "a rate": lambda s, _a: s.store.set_rate(
        StoredRate(
            base="USD",
            quote="IDR",
            rate="16100",
            date="2026-11-30",
            policy="month_end",
            source="x",
        ),
        at=NOW,
        actor=WHO,
    ),
    "a setting": lambda s, a: s.store.set_customer(a, Customer(name="B"), at=NOW, actor=WHO),
    "an issuer": lambda s, _a: s.store.set_issuer(Issuer(name="Other"), at=NOW, actor=WHO),
    "a contract": lambda s, a: s.store.set_contract(
        Contract(account=a, since=MONTH), at=NOW, actor=WHO
    ),
    "a price": lambda s, _a: s.store.register_tariffs([sale("n", input=5)], at=NOW),
    "a late receipt": lambda s, a: s.sell(a, at("2026-11-30"), USED),
    "an older receipt": lambda s, a: s.sell(a, at("2026-10-30"), USED),
    "a late receipt of another": lambda s, _a: s.sell(s.account("other"), at("2026-11-30"), USED),
    "something new": lambda s, _a: s.store._enter(  # type: ignore[attr-defined]
        at=NOW, kind="never_heard_of", actor=WHO, body={}
    ),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_changes_no_document_lets_it_stand(sales: Sales, worked: list[str], what: str) -> None:
    account = approved(sales)
    HARMLESS[what](sales, account)
    del worked[:]
    document = from_json(finalise(sales, account))

    assert [] == worked
    assert [] == check(document)


@pytest.mark.parametrize("what", TOUCHING)
def test_whatever_may_change_it_has_it_worked_out_again(
    sales: Sales, worked: list[str], what: str
) -> None:
    account = approved(sales)
    TOUCHING[what](sales, account)
    del worked[:]
    if what in {"a setting", "an issuer", "a late receipt"}:
        with pytest.raises(StaleDraftError):
            finalise(sales, account)
    else:
        finalise(sales, account)

    assert [account] == worked


def test_a_credit_note_of_the_account_has_its_next_month_worked_out_again(
    sales: Sales, worked: list[str]
) -> None:
    account = approved(sales)
    finalise(sales, account)
    later = at("2027-02-01")
    sales.sell(account, at("2026-12-03"), USED)
    for step in (sales.invoices.draft, sales.invoices.approve):
        step(account, "2026-12", at=later, actor=WHO)
    sales.invoices.credit("INV-000001", reason="goodwill", at=later, actor=WHO)
    del worked[:]
    sales.invoices.finalise(account, "2026-12", at=later, actor=WHO)

    assert [account] == worked


def test_a_text_that_nobody_approved_is_never_finalised(sales: Sales) -> None:
    account = approved(sales)
    held = sales.store.draft(account, MONTH)
    assert held is not None
    changed = held.text.replace('"name":"a"', '"name":"b"')
    assert changed != held.text
    with closing(sqlite3.connect(sales.data / "stillhouse.sqlite")) as db:
        db.execute("UPDATE drafts SET text = ?", (changed,))
        db.commit()

    with pytest.raises(ConflictError, match="not the text that was approved"):
        finalise(sales, account)
    month = Month(sales.data, sales.store, MONTH, at=NOW, actor=WHO, processes=1)
    [result] = month.finalise()
    assert "not the text that was approved" in result.error
    assert [] == sales.store.documents()


def test_usage_without_a_price_asks_first_here_too(sales: Sales, worked: list[str]) -> None:
    account = approved(sales, used=Usage(audio_in=7))
    del worked[:]
    with pytest.raises(UnpricedError):
        finalise(sales, account)
    finalise(sales, account, leave_unpriced=True)

    assert [] == worked


def test_the_same_receipts_give_the_same_draft_whatever_else_was_entered(sales: Sales) -> None:
    account = approved(sales)
    first = sales.store.draft(account, MONTH)
    approved(sales, "other")
    entries = sales.store.moment().entry
    sales.invoices.draft(account, MONTH, at=NOW, actor=WHO)
    second = sales.store.draft(account, MONTH)

    assert first is not None
    assert second is not None
    assert from_json(first.text).receipts.root == from_json(second.text).receipts.root
    assert entries < sales.store.moment().entry, "to draft again takes the approval away"
    with closing(open_store(sales.data)) as store, closing(SQLiteDesk(store.path)):  # type: ignore[attr-defined]
        assert second == store.draft(account, MONTH)
