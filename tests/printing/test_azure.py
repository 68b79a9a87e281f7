"""Two real hours, three accounts: each invoice is one page, and its sums are those of the trace.

The expected amounts are worked out here from the trace alone, without anything of ours.
"""

from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal

import pypdfium2
import pytest
from tests.billing.exports.focus_specification import violations
from tests.billing.exports.test_beancount import BEAN_CHECK, bean_check
from tests.billing.exports.test_focus import payable, table
from tests.printing.azure import AZURE, PRICES, RATE, invoiced, trace

from stillhouse.billing.check import check
from stillhouse.billing.document import Document
from stillhouse.compose.exports import export

NEEDED = pytest.mark.skipif(not AZURE.exists(), reason="needs ../shared/data/azure-llm-2023")
UNITS = {"USD": Decimal("0.01"), "IDR": Decimal(1)}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    found = invoiced(tmp_path_factory.mktemp("azure") / "data")
    return {document.customer.name: document for document in found}


def expected(account: str, currency: str) -> Decimal:
    """Tokens x price x rate, rounded per workload, model and meter; then 11 percent of the sum."""
    tokens: dict[tuple[str, str, int], int] = defaultdict(int)
    for sold in trace():
        if sold.account == account:
            for meter, n in enumerate((sold.tokens_in, sold.tokens_out)):
                tokens[sold.workload, sold.model, meter] += n
    rate = Decimal(RATE.rate) if currency == "IDR" else Decimal(1)
    exact = [
        Decimal(n) * Decimal(PRICES[model][meter]) / 1_000_000 * rate
        for (_, model, meter), n in tokens.items()
    ]
    unit = UNITS[currency]
    lines = sum(amount.quantize(unit, ROUND_HALF_EVEN) for amount in exact)
    return lines + (lines * Decimal("0.11")).quantize(unit, ROUND_HALF_EVEN)


@NEEDED
@pytest.mark.parametrize(
    ("account", "currency"),
    [("Komentar Tbk", "USD"), ("Warung Pintar", "IDR"), ("Kode Nusantara", "IDR")],
)
def test_an_invoice_is_the_trace_on_one_page_in_every_form(
    documents: dict[str, Document], account: str, currency: str
) -> None:
    document = documents[account]
    book = pypdfium2.PdfDocument(export([document], "pdf").data)
    pages = len(book)
    book.close()
    header, rows = table(document)

    assert (currency, expected(account, currency)) == (document.currency, Decimal(document.total))
    assert 1 == pages
    assert [] == check(document)
    assert [] == violations(header, rows, payable(document))


@NEEDED
@pytest.mark.skipif(not BEAN_CHECK.exists(), reason="bean-check is not installed: make dev")
def test_the_month_is_one_journal_that_bean_check_accepts(documents: dict[str, Document]) -> None:
    file = export(list(documents.values()), "beancount")

    assert (0, "") == bean_check(file.data.decode())


@NEEDED
def test_every_request_is_on_one_invoice(documents: dict[str, Document]) -> None:
    assert 28_185 == sum(document.receipts.count for document in documents.values())
