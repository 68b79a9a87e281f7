"""Budgets of accounts, projects and keys, with what is posted, leased and free now."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from stillhouse.console.api.shapes import Amount, Asked, Ident, ReadsTenants, WritesBudgets
from stillhouse.console.views import BudgetState
from stillhouse.tenants import Scope
from stillhouse.units.instant import Span

router = APIRouter(tags=["budgets"])


class NewBudget(Asked):
    """amount: in `currency`; fx: units of it for one US dollar. hard: refuse, do not only warn."""

    scope: Scope
    scope_id: Ident
    span: Span
    amount: Amount
    hard: bool = True
    currency: Annotated[str, Field(pattern=r"^[A-Za-z]{3}$")] = "USD"
    fx: Annotated[str, Field(pattern=r"^\d{1,12}(\.\d{1,12})?$")] = "1"


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
