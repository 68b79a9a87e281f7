"""Accounts, projects, keys, limits and standing."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from stillhouse.console.api.shapes import (
    AccountShape,
    Asked,
    Ident,
    KeyShape,
    LimitsShape,
    Name,
    ProjectShape,
    ReadsTenants,
    Text,
    WritesKeys,
    WritesStanding,
    WritesTenants,
    account_of,
    key_of,
    limits_of,
    project_of,
)
from stillhouse.console.gate import Visit
from stillhouse.console.views import Exposure, NewKey
from stillhouse.ledger.ports import NotFoundError
from stillhouse.tenants import Limits, Standing
from stillhouse.units.instant import SECOND, Instant

router = APIRouter(tags=["tenants"])

Count = Annotated[int | None, Field(ge=1, le=2**53)]
Account = Annotated[str, Query(max_length=200, description="id or name; empty: all")]


class NewAccount(Asked):
    name: Name


class NewProject(Asked):
    name: Name
    account: Ident


class AskedKey(Asked):
    """project "": the account's default project. models: deployments; none: all.

    member: whose key it is, by id or e-mail; of somebody with role member it is always his own.
    """

    account: Ident
    project: Ident = ""
    name: Annotated[str, Field(max_length=200)] = ""
    models: list[Name] = Field(default_factory=list)
    expires_in_s: Annotated[int | None, Field(ge=1, le=10 * 366 * 86_400)] = None
    member: Ident = ""


class NewStanding(Asked):
    """The reason goes into the ledger and is told to the account."""

    standing: Literal["active", "restricted", "suspended"]
    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


class NewLimits(Asked):
    """All three are set; null lifts a limit."""

    scope: Literal["account", "project", "key"]
    scope_id: Ident
    requests_per_minute: Count
    tokens_per_minute: Count
    concurrent: Count


class Rotation(Asked):
    """How long the old key still works."""

    overlap_s: Annotated[int, Field(ge=0, le=90 * 86_400)] = 86_400


class Ending(Asked):
    """In how long the key ends; 0: now."""

    in_s: Annotated[int, Field(ge=0, le=366 * 86_400)] = 0


class StandingAnswer(BaseModel):
    """exposure: what was at stake at that moment."""

    account: AccountShape
    exposure: Exposure


@router.get("/accounts", summary="Accounts with their standing")
def accounts(visit: ReadsTenants) -> list[AccountShape]:
    return [account_of(a) for a in visit.desk.directory().accounts.values()]


@router.post("/accounts", status_code=201, summary="Make an account")
def create_account(visit: WritesTenants, asked: NewAccount) -> AccountShape:
    return account_of(visit.desk.create_account(asked.name))


@router.get("/accounts/{account}", summary="One account, by id or name")
def account(visit: ReadsTenants, account: Ident) -> AccountShape:
    found = visit.desk.directory().accounts
    for one in found.values():
        if account in {one.id, one.name}:
            return account_of(one)
    raise NotFoundError(f"no account {account}; GET /api/v1/accounts lists yours")


@router.get("/accounts/{account}/exposure", summary="What is at stake if it is suspended")
def exposure(visit: ReadsTenants, account: Ident) -> Exposure:
    return visit.desk.exposure(account)


@router.put("/accounts/{account}/standing", summary="Suspend, restrict or restore, with a reason")
def set_standing(visit: WritesStanding, account: Ident, asked: NewStanding) -> StandingAnswer:
    at_stake = visit.desk.exposure(account)
    changed = visit.desk.set_standing(account, Standing(asked.standing), reason=asked.reason)
    return StandingAnswer(account=account_of(changed), exposure=at_stake)


@router.get("/projects", summary="Projects, all or of one account")
def projects(visit: ReadsTenants, account: Account = "") -> list[ProjectShape]:
    only = _account(visit, account)
    found = visit.desk.directory().projects.values()
    return [project_of(p) for p in found if only in {"", p.account}]


@router.post("/projects", status_code=201, summary="Make a project in an account")
def create_project(visit: WritesTenants, asked: NewProject) -> ProjectShape:
    return project_of(visit.desk.create_project(asked.name, account=asked.account))


@router.get("/keys", summary="Keys by hint, all or of one account; secrets are not kept")
def keys(visit: ReadsTenants, account: Account = "") -> list[KeyShape]:
    only = _account(visit, account)
    return [key_of(k) for k in visit.desk.directory().keys.values() if only in {"", k.account}]


@router.post("/keys", status_code=201, summary="Make a key; its secret is in the answer, once")
def create_key(visit: WritesKeys, asked: AskedKey) -> NewKey:
    ends = None
    if asked.expires_in_s is not None:
        ends = Instant(visit.desk.at + asked.expires_in_s * SECOND)
    return visit.desk.create_key(
        account=asked.account,
        project=asked.project,
        name=asked.name,
        models=asked.models,
        expires_at=ends,
        member=asked.member,
    )


@router.post("/keys/{key}/revoke", summary="End a key, now or soon; this cannot be undone")
def revoke_key(visit: WritesKeys, key: Ident, asked: Ending) -> KeyShape:
    return key_of(visit.desk.revoke_key(key, when=Instant(visit.desk.at + asked.in_s * SECOND)))


@router.post(
    "/keys/{key}/rotate", status_code=201, summary="A new key like this one; both work for a while"
)
def rotate_key(visit: WritesKeys, key: Ident, asked: Rotation) -> NewKey:
    return visit.desk.rotate_key(key, overlap_s=asked.overlap_s)


@router.put("/limits", summary="Requests, tokens and concurrent calls of an account, project, key")
def set_limits(visit: WritesTenants, asked: NewLimits) -> LimitsShape:
    limits = Limits(
        requests_per_minute=asked.requests_per_minute,
        tokens_per_minute=asked.tokens_per_minute,
        concurrent=asked.concurrent,
    )
    return limits_of(visit.desk.set_limits(asked.scope, asked.scope_id, limits))


def _account(visit: Visit, asked: Text) -> str:
    """The id of an account that was named; "" for none."""
    if not asked:
        return ""
    for one in visit.desk.directory().accounts.values():
        if asked in {one.id, one.name}:
            return one.id
    raise NotFoundError(f"no account {asked}; GET /api/v1/accounts lists yours")
