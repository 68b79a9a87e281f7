"""Invoices, prices, revenue and what providers say, as far as this installation does them."""

from collections.abc import Mapping, Sequence
from typing import NoReturn

from stillhouse.billing.document import Document
from stillhouse.compose.desks.parts import Part
from stillhouse.console.house import NotHereError
from stillhouse.console.money_views import (
    Bridge,
    Capture,
    Forecast,
    InvoiceRow,
    InvoiceView,
    PriceRow,
    PriceVersion,
    Quote,
    Rerating,
    Revenue,
    WorkloadRow,
)
from stillhouse.console.views import Days
from stillhouse.units.instant import Instant


def not_here(what: str) -> NoReturn:
    raise NotHereError(f"{what} not in this version of the console; use the command line")


class MoneyPart(Part):
    def workloads(self, days: Days, *, account: str = "") -> list[WorkloadRow]:
        not_here("workloads are")

    def rename_workload(self, workload: str, name: str) -> None:
        not_here("workloads are")

    def merge_workloads(self, workloads: Sequence[str], into: str) -> None:
        not_here("workloads are")

    def bridge(self, month: str, *, account: str = "") -> Bridge:
        not_here("the bridge is")

    def forecast(self, month: str, *, account: str = "") -> Forecast:
        not_here("the forecast is")

    def invoices(self, *, account: str = "", month: str = "") -> list[InvoiceRow]:
        not_here("invoices are")

    def invoice(self, ident: str) -> InvoiceView:
        not_here("invoices are")

    def preview(
        self, account: str, month: str, *, currency: str = "", fx: str = "", language: str = ""
    ) -> Document:
        not_here("invoices are")

    def draft(self, account: str, month: str) -> InvoiceView:
        not_here("invoices are")

    def approve(self, ident: str) -> InvoiceView:
        not_here("invoices are")

    def finalise(self, ident: str) -> InvoiceView:
        not_here("invoices are")

    def credit(self, ident: str, *, lines: Mapping[int, str], reason: str) -> InvoiceView:
        not_here("invoices are")

    def invoice_pdf(self, ident: str, *, language: str = "") -> bytes:
        not_here("invoices are")

    def prices(self, *, model: str = "", book: str = "") -> list[PriceRow]:
        not_here("prices are")

    def price_versions(self) -> list[PriceVersion]:
        not_here("prices are")

    def price_version(self, ident: str) -> PriceVersion:
        not_here("prices are")

    def propose_price(
        self, model: str, *, book: str, unit_prices: Mapping[str, str], valid_from: Instant
    ) -> PriceVersion:
        not_here("prices are")

    def approve_prices(self, ident: str) -> PriceVersion:
        not_here("prices are")

    def reject_prices(self, ident: str, *, reason: str) -> PriceVersion:
        not_here("prices are")

    def quote(self, model: str, usage: Mapping[str, int], *, at: Instant | None = None) -> Quote:
        not_here("quotes are")

    def rerate(self, ident: str) -> Rerating:
        not_here("re-rating is")

    def revenue(self, days: Days) -> Revenue:
        not_here("revenue is")

    def captured(self, days: Days) -> list[Capture]:
        not_here("reconciliation is")
