"""Language and theme: two cookies that hold no secret and change nothing in the house."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from stillhouse.console.doors import own_path
from stillhouse.console.gate import Visit, open_to_all, site
from stillhouse.console.i18n import LANGUAGES
from stillhouse.console.pages.frame import THEMES

router = APIRouter(include_in_schema=False)
Anyone = Annotated[Visit | None, Depends(open_to_all())]
YEAR_S = 365 * 86_400


@router.get("/looks")
def prefer(
    request: Request,
    _: Anyone,
    language: str = "",
    theme: str = "",
    next: str = "/",  # noqa: A002
) -> Response:
    answer = RedirectResponse(own_path(next), 303)
    secure = site(request).secure
    for name, value, known in (("language", language, LANGUAGES), ("theme", theme, THEMES)):
        if value in known:
            answer.set_cookie(name, value, max_age=YEAR_S, samesite="lax", secure=secure)
    return answer
