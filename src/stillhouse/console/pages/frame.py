"""What every page has around it: menu, search, language, theme, and words of what was just done.

    page = Frame(request, visit);  return page.show("overview.html", title=..., ...)

Templates escape everything. They get `t` (words), `r` (the Reader) and `may` (what this person is
allowed to see), so that nobody is shown a door that the gate would not open.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stillhouse.console.gate import Visit
from stillhouse.console.i18n import LANGUAGES, Reader, chosen
from stillhouse.console.pages import links
from stillhouse.console.roles import Permission

THEMES = ("system", "light", "dark")
_STATIC = Path(__file__).parents[1] / "static"


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the menu. key: after `g`, and where its words are."""

    key: str
    path: str
    shortcut: str
    needs: Permission


MENU: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (
        "see",
        (
            Place("overview", "/", "o", Permission.USAGE_READ),
            Place("purpose", "/for", "w", Permission.USAGE_READ),
            Place("calls", "/calls", "c", Permission.USAGE_READ),
        ),
    ),
    (
        "money",
        (
            Place("invoices", "/invoices", "i", Permission.INVOICES_READ),
            Place("revenue", "/revenue", "r", Permission.REVENUE_READ),
            Place("prices", "/prices", "p", Permission.PRICES_READ),
        ),
    ),
    (
        "govern",
        (
            Place("accounts", "/accounts", "a", Permission.TENANTS_READ),
            Place("budgets", "/budgets", "b", Permission.TENANTS_READ),
            Place("providers", "/providers", "d", Permission.PROVIDERS_READ),
            Place("guard", "/guard", "u", Permission.CASES_READ),
            Place("notices", "/notices", "n", Permission.NOTICES_READ),
            Place("terms", "/terms", "t", Permission.TERMS_READ),
        ),
    ),
    (
        "own",
        (
            Place("opportunities", "/opportunities", "f", Permission.STUDENTS_READ),
            Place("distillation", "/distillation", "x", Permission.STUDENTS_READ),
            Place("students", "/students", "s", Permission.STUDENTS_READ),
            Place("releases", "/releases", "e", Permission.RELEASES_READ),
        ),
    ),
    (
        "house",
        (
            Place("audit", "/audit", "l", Permission.AUDIT_READ),
            Place("members", "/members", "m", Permission.MEMBERS_READ),
        ),
    ),
)


@cache
def templates() -> Environment:
    found = Environment(
        loader=PackageLoader("stillhouse.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["asset"] = asset
    found.globals["links"] = links
    return found


@cache
def asset(name: str) -> str:
    """Its address, which changes with its content, so that a cache never shows an old one."""
    digest = hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def reader_of(request: Request) -> Reader:
    return Reader(
        chosen(request.cookies.get("language", ""), request.headers.get("accept-language", ""))
    )


def theme_of(request: Request) -> str:
    theme = request.cookies.get("theme", "")
    return theme if theme in THEMES else THEMES[0]


class Frame:
    """One page for one visit."""

    def __init__(self, request: Request, visit: Visit | None, *, here: str = "") -> None:
        """here: the key of the page in the menu."""
        self.request, self.visit, self.here = request, visit, here
        self.reader = reader_of(request)
        self.t = self.reader.say

    def may(self, permission: Permission) -> bool:
        return self.visit is not None and self.visit.may(permission)

    def menu(self) -> Sequence[tuple[str, Sequence[Place]]]:
        """Only what this person may open."""
        shown = ((group, [p for p in places if self.may(p.needs)]) for group, places in MENU)
        return [(group, places) for group, places in shown if places]

    def html(self, template: str, **values: Any) -> str:
        said = self.request.query_params.get("said", "")
        return (
            templates()
            .get_template(template)
            .render(
                frame=self,
                visit=self.visit,
                t=self.reader.say,
                r=self.reader,
                tell=self.reader.tell,
                may=lambda name: self.may(Permission(name)),
                said=self.t(f"said.{said}") if self.reader.has(f"said.{said}") else Markup(""),
                here=self.here,
                theme=theme_of(self.request),
                themes=THEMES,
                languages=LANGUAGES,
                path=self.request.url.path
                + (f"?{self.request.url.query}" if self.request.url.query else ""),
                csrf=self.visit.csrf if self.visit is not None else "",
                **values,
            )
        )

    def show(self, template: str, **values: Any) -> HTMLResponse:
        return HTMLResponse(self.html(template, **values))
