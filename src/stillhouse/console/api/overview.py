"""The first screen's figures in one answer."""

from fastapi import APIRouter
from pydantic import BaseModel

from stillhouse.console.api.shapes import Month, ReadsUsage, days_of
from stillhouse.console.views import LiveNow, Sums

router = APIRouter(tags=["usage"])


class Overview(BaseModel):
    """by_day, by_account, by_model: of one month; live: of the last seconds."""

    by_day: Sums
    by_account: Sums
    by_model: Sums
    live: LiveNow


@router.get("/overview", summary="One month at a glance, and what happens now")
def overview(visit: ReadsUsage, month: Month = "") -> Overview:
    days, desk = days_of(visit, "", "", month), visit.desk
    return Overview(
        by_day=desk.sums(["day"], days),
        by_account=desk.sums(["account"], days, limit=20),
        by_model=desk.sums(["model"], days, limit=20),
        live=desk.live(),
    )
