"""Shapes that several resources share: who is let in, errors, tenants as the API writes them."""

from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, StringConstraints

from stillhouse.console.gate import Visit, allowed
from stillhouse.console.roles import Permission
from stillhouse.console.views import Days
from stillhouse.console.written import At
from stillhouse.tenants import Account, Key, Limits, Project
from stillhouse.tenants.people import Member
from stillhouse.units.instant import month_bounds, period

_P = Permission
Anybody = Annotated[Visit, Depends(allowed(_P.SELF))]
ReadsTenants = Annotated[Visit, Depends(allowed(_P.TENANTS_READ))]
WritesTenants = Annotated[Visit, Depends(allowed(_P.TENANTS_WRITE))]
WritesKeys = Annotated[Visit, Depends(allowed(_P.KEYS_WRITE))]
WritesBudgets = Annotated[Visit, Depends(allowed(_P.BUDGETS_WRITE))]
WritesStanding = Annotated[Visit, Depends(allowed(_P.STANDING_WRITE))]
ReadsUsage = Annotated[Visit, Depends(allowed(_P.USAGE_READ))]
WritesWorkloads = Annotated[Visit, Depends(allowed(_P.WORKLOADS_WRITE))]
ReadsProviders = Annotated[Visit, Depends(allowed(_P.PROVIDERS_READ))]
WritesProviders = Annotated[Visit, Depends(allowed(_P.PROVIDERS_WRITE))]
ReadsInvoices = Annotated[Visit, Depends(allowed(_P.INVOICES_READ))]
WritesInvoices = Annotated[Visit, Depends(allowed(_P.INVOICES_WRITE))]
ReadsPrices = Annotated[Visit, Depends(allowed(_P.PRICES_READ))]
WritesPrices = Annotated[Visit, Depends(allowed(_P.PRICES_WRITE))]
ReadsRevenue = Annotated[Visit, Depends(allowed(_P.REVENUE_READ))]
ReadsCases = Annotated[Visit, Depends(allowed(_P.CASES_READ))]
WritesCases = Annotated[Visit, Depends(allowed(_P.CASES_WRITE))]
ReadsNotices = Annotated[Visit, Depends(allowed(_P.NOTICES_READ))]
Contests = Annotated[Visit, Depends(allowed(_P.NOTICES_WRITE))]
ReadsTerms = Annotated[Visit, Depends(allowed(_P.TERMS_READ))]
ReadsStudents = Annotated[Visit, Depends(allowed(_P.STUDENTS_READ))]
ReadsReleases = Annotated[Visit, Depends(allowed(_P.RELEASES_READ))]
MovesReleases = Annotated[Visit, Depends(allowed(_P.RELEASES_WRITE))]
RollsBack = Annotated[Visit, Depends(allowed(_P.ROLLBACK))]
ReadsAudit = Annotated[Visit, Depends(allowed(_P.AUDIT_READ))]
ReadsMembers = Annotated[Visit, Depends(allowed(_P.MEMBERS_READ))]
WritesMembers = Annotated[Visit, Depends(allowed(_P.MEMBERS_WRITE))]

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=2_000)]
Ident = Annotated[str, StringConstraints(max_length=200)]
Amount = Annotated[str, StringConstraints(pattern=r"^\d{1,20}(\.\d{1,12})?$")]
Day = Annotated[str, Query(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-11-01"])]
Month = Annotated[str, Query(pattern=r"^(\d{4}-\d{2})?$", examples=["2026-11"])]


class Asked(BaseModel):
    """What every body shares: an unknown key is a mistake, told and not passed over."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class ErrorWords(BaseModel):
    code: str
    message: str
    remedy: str


class ErrorShape(BaseModel):
    """Every error: code for programs, message and remedy for people."""

    error: ErrorWords


ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorShape, "description": text}
    for status, text in {
        401: "Nobody is signed in.",
        403: "The role may not do this, or the form is not ours.",
        404: "There is no such thing, or not for this person.",
        409: "It contradicts what is recorded.",
        422: "What was sent is not what is expected.",
        429: "Too many wrong tokens.",
        501: "Not in this installation.",
        503: "The store cannot answer now.",
    }.items()
}


class LimitsShape(BaseModel):
    """None: not limited here."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrent: int | None = None


class AccountShape(BaseModel):
    id: str
    name: str
    standing: str
    reason: str
    limits: LimitsShape


class ProjectShape(BaseModel):
    id: str
    account: str
    name: str
    limits: LimitsShape


class KeyShape(BaseModel):
    """hint: its first characters; the rest is not kept."""

    id: str
    account: str
    project: str
    hint: str
    name: str
    models: list[str] | None
    created_at: At
    expires_at: At | None
    revoked_at: At | None
    limits: LimitsShape
    member: str


class MemberShape(BaseModel):
    id: str
    email: str
    name: str
    role: str
    accounts: list[str]
    created_at: At
    seen_at: At | None
    ended_at: At | None


def limits_of(limits: Limits) -> LimitsShape:
    return LimitsShape(
        requests_per_minute=limits.requests_per_minute,
        tokens_per_minute=limits.tokens_per_minute,
        concurrent=limits.concurrent,
    )


def account_of(a: Account) -> AccountShape:
    return AccountShape(
        id=a.id, name=a.name, standing=a.standing.value, reason=a.reason, limits=limits_of(a.limits)
    )


def project_of(p: Project) -> ProjectShape:
    return ProjectShape(id=p.id, account=p.account, name=p.name, limits=limits_of(p.limits))


def key_of(k: Key) -> KeyShape:
    return KeyShape(
        id=k.id,
        account=k.account,
        project=k.project,
        hint=k.hint,
        name=k.name,
        models=None if k.models is None else sorted(k.models),
        created_at=k.created_at,
        expires_at=k.expires_at,
        revoked_at=k.revoked_at,
        limits=limits_of(k.limits),
        member=k.member,
    )


def member_of(m: Member) -> MemberShape:
    return MemberShape(
        id=m.id,
        email=m.email,
        name=m.name,
        role=m.role.value,
        accounts=list(m.accounts),
        created_at=m.created_at,
        seen_at=m.seen_at,
        ended_at=m.ended_at,
    )


def days_of(visit: Visit, first: str, last: str, month: str) -> Days:
    """Days as asked: first and last, or a month, or the month so far."""
    if first or last:
        if not (first and last) or month:
            raise ValueError("give first and last, or month; not both")
        return Days(first, last)
    month = month or period(visit.desk.at, "month")
    _, end = month_bounds(month)
    return Days(f"{month}-01", period(end - 1, "day"))
