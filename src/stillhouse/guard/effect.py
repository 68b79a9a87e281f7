"""What a case means for its accounts: their standing, until when, and why, in a refusal's words.

    note, none        active                     the account is told nothing
    notice            active                     told with each call (`x-stillhouse-notice`)
    throttle, hold    restricted, with an end    told, and what is refused says why
    suspend           suspended                  no new calls; the refusal says why

The reason is short, because it travels in every refusal; the whole statement is in the case.
"""

from stillhouse.guard.case import MACHINE, Case
from stillhouse.guard.ladder import Level
from stillhouse.guard.ports import Stand
from stillhouse.tenants import Standing
from stillhouse.units.instant import iso

REASON_CHARS_MAX = 300
STANDING = {
    Level.THROTTLE: Standing.RESTRICTED,
    Level.HOLD: Standing.RESTRICTED,
    Level.SUSPEND: Standing.SUSPENDED,
}


def stands(case: Case) -> list[Stand]:
    """Of each of its accounts, now."""
    standing = STANDING.get(case.level, Standing.ACTIVE)
    said = reason(case)
    until = None if case.step is None else case.step.until
    return [
        Stand(
            account=account,
            standing=standing,
            reason=said,
            until=None if standing is Standing.ACTIVE else until,
            notice=case.open and case.level >= Level.NOTICE,
        )
        for account in case.accounts
    ]


def reason(case: Case) -> str:
    """Why, by which clause, and how to contest it, in one line."""
    step = case.step
    if not case.open:
        return f"case {case.id} was closed ({case.outcome})"
    if step is None or case.level <= Level.NOTE:
        return f"nothing is in force in case {case.id}"
    why = "its calls look like the collection of outputs to train a model"
    if step.by != (MACHINE,):
        why = _short(step.reasons[0])
    c = case.newest.clause
    clause = f"; terms: {c.entry} {c.clause}".rstrip() if c.entry else ""
    return (
        f"{why}{clause}; case {case.id}. To appeal, by {iso(step.appeal_until)[:10]}: the console's"
        f" page of notices, or POST /api/v1/notices/{case.id}/appeal"
    )


def _short(text: str) -> str:
    flat = " ".join(text.split()).rstrip(".")
    return flat if len(flat) <= REASON_CHARS_MAX else flat[: REASON_CHARS_MAX - 1] + "…"
