"""Usage x price -> charge. Pure, integers only.

rows -> book.PriceBook -> tariff at two times -> charge (after) / bound (before)

prices     one published price list per (book, model, tier, ...), dated; named by its content
book       which of them is in force; every price that one call may end at
charge     what a call costs, exactly
bound      the most a call can cost, for the hold
quote      what one call would be charged
version    rows that are decided on together: proposed, approved, rejected; what they change
catalogue  a public price list as rows to propose
plain      tariffs as plain values, for JSON
"""

from stillhouse.tariff.book import (
    MissingBandError,
    Offer,
    OverlappingPricesError,
    PriceBook,
    UnpricedModelError,
)
from stillhouse.tariff.bound import bound
from stillhouse.tariff.charge import UnpricedMeterError, charge
from stillhouse.tariff.prices import Book, Slot, Tariff, tariff

__all__ = [
    "Book",
    "MissingBandError",
    "Offer",
    "OverlappingPricesError",
    "PriceBook",
    "Slot",
    "Tariff",
    "UnpricedMeterError",
    "UnpricedModelError",
    "bound",
    "charge",
    "tariff",
]
