"""Deployments and their health, providers and their keys.

A provider's key goes in and never comes out: an answer holds its last characters at most.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, SecretStr

from stillhouse.console.api.shapes import Asked, Ident, ReadsProviders, WritesProviders
from stillhouse.console.views import Health, KeyTest, ProviderState, Unpriced

router = APIRouter(tags=["providers"])


class ProviderKey(Asked):
    key: Annotated[SecretStr, Field(min_length=1, max_length=4_096)]


class AskedTest(Asked):
    """key: one to try before it is kept; without it, the one in use."""

    key: Annotated[SecretStr, Field(max_length=4_096)] = SecretStr("")


@router.get("/deployments", summary="Deployments and how their recent calls went")
def deployments(
    visit: ReadsProviders, over_s: Annotated[int, Query(ge=60, le=86_400)] = 3_600
) -> list[Health]:
    return visit.desk.health(over_s=over_s)


@router.get(
    "/deployments/unpriced", summary="Deployments whose calls are refused for want of a price"
)
def unpriced(visit: ReadsProviders) -> list[Unpriced]:
    return visit.desk.unpriced()


@router.get("/providers", summary="Providers, and where their keys are")
def providers(visit: ReadsProviders) -> list[ProviderState]:
    return visit.desk.providers()


@router.put("/providers/{provider}/key", summary="Add or rotate a provider's key, kept encrypted")
def set_key(visit: WritesProviders, provider: Ident, asked: ProviderKey) -> ProviderState:
    return visit.desk.set_provider_key(provider, asked.key.get_secret_value())


@router.delete("/providers/{provider}/key", summary="Back to the key of the configuration")
def remove_key(visit: WritesProviders, provider: Ident) -> ProviderState:
    return visit.desk.remove_provider_key(provider)


@router.post("/providers/{provider}/test", summary="Ask the provider's list of models with a key")
def test_key(visit: WritesProviders, provider: Ident, asked: AskedTest) -> KeyTest:
    return visit.desk.test_provider(provider, secret=asked.key.get_secret_value())
