"""May I? What each kind of student may learn by each way to a model, and why."""

from typing import Annotated

from fastapi import APIRouter, Query

from stillhouse.console.api.shapes import ReadsTerms
from stillhouse.console.terms_views import TermsMatrix, TermsWay

router = APIRouter(tags=["terms"])


@router.get("/terms", summary="Every way to a model x student x exposure: may its answers teach?")
def matrix(visit: ReadsTerms) -> TermsMatrix:
    return visit.desk.terms_matrix()


@router.get("/terms/way", summary="One way: access path, model, licence of self-hosted weights")
def way(
    visit: ReadsTerms,
    path: Annotated[str, Query(max_length=100)] = "unknown",
    model: Annotated[str, Query(max_length=200)] = "",
    weights: Annotated[str, Query(max_length=200)] = "",
) -> TermsWay:
    return visit.desk.terms_way(path, model, weights)
