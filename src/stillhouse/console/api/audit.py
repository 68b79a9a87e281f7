"""The ledger's entries, their chain, and the whole check."""

from typing import Annotated

from fastapi import APIRouter, Query

from stillhouse.console.api.shapes import ReadsAudit
from stillhouse.console.views import Chain, Line, Verified

router = APIRouter(tags=["audit"])


@router.get("/entries", summary="Every change: what, when, by whom; newest first")
def entries(
    visit: ReadsAudit,
    before: Annotated[int, Query(ge=0, description="only numbers below it; 0: the newest")] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    kind: Annotated[str, Query(max_length=60)] = "",
    actor: Annotated[str, Query(max_length=260)] = "",
) -> list[Line]:
    return visit.desk.entries(before=before, limit=limit, kind=kind, actor=actor)


@router.get("/chain", summary="Whether the chain of entries holds, and its newest hash")
def chain(visit: ReadsAudit) -> Chain:
    return visit.desk.chain()


@router.get("/verify", summary="All checks over all receipts: seconds to minutes")
def verify(visit: ReadsAudit) -> Verified:
    return visit.desk.verify()
