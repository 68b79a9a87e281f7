"""Signing in and out: the routes that are there before anybody is known.

A link is shown by GET and used by POST, so that a mail scanner that opens every link does not use
it up. Every answer that sets or ends a session is a redirect to a path of our own.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from stillhouse.console.gate import (
    Visit,
    address,
    allowed,
    check_origin,
    door,
    open_to_all,
    session_secret,
    site,
    too_many,
)
from stillhouse.console.looks import Looks
from stillhouse.console.problem import KNOWN, problem_of
from stillhouse.console.roles import Permission
from stillhouse.console.session import TooManyError
from stillhouse.ledger.ports import NotFoundError
from stillhouse.tenants.people import Link

router = APIRouter(include_in_schema=False)

Anyone = Annotated[Visit | None, Depends(open_to_all())]
Myself = Annotated[Visit, Depends(allowed(Permission.SELF))]


def own_path(wanted: str) -> str:
    """A path here to go on to; two slashes of any kind are another site to browsers."""
    safe = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if safe and "\\" not in wanted else "/"


@router.get("/sign-in")
def show(request: Request, visit: Anyone, token: str = "", next: str = "/") -> Response:  # noqa: A002
    if visit is not None and not token:
        return RedirectResponse(own_path(next), 303)
    link: Link | None = None
    problem = ""
    if token:
        try:
            link = door(request).look(token, address(request))
        except NotFoundError as error:
            problem = str(error)
        except TooManyError:
            raise too_many() from None
    return _page(request, token=token, link=link, next_=own_path(next), problem=problem)


@router.post("/sign-in")
def use(
    request: Request,
    _: Anyone,
    token: Annotated[str, Form()],
    email: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    check_origin(request)
    try:
        secret, _member = door(request).enter(
            token, email=email.strip(), name=name, address=address(request)
        )
    except TooManyError:
        raise too_many() from None
    except KNOWN as error:
        link = None
        if not isinstance(error, NotFoundError):
            link = door(request).look(token, address(request))
        return _page(
            request,
            token=token,
            link=link,
            next_=own_path(next),
            problem=str(error),
            status=problem_of(error).status,
        )
    return signed_in(request, secret, own_path(next))


@router.post("/sign-out")
def leave(request: Request, visit: Myself, everywhere: Annotated[str, Form()] = "") -> Response:
    """everywhere: any text ends every session of this member."""
    if everywhere:
        door(request).leave_everywhere(visit.who)
    else:
        door(request).leave(session_secret(request))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(
        site(request).cookie, path="/", secure=site(request).secure, httponly=True, samesite="lax"
    )
    return answer


def signed_in(request: Request, secret: str, path: str) -> Response:
    answer = RedirectResponse(path, 303)
    answer.set_cookie(
        site(request).cookie,
        secret,
        max_age=door(request).times.absolute_us // 1_000_000,
        path="/",
        secure=site(request).secure,
        httponly=True,
        # Strict would not be sent when an OpenID provider, or a link in a mail, leads here.
        samesite="lax",
    )
    return answer


def _page(
    request: Request,
    *,
    token: str,
    link: Link | None,
    next_: str,
    problem: str = "",
    status: int = 200,
) -> Response:
    looks: Looks = request.app.state.looks
    html = looks.sign_in(
        request,
        token=token if link is not None else "",
        link=link,
        next_=next_,
        oidc=site(request).oidc_name,
        problem=problem,
    )
    if problem and status == 200:
        status = 404
    return HTMLResponse(html, status)
