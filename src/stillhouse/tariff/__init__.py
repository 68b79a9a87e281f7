"""Usage x price -> charge. Pure, integers only.

config rows -> prices.PriceBook -> tariff at an instant -> charge (after) / bound (before)

prices   one published price list per (book, model), dated; never edited, named by its content
charge   what a call costs, exactly
bound    the most a call can cost, for the hold
"""

from stillhouse.tariff.bound import bound
from stillhouse.tariff.charge import UnpricedMeterError, charge
from stillhouse.tariff.prices import Book, PriceBook, Tariff, UnpricedModelError, tariff

__all__ = [
    "Book",
    "PriceBook",
    "Tariff",
    "UnpricedMeterError",
    "UnpricedModelError",
    "bound",
    "charge",
    "tariff",
]
