"""The one door of every route: who asks, may he, and did he mean it.

    @router.get("/overview")
    def overview(visit: Annotated[Visit, Depends(allowed(Permission.USAGE_READ))]) -> Response:
        visit.desk.sums(["day"], ...)

`allowed` is the only way to a Visit, and each route must name its permission by it: a test walks
all routes and fails for one that does not. In order:

    1. a Bearer token (a machine) or the session's cookie (a browser), else 401 or the sign-in page
    2. the permission is in the row of his role, or 403
    3. a browser's change carries the session's CSRF token (form field `csrf` or header
       `x-csrf-token`) and comes from our own origin, or 403

A change is every method but GET, HEAD and OPTIONS. GET changes nothing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote, urlsplit

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from stillhouse.console.house import Desk, House
from stillhouse.console.problem import Problem, Refused, refused
from stillhouse.console.roles import Permission, Who
from stillhouse.console.session import Door, Entrance, TooManyError, same
from stillhouse.tenants.people import Member
from stillhouse.units.instant import Instant

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the console is. url: as browsers see it, "" when it is whatever they ask for.

    port: distinguishes the cookies of two consoles on one host, which share a cookie jar.
    """

    url: str = ""
    secure: bool = False
    port: int = 0
    gateway_url: str = ""
    oidc_name: str = ""
    """what the button says; "" when there is no OpenID provider"""

    @property
    def cookie(self) -> str:
        return f"{'__Host-' if self.secure else ''}stillhouse-{self.port}"

    def origin(self, request: Request) -> str:
        """Scheme, host and port that a browser of ours calls itself by."""
        if self.url:
            parts = urlsplit(self.url)
            return f"{parts.scheme}://{parts.netloc}".lower()
        scheme = "https" if self.secure else "http"
        return f"{scheme}://{request.headers.get('host', '')}".lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request that was let in."""

    who: Who
    desk: Desk
    csrf: str
    member: Member | None

    def may(self, permission: Permission) -> bool:
        return self.who.may(permission)


Gate = Callable[[Request], Awaitable[Any]]


def allowed(permission: Permission) -> Callable[[Request], Awaitable[Visit]]:
    """A dependency that lets in who has this permission."""

    async def gate(request: Request) -> Visit:
        entrance = await _entrance(request)
        if entrance is None:
            raise _stranger(request)
        if not entrance.who.may(permission):
            raise refused(
                403,
                "forbidden",
                f"role {entrance.who.role.value} may not do this: it needs {permission.value}",
                "ask an owner for another role",
            )
        if request.method not in SAFE_METHODS and entrance.csrf:
            await check_origin_and_token(request, entrance.csrf)
        return _visit(request, entrance)

    gate.permission = permission  # type: ignore[attr-defined]  # the walk over routes reads it
    return gate


def open_to_all() -> Callable[[Request], Awaitable[Visit | None]]:
    """A dependency of what needs no sign-in; the Visit, if there is one all the same."""

    async def gate(request: Request) -> Visit | None:
        entrance = await _entrance(request)
        return None if entrance is None else _visit(request, entrance)

    gate.permission = Permission.EVERYONE  # type: ignore[attr-defined]
    return gate


def permission_of(gate: object) -> Permission | None:
    """What a dependency asks for; None when it is not a gate."""
    return cast("Permission | None", getattr(gate, "permission", None))


def door(request: Request) -> Door:
    return cast("Door", request.app.state.door)


def site(request: Request) -> Site:
    return cast("Site", request.app.state.site)


def address(request: Request) -> str:
    return request.client.host if request.client else ""


def session_secret(request: Request) -> str:
    return request.cookies.get(site(request).cookie, "")


def is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


async def check_origin_and_token(request: Request, expected: str) -> None:
    """Raises Refused unless one of our own pages sent this, for this session."""
    check_origin(request)
    token = request.headers.get("x-csrf-token", "")
    if not token and request.headers.get("content-type", "").startswith(FORMS):
        form = await request.form()
        token = str(form.get("csrf", ""))
    if not same(token, expected):
        raise refused(
            403,
            "csrf",
            "the form is older than your session, or was not ours",
            "load the page again and send it once more",
        )


def check_origin(request: Request) -> None:
    """A browser says where a form came from; a program that is none says nothing."""
    origin = request.headers.get("origin")
    fetched = request.headers.get("sec-fetch-site", "same-origin")
    ours = site(request).origin(request)
    if (origin is not None and origin.lower() != ours) or fetched not in {"same-origin", "none"}:
        raise refused(
            403,
            "origin",
            f"this came from another site than {ours}",
            "open the console by its own address; behind a proxy, set [console] url",
        )


def _visit(request: Request, entrance: Entrance) -> Visit:
    house = cast("House", request.app.state.house)
    at: Instant = door(request).clock()
    desk = house.desk(entrance.who, at=at)
    return Visit(who=entrance.who, desk=desk, csrf=entrance.csrf, member=entrance.member)


async def _entrance(request: Request) -> Entrance | None:
    """A token that is wrong is a stranger, even when a cookie beside it is right."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer":
            return None
        try:
            return await run_in_threadpool(door(request).by_token, token.strip(), address(request))
        except TooManyError:
            raise too_many() from None
    secret = session_secret(request)
    if not secret:
        return None
    return await run_in_threadpool(door(request).by_session, secret)


def too_many() -> Refused:
    problem = Problem(
        status=429,
        code="too_many_attempts",
        message="too many wrong tokens from this address",
        remedy="wait a minute; `stillhouse console link` prints a new link",
    )
    return Refused(problem, {"retry-after": "60"})


def _stranger(request: Request) -> Refused:
    problem = Problem(
        status=401,
        code="not_signed_in",
        message="nobody is signed in",
        remedy="sign in, or send a machine token: Authorization: Bearer sh-admin-...",
    )
    if is_api(request) or request.method not in SAFE_METHODS:
        return Refused(problem, {"www-authenticate": "Bearer"})
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    there = Problem(status=303, code="not_signed_in", message=problem.message)
    return Refused(there, {"location": f"/sign-in?next={quote(wanted, safe='')}"})
