"""Students in traffic: where each stands, what comparing says, moved on and moved back."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from stillhouse.console.api.shapes import Asked, Ident, MovesReleases, ReadsReleases, RollsBack
from stillhouse.console.student_views import ReleaseFile, ReleaseView

router = APIRouter(tags=["releases"])
Reason = Annotated[str, StringConstraints(max_length=2_000)]


class Moved(Asked):
    """share_ppm: of the end users, for a canary. forced: without the evidence; the reason says why.

    A cut-over is everybody.
    """

    stage: Literal["canary", "cut_over"]
    share_ppm: Annotated[int, Field(ge=100, le=1_000_000)] | None = None
    reason: Reason = ""
    forced: bool = False


class RolledBack(Asked):
    reason: Annotated[Reason, StringConstraints(min_length=1)]


@router.get("/releases", summary="Students in traffic; live ones first")
def releases(visit: ReadsReleases) -> list[ReleaseView]:
    return visit.desk.releases()


@router.get("/releases/{release}", summary="One release with its days and its steps")
def release(visit: ReadsReleases, release: Ident) -> ReleaseFile:
    return visit.desk.release(release)


@router.post("/releases/{release}/move", summary="To a canary of some end users, or to all of them")
def move(visit: MovesReleases, release: Ident, asked: Moved) -> ReleaseView:
    return visit.desk.move_release(
        release,
        asked.stage,
        share_ppm=asked.share_ppm,
        reason=asked.reason,
        forced=asked.forced,
    )


@router.post("/releases/{release}/rollback", summary="Send its calls back to the teacher, now")
def rollback(visit: RollsBack, release: Ident, asked: RolledBack) -> ReleaseView:
    return visit.desk.move_release(release, "rolled_back", reason=asked.reason)
