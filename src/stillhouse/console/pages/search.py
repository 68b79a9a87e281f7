"""What somebody means by the words in the search field: a receipt, or a filter of calls."""

import re

from stillhouse.console.house import Desk

_RECEIPT = re.compile(r"w\d{1,9}-\d{1,18}", re.ASCII | re.IGNORECASE)


def meaning(words: str, desk: Desk) -> dict[str, str]:
    """{"receipt": id}, {"account": id}, ..., or {} when nothing is called so.

    An exact name or id first, then the only one that holds the words.
    """
    wanted = words.strip().lower()
    if not wanted:
        return {}
    if _RECEIPT.fullmatch(wanted):
        return {"receipt": wanted}
    directory = desk.directory()
    named = [
        *(("account", a.id, a.name) for a in directory.accounts.values()),
        *(("project", p.id, p.name) for p in directory.projects.values()),
        *(("key", k.id, k.hint) for k in directory.keys.values()),
        *(("key", k.id, k.name) for k in directory.keys.values() if k.name),
        *(("deployment", d, d) for d in desk.deployment_names()),
    ]
    for kind, ident, name in named:
        if wanted in {ident.lower(), name.lower()}:
            return {kind: ident}
    holding = [(kind, ident) for kind, ident, name in named if wanted in name.lower()]
    return dict(holding[:1]) if len(holding) == 1 else {}
