"""A verdict in plain words: what, why, by which words of which text, and what would change it."""

from collections.abc import Iterator

from stillhouse.terms.decide import Code, Outcome, Reason, Verdict
from stillhouse.units.instant import period

HEADS = {
    Outcome.ALLOW: "Yes.",
    Outcome.OBLIGATIONS: "Yes, if what is listed below holds when the student is released.",
    Outcome.DENY: "No.",
}
DOUBT = (
    "No: not because it is forbidden, but because nobody knows well enough that it is permitted."
)


def explain(verdict: Verdict) -> Iterator[str]:
    """Lines for a person, the answer first."""
    yield DOUBT if verdict.ground == "unknown" else HEADS[verdict.outcome]
    for reason in verdict.denials or verdict.reasons:
        yield ""
        yield from _reason(reason)
    if verdict.allowed and verdict.obligations:
        yield ""
        yield "When it is released:"
        yield from (f"  - {o.words} ({o.entry})" for o in verdict.obligations)


def _reason(reason: Reason) -> Iterator[str]:
    about = f"The base model {reason.model}" if reason.role == "base" else _teacher(reason)
    entry = reason.entry
    if entry is None:
        yield f"{about}: {reason.says}."
    else:
        then = {"row": ", in force when the row was made", "now": ", in force now", "always": ""}
        yield f"{about}: {reason.says} ({entry.ref}{then[reason.when]})."
        if entry.quote and reason.code is not Code.UNKNOWN_TERMS:
            clause = f"{entry.clause}: " if entry.clause else ""
            yield f'  {clause}"{entry.quote}"'
        read = "never" if entry.read_on is None else period(entry.read_on, "day")
        yield f"  {entry.source}; last read {read}; confidence {entry.confidence}"
        if entry.url:
            yield f"  {entry.url}" + ("" if entry.url_seen else " (address not opened by us)")
        if entry.notes:
            yield f"  {entry.notes}"
    if reason.resolve:
        yield f"  What would change it: {reason.resolve}"


def _teacher(reason: Reason) -> str:
    if reason.code is Code.IMPOSSIBLE:
        return "Together"
    if reason.code is Code.NO_PROVENANCE:
        return "These rows"
    return f"{reason.model or 'Anything'} by {reason.path}"
