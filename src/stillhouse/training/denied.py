"""No row may be learned from: the verdicts, and the words for them.

What terms say of each teacher was judged by `distill.consent`; here it is said to who asked.
"""

from collections.abc import Mapping

from stillhouse.distill.artefact import Judged
from stillhouse.distill.consent import Gate
from stillhouse.terms import Origin, Verdict


class DeniedError(ValueError):
    """No row may be learned from; the verdicts say why and what would change it."""

    def __init__(
        self, message: str, judged: tuple[Judged, ...], excluded: Mapping[str, int]
    ) -> None:
        self.judged, self.excluded = judged, excluded
        super().__init__(message)


def denied(gate: Gate, seen: int) -> str:
    """None of so many rows: the reasons, the commonest first, and the next step."""
    why = ", ".join(f"{n:,} {reason}" for reason, n in gate.excluded.most_common())
    return f"none of {seen:,} rows may be learned from ({why}). {gate.resolve}".strip()


def none_held_since(before: frozenset[str], now: frozenset[str]) -> None:
    """A case may hold an account while a run works, for hours perhaps.

    Raises:
        DeniedError: one is held that was not when rows were let through.
    """
    if now - before:
        raise DeniedError(
            "an account was held or suspended by a case while this run worked: run it again; rows"
            " of that account are left out",
            (),
            {},
        )


def judged_base(name: str, licence: Verdict) -> list[Judged]:
    """What was said of the weights that a student starts from, for its card."""
    said = [r for r in licence.reasons if r.role == "base"]
    clauses = {f"{r.entry.ref} {r.clause}: {r.code}" if r.entry else r.says for r in said}
    origin = Origin(path="weights", model=name)
    return [Judged(origin, licence.outcome.value, tuple(sorted(clauses)), 0)]
