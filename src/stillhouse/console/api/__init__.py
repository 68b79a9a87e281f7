"""`/api/v1`: the Admin API, one module for each resource. The console and scripts use the same.

    router      all of it, with its OpenAPI document at /api/v1/openapi.json

Every operation names its permission by the gate, has a summary and typed answers, and errors in one
shape. Amounts are decimal text, instants ISO 8601 (see `console.written`).
"""

from fastapi import APIRouter

from stillhouse.console.api import (
    audit,
    budgets,
    cases,
    described,
    invoices,
    live,
    overview,
    people,
    prices,
    providers,
    releases,
    students,
    tenants,
    terms,
    usage,
    workloads,
)
from stillhouse.console.api.shapes import ERRORS

router = APIRouter(prefix="/api/v1", responses=ERRORS)
for part in (
    overview,
    usage,
    live,
    tenants,
    budgets,
    providers,
    workloads,
    invoices,
    prices,
    cases,
    terms,
    students,
    releases,
    audit,
    people,
    described,
):
    router.include_router(part.router)
