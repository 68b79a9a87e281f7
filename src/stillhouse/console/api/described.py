"""The API's own description: OpenAPI 3.1, and who asks."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from stillhouse import __version__
from stillhouse.console.api.shapes import Anybody
from stillhouse.console.roles import TABLE

router = APIRouter(tags=["about"])


class Me(BaseModel):
    """accounts: those that he may see; None: all."""

    id: str
    actor: str
    name: str
    email: str
    role: str
    accounts: list[str] | None
    permissions: list[str]


@router.get("/me", summary="Who asks, and what he may do")
def me(visit: Anybody) -> Me:
    w = visit.who
    return Me(
        id=w.id,
        actor=w.actor,
        name=w.name,
        email=w.email,
        role=w.role.value,
        accounts=None if w.accounts is None else sorted(w.accounts),
        permissions=sorted(p.value for p in TABLE[w.role]),
    )


@router.get("/openapi.json", summary="This API as an OpenAPI document")
def openapi(request: Request, _: Anybody) -> dict[str, Any]:
    return description(request.app.routes)


def description(routes: list[Any]) -> dict[str, Any]:
    """The document of all operations under /api/v1; pages keep themselves out of it."""
    document = get_openapi(
        title="Stillhouse Admin API",
        version=__version__,
        description="Amounts are decimal text, instants ISO 8601 in UTC, errors {error}.",
        routes=routes,
    )
    document["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "sh-admin-..."}
    }
    document["security"] = [{"token": []}]
    return document
