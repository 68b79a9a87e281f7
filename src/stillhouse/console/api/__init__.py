"""`/api/v1`: the Admin API, one module for each resource. The console and scripts use the same.

    router      all of it, with its OpenAPI document at /api/v1/openapi.json
"""

from fastapi import APIRouter

router = APIRouter(prefix="/api/v1")
