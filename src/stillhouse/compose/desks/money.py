"""Workloads, why, revenue and what providers say, as far as this installation does them."""

from collections.abc import Sequence
from typing import NoReturn

from stillhouse.compose.desks.parts import Part
from stillhouse.console.house import NotHereError
from stillhouse.console.money_views import (
    Bridge,
    Capture,
    Forecast,
    Rerating,
    Revenue,
    WorkloadRow,
)
from stillhouse.console.views import Days


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

    def rerate(self, ident: str) -> Rerating:
        not_here("re-rating is")

    def revenue(self, days: Days) -> Revenue:
        not_here("revenue is")

    def captured(self, days: Days) -> list[Capture]:
        not_here("reconciliation is")
