"""What the bill is for: workloads, why it changed, where it goes, who it hangs on."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from stillhouse.console.api.shapes import (
    Asked,
    Month,
    Name,
    ReadsRevenue,
    ReadsUsage,
    WritesWorkloads,
    days_of,
)
from stillhouse.console.api.usage import Day
from stillhouse.console.money_views import Bridge, Capture, Forecast, Revenue, WorkloadRow
from stillhouse.units.instant import period

router = APIRouter(tags=["explain"])

Account = Annotated[str, Query(max_length=200, description="id or name; empty: all")]


class NewName(Asked):
    workload: Annotated[str, Field(min_length=1, max_length=300)]
    name: Name


class Merge(Asked):
    workloads: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=300)]],
        Field(min_length=1, max_length=100),
    ]
    into: Annotated[str, Field(min_length=1, max_length=300)]


@router.get("/workloads", summary="The tasks that make up the bill")
def workloads(
    visit: ReadsUsage, account: Account = "", month: Month = "", first: Day = "", last: Day = ""
) -> list[WorkloadRow]:
    return visit.desk.workloads(days_of(visit, first, last, month), account=account)


@router.post("/workloads/rename", status_code=204, summary="Give a workload a readable name")
def rename(visit: WritesWorkloads, asked: NewName) -> None:
    visit.desk.rename_workload(asked.workload, asked.name)


@router.post("/workloads/merge", status_code=204, summary="Count several workloads as one")
def merge(visit: WritesWorkloads, asked: Merge) -> None:
    visit.desk.merge_workloads(asked.workloads, asked.into)


@router.get("/explain", summary="Why the bill changed: steps that sum to the difference")
def explain(visit: ReadsUsage, month: Month = "", account: Account = "") -> Bridge:
    return visit.desk.bridge(month or period(visit.desk.at, "month"), account=account)


@router.get("/forecast", summary="To the end of the month, with the method's measured error")
def forecast(visit: ReadsUsage, month: Month = "", account: Account = "") -> Forecast:
    return visit.desk.forecast(month or period(visit.desk.at, "month"), account=account)


@router.get("/revenue", summary="Share by account, concentration, growth")
def revenue(visit: ReadsRevenue, month: Month = "", first: Day = "", last: Day = "") -> Revenue:
    return visit.desk.revenue(days_of(visit, first, last, month))


@router.get("/reconcile", summary="What providers say against what was metered")
def reconcile(
    visit: ReadsRevenue, month: Month = "", first: Day = "", last: Day = ""
) -> list[Capture]:
    return visit.desk.captured(days_of(visit, first, last, month))
