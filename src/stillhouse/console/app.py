"""The admin port's application: pages for people, `/api/v1` for programs, one gate for both.

    create_app(house, door, site, looks, routers) ─► FastAPI

Nothing here is hot and nothing decides: routes ask a Desk. Every answer carries the headers that
keep a browser from doing what no page of ours asks for: no inline script or style, no frame, no
guessing of types, no address told to other sites.
"""

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stillhouse import __version__
from stillhouse.console import doors
from stillhouse.console.gate import Site, is_api
from stillhouse.console.house import House
from stillhouse.console.looks import Looks, PlainLooks
from stillhouse.console.problem import KNOWN, Problem, Refused, problem_of
from stillhouse.console.session import Door

STATIC = Path(__file__).with_name("static")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not "no-referrer": browsers then send "Origin: null" with our own forms.
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class SafeHeaders:
    """Adds `HEADERS` to every answer; what is not static is never kept by a cache."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app, self.secure = app, secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if self.secure:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, sent)


def create_app(
    *,
    house: House,
    door: Door,
    site: Site,
    routers: Sequence[APIRouter] = (),
    looks: Looks | None = None,
    log: Callable[..., None] = lambda *_, **__: None,
    static: Path = STATIC,
) -> FastAPI:
    """routers: the pages and the Admin API. log: where a bug is told, (event, **fields)."""
    app = FastAPI(
        title="Stillhouse Admin API",
        version=__version__,
        openapi_url=None,  # served by the api's own router, which asks who wants it
        docs_url=None,
        redoc_url=None,
    )
    app.state.house, app.state.door, app.state.site = house, door, site
    app.state.looks = looks or PlainLooks()
    app.add_middleware(SafeHeaders, secure=site.secure)
    app.include_router(doors.router)
    for router in routers:
        app.include_router(router)
    if static.is_dir():
        app.mount("/static", StaticFiles(directory=static), name="static")
    _answer_problems(app, log)
    return app


def _answer_problems(app: FastAPI, log: Callable[..., None]) -> None:
    def known(request: Request, error: Exception) -> Response:
        headers = error.headers if isinstance(error, Refused) else None
        return _told(request, problem_of(error), headers)

    def http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        code = {404: "no_such_page", 405: "method_not_allowed"}.get(status, "refused")
        said = error.detail if isinstance(error, HTTPException) else ""
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else None
        return _told(request, Problem(status=status, code=code, message=str(said)), headers)

    def invalid(request: Request, error: Exception) -> Response:
        found: list[dict[str, Any]] = (
            list(error.errors()) if isinstance(error, RequestValidationError) else []
        )
        # The input is never repeated: it may hold a secret.
        said = "; ".join(f"{'.'.join(map(str, e['loc'][1:])) or 'body'}: {e['msg']}" for e in found)
        problem = Problem(
            status=422,
            code="invalid",
            message=said,
            remedy="see /api/v1/openapi.json for what is expected",
        )
        return _told(request, problem)

    def bug(request: Request, error: Exception) -> Response:
        last = traceback.extract_tb(error.__traceback__)[-1:]
        place = f"{Path(last[0].filename).name}:{last[0].lineno}" if last else ""
        log("console_bug", path=request.url.path, error=type(error).__name__, place=place)
        answer = _told(request, problem_of(error))
        answer.headers.update(HEADERS)  # this one is made outside of every middleware
        return answer

    for kind in KNOWN:
        app.add_exception_handler(kind, known)
    app.add_exception_handler(Refused, known)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, bug)


def _told(request: Request, problem: Problem, headers: dict[str, str] | None = None) -> Response:
    if problem.status == 303:
        return Response(status_code=303, headers=headers)
    if is_api(request):
        return JSONResponse(problem.as_json(), problem.status, headers)
    looks: Looks = request.app.state.looks
    return HTMLResponse(looks.problem(request, problem), problem.status, headers)
