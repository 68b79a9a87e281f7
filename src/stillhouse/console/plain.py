"""Pages in plain HTML: signing in, and what went wrong. They need no style, script or language.

The pages of the console may put richer ones in their place (`app.Looks`); these always work.
"""

from html import escape
from urllib.parse import quote

from stillhouse.console.problem import Problem
from stillhouse.tenants.people import Link

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="referrer" content="same-origin"><title>{title} - Stillhouse</title></head>
<body><main><h1>{title}</h1>{body}</main></body></html>
"""


def page(title: str, body: str) -> str:
    return _PAGE.format(title=escape(title), body=body)


def problem_page(problem: Problem) -> str:
    body = (
        f"<p>{escape(problem.message)}.</p><p>{escape(problem.remedy)}</p>"
        f'<p><code>{escape(problem.code)}</code></p><p><a href="/">To the console</a></p>'
    )
    return page(f"{problem.status}", body)


def sign_in_page(*, token: str, link: Link | None, next_: str, oidc: str, problem: str) -> str:
    """Without a token nobody came by a link, so how to get one is said."""
    parts = [f'<p role="alert">{escape(problem)}</p>'] if problem else []
    if link is not None:
        asked = (
            ""
            if link.member
            else '<p><label>E-mail <input name="email" type="email" required '
            'autocomplete="email" maxlength="200"></label></p>'
            '<p><label>Name <input name="name" autocomplete="name" maxlength="200"></label></p>'
        )
        parts.append(
            '<form method="post" action="/sign-in">'
            f'<input type="hidden" name="token" value="{escape(token)}">'
            f'<input type="hidden" name="next" value="{escape(next_)}">{asked}'
            f"<p><button>Sign in as {escape(link.role.value)}</button></p></form>"
        )
    if oidc:
        # A link and no form: browsers hold a form's redirects to `form-action`, too.
        there = f"/sign-in/oidc?next={quote(next_, safe='')}"
        parts.append(f'<p><a href="{escape(there)}">Sign in with {escape(oidc)}</a></p>')
    if link is None:
        parts.append(
            "<p>On the machine that serves, <code>stillhouse console link</code> prints a link"
            " that signs you in.</p>"
        )
    return page("Sign in", "".join(parts))
