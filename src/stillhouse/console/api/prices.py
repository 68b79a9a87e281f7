"""Prices: list, proposed versions with their difference, approve, reject, quote, re-rate."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from stillhouse.console.api.shapes import Asked, Ident, Name, ReadsPrices, WritesPrices
from stillhouse.console.money_views import PriceRow, PriceVersion, Quote, Rerating
from stillhouse.units.instant import instant
from stillhouse.units.usage import Meter

router = APIRouter(tags=["prices"])

Price = Annotated[str, Field(pattern=r"^\d{1,12}(\.\d{1,12})?$")]
Book = Literal["sale", "cost"]


class Proposal(Asked):
    """unit_prices: meter -> price per million tokens, or per request."""

    model: Name
    book: Book = "sale"
    unit_prices: dict[Meter, Price]
    valid_from: datetime


class Rejection(Asked):
    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


class AskedQuote(Asked):
    """usage: meter -> count. at: when the call is admitted; without it, now."""

    model: Name
    usage: dict[Meter, Annotated[int, Field(ge=0, le=2**53)]]
    at: datetime | None = None


@router.get("/prices", summary="Prices in force and to come")
def prices(
    visit: ReadsPrices,
    model: Annotated[str, Query(max_length=200)] = "",
    book: Literal["", "sale", "cost"] = "",
) -> list[PriceRow]:
    return visit.desk.prices(model=model, book=book)


@router.get("/prices/versions", summary="Proposed, approved and rejected versions")
def versions(visit: ReadsPrices) -> list[PriceVersion]:
    return visit.desk.price_versions()


@router.post("/prices/versions", status_code=201, summary="Propose prices of one model")
def propose(visit: WritesPrices, asked: Proposal) -> PriceVersion:
    return visit.desk.propose_price(
        asked.model,
        book=asked.book,
        unit_prices={meter.value: price for meter, price in asked.unit_prices.items()},
        valid_from=instant(asked.valid_from),
    )


@router.get("/prices/versions/{version}", summary="One version with its difference")
def version(visit: ReadsPrices, version: Ident) -> PriceVersion:
    return visit.desk.price_version(version)


@router.get("/prices/versions/{version}/rerate", summary="What approving it would change")
def rerate(visit: ReadsPrices, version: Ident) -> Rerating:
    return visit.desk.rerate(version)


@router.post("/prices/versions/{version}/approve", summary="Put a version in force")
def approve(visit: WritesPrices, version: Ident) -> PriceVersion:
    return visit.desk.approve_prices(version)


@router.post("/prices/versions/{version}/reject", summary="Turn a version down, with a reason")
def reject(visit: WritesPrices, version: Ident, asked: Rejection) -> PriceVersion:
    return visit.desk.reject_prices(version, reason=asked.reason)


@router.post("/prices/quote", summary="What one call would be charged, by the bill's own function")
def quote(visit: ReadsPrices, asked: AskedQuote) -> Quote:
    return visit.desk.quote(
        asked.model,
        {meter.value: n for meter, n in asked.usage.items()},
        at=None if asked.at is None else instant(asked.at),
    )
