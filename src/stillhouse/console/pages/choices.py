"""Lists to choose from, as long as a person would look through them; longer ones are typed.

A list of thousands of accounts is megabytes on each page and helps nobody. Beyond `MANY` a form has
a field instead, which takes a name or an id, and says when nothing is called so.
"""

from collections.abc import Sequence

from stillhouse.console.house import Desk
from stillhouse.console.pages.search import meaning
from stillhouse.ledger.ports import NotFoundError
from stillhouse.tenants import Directory

MANY = 200


def accounts(directory: Directory) -> list[tuple[str, str]] | None:
    """(id, name) of each; None: too many, let them be typed."""
    found = directory.accounts
    return None if len(found) > MANY else [(a.id, a.name) for a in found.values()]


def chosen(desk: Desk, given: Sequence[str]) -> list[str]:
    """Ids of accounts that were chosen, or typed, one in a line."""
    directory = desk.directory()
    named = {a.name: a.id for a in directory.accounts.values()}
    found = []
    for word in (line.strip() for text in given for line in text.splitlines()):
        if not word:
            continue
        ident = word if word in directory.accounts else named.get(word)
        if ident is None:
            raise NotFoundError(f"no account {word}; the page of accounts shows yours")
        found.append(ident)
    return found


def scopes_are_many(directory: Directory) -> bool:
    """More to choose from than a person would look through."""
    return len(directory.accounts) + len(directory.projects) + len(directory.keys) > MANY


def scope(desk: Desk, whose: str) -> tuple[str, str]:
    """(account, project, key or member; its id) of "account:ID", or of a name or id alone."""
    kind, colon, ident = whose.partition(":")
    if colon and ident:
        return kind, ident
    for member, email in desk.directory().members.items():
        if whose.strip() in {member, email}:
            return "member", member
    found = {k: v for k, v in meaning(whose, desk).items() if k in {"account", "project", "key"}}
    if not found:
        raise ValueError(
            f"no account, project or key is called {whose.strip()!r}, or several are; give its id"
        )
    return next(iter(found.items()))
