"""The pages: HTML for people, one module for each page. `compose` takes `ROUTERS` and `looks()`.

request ─► gate (a Visit) ─► page: asks its Desk, makes a view ─► Frame ─► template ─► HTML

frame, looks              what every page has around it; signing in, and what went wrong
table, pictures, figures  tables that are also files; charts in two sizes; growth and concentration
window, choices, layers   a part of a long list; what to choose from; the dearest and the rest
periods, switch, links    months and days; other months; addresses, so that a number is a door
overview, purpose, calls, call, accounts, keys, first, budgets, invoices, revenue, prices,
providers, terms, guard, notices, opportunities, distillation, students, releases, audit, members
                          one module for each page
case_file                 what stands in a case: evidence, links, timeline
live, preferences         the newest figures as a stream; language and theme
"""

from fastapi import APIRouter

from stillhouse.console.looks import Looks
from stillhouse.console.pages import (
    accounts,
    audit,
    budgets,
    call,
    calls,
    distillation,
    first,
    guard,
    invoices,
    keys,
    live,
    members,
    notices,
    opportunities,
    overview,
    preferences,
    prices,
    providers,
    purpose,
    releases,
    revenue,
    students,
    terms,
)
from stillhouse.console.pages.looks import DressedLooks

ROUTERS: tuple[APIRouter, ...] = tuple(
    page.router
    for page in (
        overview,
        purpose,
        calls,
        call,
        accounts,
        keys,
        first,
        budgets,
        invoices,
        revenue,
        prices,
        providers,
        guard,
        notices,
        terms,
        opportunities,
        distillation,
        students,
        releases,
        audit,
        members,
        live,
        preferences,
    )
)


def looks() -> Looks:
    return DressedLooks()
