"""Numbers without a gap, a chain without a break, and never half a document, even when killed."""

import multiprocessing
import os
import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.billing.sold import finalised, invoice, rate, total

from stillhouse.billing.check import check, check_previous
from stillhouse.billing.contract import Contract
from stillhouse.billing.document import Document, Party, digest, from_json, to_json
from stillhouse.billing.ports import Issued
from stillhouse.billing.settings import Customer, Issuer, TaxRule
from stillhouse.ledger.entries import check as check_chain
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.store.sqlite import SQLiteStore
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Usage

AT = Instant(1_800_000_000_000_000)
WHO = "test"
DOCUMENT = invoice(total(Usage(input=1_000_000)))
MONTHS = [f"{year}-{month:02d}" for year in range(2026, 2100) for month in range(1, 13)]

ANOTHER = (
    "INSERT INTO documents SELECT issuer, serial + {step}, 'X', kind, account, period, refers,"
    " reopens, 'x', {previous}, 'x', text, finalised_at, 1 FROM documents"
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    opened = SQLiteStore(tmp_path / "stillhouse.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def account(store: SQLiteStore) -> str:
    return store.create_account("Acme", at=AT, actor=WHO).id


def complete(account: str, prefix: str = "INV-") -> object:
    def sealed(serial: int, previous: str) -> Document:
        mine = msgspec.structs.replace(DOCUMENT, customer=Party(id=account, name="Acme"))
        return finalised(mine, f"{prefix}{serial:06d}", previous=previous)

    return sealed


def issue(
    store: SQLiteStore, account: str, period: str = "2026-11", *, basis: str | None = None
) -> Issued:
    """Draft, approve, issue: what a close does to a store."""
    text = to_json(DOCUMENT)
    if store.requested(f"invoice/{account}/{period}") is None:
        store.hold_draft(account, period, text, at=AT, actor=WHO)
        store.approve_draft(account, period, text, at=AT, actor=WHO)
    documents = store.documents(account=account)
    newest = documents[-1].hash if documents else ""
    return store.issue(
        complete(account),  # type: ignore[arg-type]
        request=f"invoice/{account}/{period}",
        basis=newest if basis is None else basis,
        draft=text,
        issuer="default",
        account=account,
        period=period,
        at=AT,
        actor=WHO,
    )


def holds(store: SQLiteStore) -> list[Document]:
    """Everything that must be so between any two transactions."""
    issued = store.documents()
    documents = [from_json(each.text) for each in issued]
    assert list(range(1, len(issued) + 1)) == [each.serial for each in issued]
    previous = None
    for each, document in zip(issued, documents, strict=True):
        assert (each.number, each.hash) == (document.number, document.hash)
        assert digest(document) == document.hash
        assert [] == check(document)
        if previous is not None:
            assert [] == check_previous(document, previous)
        previous = document
    told = [e for e in store.entries() if e.kind == "invoice"]
    assert [each.hash for each in issued] == [e.body["hash"] for e in told]
    open_drafts = {(d.account, d.period) for d in store.drafts()}
    assert not open_drafts & {(each.account, each.period) for each in issued}
    assert check_chain(store.entries()) is None
    return documents


def test_numbers_are_dense_and_chained_per_issuer(store: SQLiteStore, account: str) -> None:
    other = store.create_account("Other", at=AT, actor=WHO).id
    numbers = [issue(store, who, month).number for month in MONTHS[:3] for who in (account, other)]

    assert [f"INV-{n:06d}" for n in range(1, 7)] == numbers
    assert 6 == len(holds(store))
    assert 3 == len(store.documents(account=other))
    assert 2 == len(store.documents(period=MONTHS[0]))


def test_asked_twice_the_same_document_comes_back(store: SQLiteStore, account: str) -> None:
    first = issue(store, account)
    before = list(store.entries())

    assert first == issue(store, account) == store.document(first.number)
    assert first == store.requested(f"invoice/{account}/2026-11")
    assert before == list(store.entries())
    with pytest.raises(NotFoundError, match="stillhouse invoices list"):
        store.document("INV-000099")


def test_a_document_worked_out_from_an_old_state_is_refused(
    store: SQLiteStore, account: str
) -> None:
    issue(store, account, "2026-10")

    with pytest.raises(ConflictError, match="another document of this account"):
        issue(store, account, "2026-11", basis="")
    assert 1 == len(holds(store))
    assert ["2026-11"] == [d.period for d in store.drafts()]


def test_only_the_approved_text_is_issued(store: SQLiteStore, account: str) -> None:
    text = to_json(DOCUMENT)
    store.hold_draft(account, "2026-11", text, at=AT, actor=WHO)
    arguments = {
        "request": "r",
        "basis": "",
        "draft": text,
        "issuer": "default",
        "account": account,
        "period": "2026-11",
        "at": AT,
        "actor": WHO,
    }
    with pytest.raises(ConflictError, match="approve it anew"):
        store.issue(complete(account), **arguments)  # type: ignore[arg-type]
    store.approve_draft(account, "2026-11", text, at=AT, actor=WHO)
    with pytest.raises(ConflictError, match="approve it anew"):
        store.issue(complete(account), **{**arguments, "draft": "{}"})  # type: ignore[arg-type]

    assert [] == holds(store)


def test_drafting_again_takes_the_approval_away(store: SQLiteStore, account: str) -> None:
    store.hold_draft(account, "2026-11", "{}", at=AT, actor=WHO)
    once = list(store.entries())
    store.hold_draft(account, "2026-11", "{}", at=AT, actor=WHO)
    assert once == list(store.entries())
    approved = store.approve_draft(account, "2026-11", "{}", at=AT, actor="ann")
    again = store.hold_draft(account, "2026-11", '{"a":1}', at=AT, actor=WHO)

    assert ("approved", "ann") == (approved.state, approved.approved_by)
    assert ("draft", None) == (again.state, again.approved_by)
    with pytest.raises(ConflictError, match="made again meanwhile"):
        store.approve_draft(account, "2026-11", "{}", at=AT, actor=WHO)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE documents SET text = '{}'", "never changed"),
        ("DELETE FROM documents", "never removed"),
        ("UPDATE fx_rates SET rate = '1'", "never edited"),
        ("DELETE FROM fx_rates", "never removed"),
        ("UPDATE contracts SET body = '{}'", "never edited"),
        ("DELETE FROM contracts", "never removed"),
        (ANOTHER.format(step=2, previous="hash"), "without a gap"),
        (ANOTHER.format(step=1, previous="'other'"), "without a gap"),
    ],
)
def test_the_database_itself_refuses_changes_and_gaps(
    store: SQLiteStore, account: str, change: str, says: str
) -> None:
    issue(store, account)
    store.set_rate(rate(), at=AT, actor=WHO)
    store.set_contract(Contract(account=account, since="2026-01"), at=AT, actor=WHO)

    with pytest.raises(sqlite3.IntegrityError, match=says):
        store._connection.execute(change)


def test_settings_rates_and_contracts_come_back_and_the_same_again_is_nothing(
    store: SQLiteStore, account: str
) -> None:
    issuer = Issuer(name="Toko", taxes=(TaxRule(name="PPN", rate_bp=1100, kinds=("usage",)),))
    customer = Customer(currency="IDR", taxes=())
    contract = Contract(account=account, since="2026-01", minimum="5")
    for _ in range(2):
        store.set_issuer(issuer, at=AT, actor=WHO)
        store.set_customer(account, customer, at=AT, actor=WHO)
    told = [store.set_rate(rate(), at=AT, actor=WHO) for _ in range(2)]
    told += [store.set_contract(contract, at=AT, actor=WHO) for _ in range(2)]

    assert [True, False, True, False] == told
    assert (issuer, customer) == (store.issuer("default"), store.customer(account))
    assert ([rate()], [contract]) == (store.rates(), store.contracts(account))
    assert [issuer] == store.issuers()
    assert (Issuer(id="x"), Customer()) == (store.issuer("x"), store.customer("y"))
    kinds = [e.kind for e in store.entries()]
    assert ["billing_settings"] * 2 + ["fx_rate", "contract"] == kinds[-4:]


def close_months(path: Path, account: str) -> None:
    store = SQLiteStore(path)
    for month in MONTHS:
        issue(store, account, month)
    store.close()


def test_killed_at_any_point_nothing_is_half_written(tmp_path: Path) -> None:
    """Kill -9 while months are closed; then everything holds, and closing goes on."""
    path = tmp_path / "stillhouse.sqlite"
    store = SQLiteStore(path)
    account = store.create_account("Acme", at=AT, actor=WHO).id
    chance = random.Random(7)
    context = multiprocessing.get_context("spawn")
    counts = []
    for _ in range(4):
        process = context.Process(target=close_months, args=(path, account))
        process.start()
        deadline = time.monotonic() + 30
        goal = len(store.documents()) + chance.randint(2, 9)
        while len(store.documents()) < goal and time.monotonic() < deadline:
            time.sleep(chance.random() / 500)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join(30)
        counts.append(len(holds(store)))

    assert counts == sorted(set(counts))
    issue(store, account, "2199-01")
    assert counts[-1] + 1 == len(holds(store))
    store.close()


def close_some(path: Path, account: str, months: list[str]) -> None:
    store = SQLiteStore(path)
    for month in months:
        issue(store, account, month)
    store.close()


def test_processes_that_close_at_once_share_one_row_of_numbers(tmp_path: Path) -> None:
    path = tmp_path / "stillhouse.sqlite"
    store = SQLiteStore(path)
    context = multiprocessing.get_context("spawn")
    processes = []
    for name in ("a", "b", "c"):
        account = store.create_account(name, at=AT, actor=WHO).id
        processes.append(context.Process(target=close_some, args=(path, account, MONTHS[:8])))
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [0] * 3 == [process.exitcode for process in processes]
    assert 24 == len(holds(store))
    store.close()
