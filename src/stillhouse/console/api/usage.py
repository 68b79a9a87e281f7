"""Sums by any dimension, calls and their stories, calls in flight."""

from datetime import datetime
from typing import Annotated, get_args

from fastapi import APIRouter, Query

from stillhouse.console.api.shapes import Ident, Month, ReadsUsage, days_of
from stillhouse.console.views import CallQuery, Calls, CallStory, Dimension, Flight, Sums
from stillhouse.ledger.receipt import Outcome
from stillhouse.units.instant import SECOND, Instant, instant

router = APIRouter(tags=["usage"])

SPAN_DEFAULT_US = 86_400 * SECOND
BY = Annotated[
    list[Dimension],
    Query(max_length=4, description="up to four; the first of day or month sorts by time"),
]
Day = Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$", examples=["2026-11-01"])]
When = Annotated[
    str, Query(max_length=40, description="ISO 8601 with a zone", examples=["2026-11-23T00:00:00Z"])
]
OUTCOMES = frozenset(get_args(Outcome))


@router.get("/sums", summary="Charges, costs and tokens by account, project, workload, model, day")
def sums(
    visit: ReadsUsage,
    by: BY = [],  # noqa: B006 - FastAPI copies defaults
    month: Month = "",
    first: Day = "",
    last: Day = "",
    account: Ident = "",
    project: Ident = "",
    key: Ident = "",
    deployment: Ident = "",
    model: Ident = "",
    provider: Ident = "",
    workload: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int | None, Query(ge=1, le=100_000)] = None,
) -> Sums:
    given: dict[Dimension, str] = {
        "account": account,
        "project": project,
        "key": key,
        "deployment": deployment,
        "model": model,
        "provider": provider,
    }
    only = {name: value for name, value in given.items() if value}
    if workload is not None:
        only["workload"] = workload
    return visit.desk.sums(by, days_of(visit, first, last, month), only=only, limit=limit)


@router.get("/calls", summary="Find calls, newest first; the last day unless told otherwise")
def calls(
    visit: ReadsUsage,
    start: When = "",
    end: When = "",
    account: Ident = "",
    project: Ident = "",
    key: Ident = "",
    deployment: Ident = "",
    model: Ident = "",
    provider: Ident = "",
    workload: Annotated[str, Query(max_length=300)] = "",
    outcome: Annotated[str, Query(max_length=40)] = "",
    status: Annotated[int | None, Query(ge=0, le=599)] = None,
    problems: bool = False,  # noqa: FBT001, FBT002 - a query's parameter
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    before: Annotated[str, Query(max_length=80, description="`more` of the page before")] = "",
) -> Calls:
    if outcome and outcome not in OUTCOMES:
        raise ValueError(f"no outcome {outcome}; there are {', '.join(sorted(OUTCOMES))}")
    until = _moment(end) if end else Instant(visit.desk.at + SECOND)
    since = _moment(start) if start else Instant(until - SPAN_DEFAULT_US)
    return visit.desk.calls(
        CallQuery(
            start=since,
            end=until,
            account=account,
            project=project,
            key=key,
            deployment=deployment,
            model=model,
            provider=provider,
            workload=workload,
            outcome=outcome,
            status=status,
            problems=problems,
            limit=limit,
            before=before,
        )
    )


@router.get("/calls/in-flight", summary="Calls that were admitted and are not settled, by age")
def in_flight(visit: ReadsUsage) -> list[Flight]:
    return visit.desk.flying()


@router.get("/calls/{receipt}", summary="One call in full: its attempts and its timeline")
def call(visit: ReadsUsage, receipt: Ident) -> CallStory:
    return visit.desk.call(receipt)


def _moment(text: str) -> Instant:
    try:
        return instant(datetime.fromisoformat(text))
    except ValueError:
        raise ValueError(f'"{text}" is no instant; write it like 2026-11-23T00:00:00Z') from None
