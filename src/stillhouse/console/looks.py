"""How the two pages look that are there for everyone: signing in, and what went wrong.

`app` takes what `pages.looks()` answers, when there are pages, or the plain ones.
"""

from typing import Protocol

from fastapi import Request

from stillhouse.console.plain import problem_page, sign_in_page
from stillhouse.console.problem import Problem
from stillhouse.tenants.people import Link


class Looks(Protocol):
    def sign_in(
        self,
        request: Request,
        *,
        token: str,
        link: Link | None,
        next_: str,
        oidc: str,
        problem: str,
    ) -> str:
        """A form that posts token, next, and for a link without a member email and name.

        To /sign-in. oidc: the provider's name for a link to /sign-in/oidc?next=PATH (no form:
        browsers hold a form's redirects to the policy's `form-action`).
        """
        ...

    def problem(self, request: Request, problem: Problem) -> str: ...


class PlainLooks:
    def sign_in(
        self,
        request: Request,
        *,
        token: str,
        link: Link | None,
        next_: str,
        oidc: str,
        problem: str,
    ) -> str:
        return sign_in_page(token=token, link=link, next_=next_, oidc=oidc, problem=problem)

    def problem(self, request: Request, problem: Problem) -> str:
        return problem_page(problem)
