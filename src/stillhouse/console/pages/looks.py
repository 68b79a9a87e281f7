"""How signing in and problems look, in the console's own dress. Keeps `console.looks.Looks`."""

from fastapi import Request

from stillhouse.console.pages.frame import Frame
from stillhouse.console.problem import Problem
from stillhouse.tenants.people import Link

NOT_FOUND = "no_such_page"


class DressedLooks:
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
        frame = Frame(request, None)
        return frame.html(
            "sign_in.html",
            title=frame.reader.tell("door.title"),
            token=token,
            link=link,
            next=next_,
            oidc=oidc,
            problem=problem,
        )

    def problem(self, request: Request, problem: Problem) -> str:
        """Nobody's menu: who asks may be the very thing that is not known."""
        frame = Frame(request, None)
        key = f"problem.{problem.code}"
        return frame.html(
            "problem.html",
            title=frame.reader.tell(key if frame.reader.has(key) else "problem.other"),
            problem=problem,
        )
