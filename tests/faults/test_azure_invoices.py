"""Two recorded hours of Azure's traffic, sold to three accounts and invoiced in dollars and rupiah.

Each account's invoice is recomputed from its share of the trace in a few lines, by the checker in
SQL from receipts and prices, and by the customer's own check with every receipt that it asks for.
"""

import asyncio
import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest
from tests.compose.independent import problems
from tests.faults.service import Service

from stillhouse.billing.check import check
from stillhouse.billing.document import Document
from stillhouse.billing.fx import StoredRate
from stillhouse.billing.inclusion import check_inclusion
from stillhouse.billing.settings import Customer, Issuer, TaxRule
from stillhouse.compose.invoices import Invoices
from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.testing import upstream_thread
from stillhouse.units.instant import DAY, Instant, month_bounds

AZURE = Path(__file__).parents[2].parent / "shared" / "data" / "azure-llm-2023"
HOURS = [AZURE / f"AzureLLMInferenceTrace_{name}.csv.gz" for name in ("code", "conv")]
NAMES = ("Nusantara Video", "Kopi Chat", "Acme Search")
FX = "16100"


@dataclass
class Share:
    """One account's part of the trace."""

    name: str
    rows: list[dict[str, str]]
    account: str = ""
    key: str = ""

    @property
    def tokens(self) -> tuple[int, int]:
        said = [(int(r["ContextTokens"]), int(r["GeneratedTokens"])) for r in self.rows]
        return sum(n for n, _ in said), sum(n for _, n in said)

    def due(self, rate: str, unit: str) -> Decimal:
        """Each line rounded once."""
        prices = (Decimal("2.50"), Decimal("10.00"))
        exact = [n * p / 1_000_000 for n, p in zip(self.tokens, prices, strict=True)]
        rounded = [(e * Decimal(rate)).quantize(Decimal(unit), ROUND_HALF_EVEN) for e in exact]
        return sum(rounded, Decimal(0))


def shares() -> Iterator[Share]:
    """Rows dealt out unevenly: two to the first, one to each of the others."""
    rows = [
        row
        for hour in HOURS
        for row in csv.DictReader(gzip.decompress(hour.read_bytes()).decode().splitlines())
    ]
    dealt: list[list[dict[str, str]]] = [[], [], []]
    for at, row in enumerate(rows):
        dealt[(0, 0, 1, 2)[at % 4]].append(row)
    for name, mine in zip(NAMES, dealt, strict=True):
        yield Share(name, mine)


def replay(service: Service, share: Share) -> None:
    trace = service.folder / f"{share.account}.csv"
    with trace.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(share.rows[0]))
        writer.writeheader()
        writer.writerows(share.rows)
    sent = service.run_alone(
        *("replay", str(trace), "--deployment", "gpt-4o", "--key", share.key),
        *("--url", service.url, "--speed", "max", "--concurrency", "64", "--json"),
    )
    told = json.loads(sent.stdout)
    assert (told["failed"], told["bad_rows"]) == (0, 0), sent.stdout


def close(store: WholeStore, invoices: Invoices, account: str, month: str) -> Document:
    at = Instant(month_bounds(month)[1] + DAY)
    for step in (invoices.draft, invoices.approve, invoices.finalise):
        done = step(account, month, at=at, actor="test")
    return done.document


@pytest.mark.skipif(not AZURE.exists(), reason="needs ../shared/data/azure-llm-2023")
def test_the_azure_hours_are_invoiced_to_three_accounts_in_two_currencies(tmp_path: Path) -> None:
    sold = list(shares())
    with upstream_thread() as upstream:
        service = Service(tmp_path, upstream.base_url, workers=2)
        for share in sold:
            share.account = str(service.ask("accounts", "create", share.name)["id"])
            share.key = str(service.ask("keys", "create", "--account", share.account)["key"])
        asyncio.run(service.start())
        try:
            for share in sold:
                replay(service, share)
        finally:
            service.stop()
    [month] = service.months()
    store = open_store(service.data)
    at = month_bounds(month)[1]
    store.set_issuer(
        Issuer(name="Stillhouse", taxes=(TaxRule(name="PPN", rate_bp=1100),)), at=at, actor="test"
    )
    rate = StoredRate(
        base="USD", quote="IDR", rate=FX, date=f"{month}-28", policy="month_end", source="a bank"
    )
    store.set_rate(rate, at=at, actor="test")
    store.set_customer(sold[0].account, Customer(currency="IDR", language="id"), at=at, actor="t")
    invoices = Invoices(service.data, store)
    documents = [close(store, invoices, share.account, month) for share in sold]

    expected = [sold[0].due(FX, "1"), *(share.due("1", "0.01") for share in sold[1:])]
    assert expected == [Decimal(d.subtotal) for d in documents]
    assert [len(share.rows) for share in sold] == [d.receipts.count for d in documents]
    assert ["IDR", "USD", "USD"] == [d.currency for d in documents]
    assert [] == [f for d in documents for f in check(d)]
    assert [] == problems(service.data, store)
    for share, document in zip(sold, documents, strict=True):
        own = service.rows("receipts", "--account", share.account, "--month", month)
        ids = [str(row["id"]) for row in own[:: max(1, len(own) // 25)]]
        assert [] == check_inclusion(document, invoices.proof(document.number, ids), ids)
    store.close()
