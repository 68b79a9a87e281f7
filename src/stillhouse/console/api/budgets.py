"""Budgets of accounts, projects, members, keys and providers, with what is free now."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from stillhouse.console.api.shapes import Amount, Asked, Ident, ReadsTenants, WritesBudgets
from stillhouse.console.views import BudgetState
from stillhouse.console.written import Money
from stillhouse.tenants import MemberDefault, Scope
from stillhouse.units.instant import Span

router = APIRouter(tags=["budgets"])


class NewDefault(Asked):
    """amount: in `currency`; fx: units of it for one US dollar. hard: refuse, do not only warn."""

    span: Span
    amount: Amount
    hard: bool = True
    currency: Annotated[str, Field(pattern=r"^[A-Za-z]{3}$")] = "USD"
    fx: Annotated[str, Field(pattern=r"^\d{1,12}(\.\d{1,12})?$")] = "1"


class NewBudget(NewDefault):
    """scope_id: an id; of a provider, its name in the configuration."""

    scope: Scope
    scope_id: Ident


class DefaultShape(BaseModel):
    """What whoever joins with role member gets for himself. limit: in US dollars."""

    span: Span
    limit: Money
    hard: bool
    currency: str
    amount: str
    fx: str


@router.get("/budgets", summary="Budgets in their current periods")
def budgets(
    visit: ReadsTenants, account: Annotated[str, Query(max_length=200)] = ""
) -> list[BudgetState]:
    return visit.desk.budgets(account=account)


@router.put("/budgets", summary="Set a budget; the same scope and period again changes it")
def set_budget(visit: WritesBudgets, asked: NewBudget) -> BudgetState:
    return visit.desk.set_budget(
        asked.scope,
        asked.scope_id,
        span=asked.span,
        amount=asked.amount,
        hard=asked.hard,
        currency=asked.currency,
        fx=asked.fx,
    )


@router.delete("/budgets/{budget}", status_code=204, summary="Remove a budget")
def remove_budget(visit: WritesBudgets, budget: Ident) -> None:
    visit.desk.remove_budget(budget)


@router.get("/members/defaults", summary="Budgets that a new member gets for himself")
def defaults(visit: ReadsTenants) -> list[DefaultShape]:
    return [_default(d) for d in visit.desk.member_defaults()]


@router.put("/members/defaults", summary="Set what a new member gets; who is there keeps his own")
def set_default(visit: WritesBudgets, asked: NewDefault) -> DefaultShape:
    return _default(
        visit.desk.set_member_default(
            asked.span,
            amount=asked.amount,
            hard=asked.hard,
            currency=asked.currency,
            fx=asked.fx,
        )
    )


@router.delete(
    "/members/defaults/{span}", status_code=204, summary="New members get no such budget any more"
)
def remove_default(visit: WritesBudgets, span: Span) -> None:
    visit.desk.remove_member_default(span)


def _default(d: MemberDefault) -> DefaultShape:
    return DefaultShape(
        span=d.span, limit=d.limit, hard=d.hard, currency=d.currency, amount=d.amount, fx=d.fx
    )
