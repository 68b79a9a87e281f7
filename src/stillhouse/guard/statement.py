"""A statement of reasons in plain words: what was seen, when, which clause, how sure, what follows.

Written once, when a step is taken, and kept in its entry: what the account was told is what the
record says. English, with receipt ids, so that the account can look at each call itself.
"""

from stillhouse.guard.case import Evidence
from stillhouse.guard.ladder import (
    ANSWER_US,
    APPEAL_US,
    E_VALUE,
    THROTTLE_US,
    Level,
    Position,
    reached,
)
from stillhouse.units.instant import DAY, Instant, moment

RECEIPTS_SHOWN = 5
EFFECT = {
    Level.NOTE: "Nothing follows from it.",
    Level.NOTICE: "Nothing is limited. Tell us what these calls are for.",
    Level.THROTTLE: (
        f"For {THROTTLE_US // (DAY // 24)} hours calls are admitted at a tenth of the account's"
        " limits, without log probabilities and with one choice a call. Answers stay what they are."
    ),
    Level.HOLD: "Calls are admitted at a tenth of the account's limits; nothing may be trained.",
    Level.SUSPEND: (
        "No new calls are admitted. Calls in flight settle; receipts, bills and exports stay open,"
        " and a final invoice is issued."
    ),
}


def statement(case: str, level: Level, evidence: Evidence) -> str:
    """What the account is told of an automatic step."""
    e = evidence
    seen = (
        f"Between {_minute(e.first_at)} and {_minute(e.last_at)} calls of this account"
        f"{_to(e.models)} looked like the collection of outputs to train a model"
        f" ({', '.join(e.signals) or 'no single signal'}; {e.calls} calls seen)."
    )
    parts = [seen, sure(e), clause(e), EFFECT[level]]
    if e.receipts:
        parts.append(f"Some of these calls: {', '.join(e.receipts[:RECEIPTS_SHOWN])}.")
    parts.append(how_to_appeal(case))
    return " ".join(part for part in parts if part)


def stated(evidence: Evidence) -> int:
    """An innocent account is said to look like this at most once in so many; 0: not to be said.

    The rate of the level that evidence and calibration both reach: no number is stated that the
    calibration cannot back, however large the e-value is.
    """
    return int(E_VALUE.get(min(reached(evidence.e_value), evidence.backed), 0))


def sure(evidence: Evidence) -> str:
    """How often an innocent account would look like this, in a sentence."""
    once = stated(evidence)
    if not once:
        return "There is too little evidence to state how often an innocent account looks like it."
    return (
        "An account that does nothing of the kind would ever look like this at most once in"
        f" {once:,}."
    )


def clause(evidence: Evidence) -> str:
    c = evidence.clause
    if evidence.position is Position.UNKNOWN or not c.entry:
        return "Whether the provider's terms allow it is not known here."
    where = f"{c.entry} {c.clause}".strip()
    quoted = f': "{c.quotation}"' if c.quotation else ""
    return f"The provider's terms ({where}){quoted}."


def how_to_appeal(case: str) -> str:
    return (
        f"To contest it, appeal case {case} within {APPEAL_US // DAY} days: on the console's page"
        f" of notices, by POST /api/v1/notices/{case}/appeal, or by whoever runs this server with"
        f" `stillhouse guard appeal {case}`. A person who took no part answers within"
        f" {ANSWER_US // DAY} days, or it is lifted."
    )


def _minute(at: Instant) -> str:
    return f"{moment(at):%Y-%m-%d %H:%M} UTC"


def _to(models: tuple[str, ...]) -> str:
    return f" to {', '.join(models)}" if models else ""
