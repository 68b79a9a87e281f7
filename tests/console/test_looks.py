"""The plain looks are the plain pages, for whatever has no others."""

from typing import cast

from fastapi import Request

from stillhouse.console.looks import Looks, PlainLooks
from stillhouse.console.plain import problem_page, sign_in_page
from stillhouse.console.problem import Problem

NOBODY = cast("Request", None)


def test_they_are_the_plain_pages() -> None:
    looks: Looks = PlainLooks()
    problem = Problem(status=404, code="x", message="no", remedy="do")

    assert problem_page(problem) == looks.problem(NOBODY, problem)
    assert sign_in_page(token="", link=None, next_="/", oidc="", problem="") == looks.sign_in(
        NOBODY, token="", link=None, next_="/", oidc="", problem=""
    )
