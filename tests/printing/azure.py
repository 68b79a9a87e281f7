"""Two real hours of Azure's traffic, sold by a reseller to three accounts and invoiced.

Microsoft's trace of 2023 (19,366 conversation and 8,819 code requests; CC-BY-4.0; Patel et al.,
Splitwise, ISCA 2024) goes through a journal as a gateway writes it, at the times of the trace; then
its month is drafted, approved and finalised. Names, prices and the rate of exchange are examples.

    python -m tests.printing.azure FOLDER     # writes the invoices and their pictures there
"""

import csv
import gzip
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from stillhouse.billing.document import Document
from stillhouse.billing.fx import StoredRate
from stillhouse.billing.settings import Customer, Issuer, TaxRule
from stillhouse.compose.exports import FORMS, export
from stillhouse.compose.invoices import Invoices
from stillhouse.compose.stores import open_store
from stillhouse.ledger.journal import frame
from stillhouse.ledger.receipt import Close, Open
from stillhouse.ledger.rules import settle
from stillhouse.store.folder import JournalFolder
from stillhouse.store.journal import JournalWriter
from stillhouse.store.lake import Lake
from stillhouse.tariff import Tariff, tariff
from stillhouse.units.instant import Instant, instant
from stillhouse.units.usage import NOTHING, Meter, Usage
from stillhouse.worker.recover import recover
from stillhouse.worker.seal import Sealer

AZURE = Path(__file__).parents[2].parent / "shared" / "data" / "azure-llm-2023"
MONTH = "2023-11"
FOUNDED = instant(datetime(2023, 11, 1, tzinfo=UTC))
CLOSED = instant(datetime(2023, 12, 1, 9, 30, tzinfo=UTC))
WHO = "finance"
PRICES = {"gpt-4o": ("2.50", "10.00"), "gpt-4o-mini": ("0.15", "0.60"), "gpt-4.1": ("2.00", "8.00")}
ISSUER = Issuer(
    name="PT Awan Nusantara",
    address=("Jl. Jend. Sudirman Kav. 52-53", "Jakarta 12190, Indonesia"),
    tax_id="01.234.567.8-012.000",
    email="billing@awan.example",
    bank=("Bank Contoh, KCU Sudirman", "Account 035-123-4567"),
    prefix="AWN-2023-",
    taxes=(TaxRule(name="PPN", rate_bp=1100),),
)
CUSTOMERS = {
    "Komentar Tbk": Customer(
        address=("Jl. Gatot Subroto 18", "Jakarta 12930, Indonesia"),
        tax_id="09.876.543.2-101.000",
        notes=("Questions about this invoice: billing@awan.example, within 30 days.",),
    ),
    "Warung Pintar": Customer(
        address=("Jl. Asia Afrika 8", "Bandung 40111, Indonesia"),
        currency="IDR",
        unit="1",
        language="id",
    ),
    "Kode Nusantara": Customer(
        address=("Jl. Malioboro 52", "Yogyakarta 55271, Indonesia"),
        currency="IDR",
        unit="1",
        language="id",
    ),
}
RATE = StoredRate(
    base="USD",
    quote="IDR",
    rate="15400",
    date="2023-11-30",
    policy="month_end",
    source="an example rate",
)


class Sold(NamedTuple):
    """One request of the trace, and whose it is in our story."""

    at: Instant
    account: str
    project: str
    workload: str
    model: str
    tokens_in: int
    tokens_out: int


def trace() -> Iterator[Sold]:
    """Every request, in the order of the files."""
    for name in ("conv", "code"):
        with gzip.open(AZURE / f"AzureLLMInferenceTrace_{name}.csv.gz", "rt") as file:
            for place, row in enumerate(csv.DictReader(file)):
                moment = datetime.fromisoformat(row["TIMESTAMP"][:26]).replace(tzinfo=UTC)
                yield Sold(
                    instant(moment),
                    *_whose(name, place),
                    int(row["ContextTokens"]),
                    int(row["GeneratedTokens"]),
                )


def _whose(name: str, place: int) -> tuple[str, str, str, str]:
    if name == "code":
        return ("Kode Nusantara", "editor", "complete code", "gpt-4.1")
    if place % 3 == 0:
        return ("Warung Pintar", "chat", "answer customers", "gpt-4o-mini")
    if place % 3 == 1:
        return ("Komentar Tbk", "comments", "answer users", "gpt-4o")
    return ("Komentar Tbk", "comments", "classify comments", "gpt-4o-mini")


def priced(model: str) -> Tariff:
    tokens_in, tokens_out = (int(price.replace(".", "")) * 10_000 for price in PRICES[model])
    prices = {Meter.INPUT: tokens_in, Meter.OUTPUT: tokens_out}
    return tariff(book="sale", model=model, valid_from=FOUNDED, prices=prices)


def invoiced(data: Path) -> list[Document]:
    """The three invoices, numbered."""
    with closing(open_store(data, create=True)) as store:
        store.set_issuer(ISSUER, at=FOUNDED, actor=WHO)
        store.set_rate(RATE, at=CLOSED, actor=WHO)
        accounts = {}
        for name, customer in CUSTOMERS.items():
            account = store.create_account(name, at=FOUNDED, actor=WHO)
            store.set_customer(account.id, customer, at=FOUNDED, actor=WHO)
            accounts[name] = account.id
        projects = {
            (account, name): store.create_project(
                name, account=accounts[account], at=FOUNDED, actor=WHO
            ).id
            for account, name in sorted({(sold.account, sold.project) for sold in trace()})
        }
        tariffs = {model: priced(model) for model in PRICES}
        store.register_tariffs(list(tariffs.values()), at=FOUNDED)
        writer = store.register_writer(at=FOUNDED)
        journal = JournalWriter(data, writer=writer, at=FOUNDED, on_synced=lambda _: None)
        for sold in trace():
            project = projects[sold.account, sold.project]
            for record in _records(
                journal.next_seq(), sold, accounts[sold.account], project, tariffs[sold.model]
            ):
                journal.append(frame(record))
        journal.flush()
        journal.close()
        recover(Sealer(folder=JournalFolder(data), lake=Lake(data), books=store), CLOSED)
        desk = Invoices(data, store)
        for name in CUSTOMERS:
            desk.draft(name, MONTH, at=CLOSED, actor=WHO)
            desk.approve(name, MONTH, at=CLOSED, actor=WHO)
            desk.finalise(name, MONTH, at=CLOSED, actor=WHO)
        return [desk.document(row.number).document for row in desk.rows(period=MONTH)]


def _records(seq: int, sold: Sold, account: str, project: str, sale: Tariff) -> tuple[Open, Close]:
    usage = Usage(input=sold.tokens_in, output=sold.tokens_out, requests=1)
    settled = settle(
        outcome="completed",
        status=200,
        reported=usage,
        count=lambda: NOTHING,
        hold=0,
        sale=sale,
        cost=None,
    )
    opened = Open(
        seq=seq,
        call=seq,
        admitted_at=sold.at,
        account=account,
        project=project,
        key="",
        deployment=sold.model,
        provider="azure",
        model=sold.model,
        surface="chat",
        stream=True,
        hold=0,
        sale_tariff=sale.id,
        cost_tariff="",
        budgets=(),
        input_bound=sold.tokens_in,
        workload=sold.workload,
    )
    closed = Close(
        seq=seq,
        settled_at=sold.at + 1000,
        first_byte_us=500,
        latency_us=1000,
        status=200,
        outcome="completed",
        witness=settled.witness,
        flags=settled.flags,
        usage=tuple(settled.usage),
        charge=settled.charge,
        cost=settled.cost,
    )
    return opened, closed


def main(folder: Path) -> None:
    """Every form of the three invoices, and a picture of each first page."""
    from pypdfium2 import PdfDocument  # noqa: PLC0415 # only pictures need it

    folder.mkdir(parents=True, exist_ok=True)
    for document in invoiced(folder / "data"):
        for form in FORMS:
            file = export([document], form)
            (folder / file.name).write_bytes(file.data)
        book = PdfDocument(export([document], "pdf").data)
        picture = book[0].render(scale=1.6).to_pil().quantize(48)
        picture.save(folder / f"{document.number}.png", optimize=True)
        book.close()
        print(document.number, document.customer.name, document.currency, document.total)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
