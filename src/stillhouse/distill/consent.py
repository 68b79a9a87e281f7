"""Which rows may be learned from: nobody held, consent, then terms, row by row. Fails closed.

    row ─► nobody of it held? ─► its account agreed? ─► decide(lineage, then and now)? ─► kept
             │account_held         │no_consent            │terms_denied:CODE
             └─────────────────────┴──────────────────────┴─► counted, and no byte of it goes on

While a case holds or suspends an account nothing is learned from its calls, whoever asks and
whatever the log is called: the row's account counts, and every one that its lineage names.

Consent is recorded in words with the student. Calls that were captured here carry their project's
consent. A log that the operator brings is his own to use unless it says otherwise: whoever runs
the command on it says so by running it, and the card says that this is all that was said. Where
the student is to be met by others than the account that the rows are of (`sold`), or the log holds
several accounts' calls, that is not enough for it to be sold: a statement (`--consent`) is needed.
"""

from collections import Counter
from dataclasses import dataclass, field

from stillhouse.distill.artefact import Judged
from stillhouse.distill.example import Example
from stillhouse.terms import (
    Attestation,
    Exposure,
    Lineage,
    Origin,
    Registry,
    StudentKind,
    Use,
    Verdict,
    Waiver,
    decide,
)
from stillhouse.terms.decide import verdict as joined
from stillhouse.units.instant import DAY, Instant

OPERATORS_OWN = "the operator's own log, by running the command on it; nothing else was stated"
HELD = "account_held"
NO_CONSENT = "no_consent"
DENIED = "terms_denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the rows are wanted for. base: weights that the student starts from, or "".

    held: names and ids of accounts that a case holds or suspends now.
    """

    student: StudentKind
    exposure: Exposure
    now: Instant
    base: str = ""
    account: str = ""
    statement: str = ""
    held: frozenset[str] = frozenset()
    attestations: tuple[Attestation, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    @property
    def consent(self) -> str:
        return self.statement or OPERATORS_OWN


@dataclass(slots=True)
class Gate:
    """Lets rows through and counts those that it does not. accounts: of the log, how many."""

    asked: Asked
    registry: Registry
    accounts: int = 1
    excluded: Counter[str] = field(default_factory=Counter)
    _known: dict[tuple[object, ...], Verdict] = field(default_factory=dict)
    _rows: Counter[tuple[Origin, ...]] = field(default_factory=Counter)
    _by: dict[tuple[Origin, ...], list[Verdict]] = field(default_factory=dict)

    def lets(self, row: Example) -> bool:
        return not self.reason(row)

    def reason(self, row: Example) -> str:
        """Why it is excluded; "" when it may be learned from. Counted either way."""
        held = self.asked.held
        if held and (row.account in held or any(o.account in held for o in row.lineage)):
            return self._out(HELD)
        alone = self.asked.exposure is Exposure.INTERNAL or self.accounts <= 1
        if not alone and not self.asked.statement:
            return self._out(NO_CONSENT)
        found = self.judge(row.lineage, row.at)
        origins = tuple(bare(o) for o in row.lineage)
        self._rows[origins] += 1
        verdicts = self._by.setdefault(origins, [])
        if found not in verdicts:
            verdicts.append(found)
        return "" if found.allowed else self._out(f"{DENIED}:{found.reason.code}")

    def judge(self, origins: tuple[Origin, ...], at: int) -> Verdict:
        """The same for all rows of one day with one lineage."""
        name = (*(bare(o) for o in origins), at // DAY)
        found = self._known.get(name)
        if found is None:
            dated = tuple(o if o.at is not None else _dated(o, at) for o in origins)
            use = Use(
                lineage=Lineage(dated),
                student=self.asked.student,
                exposure=self.asked.exposure,
                now=self.asked.now,
                base=self.asked.base,
                account=self.asked.account,
                attestations=self.asked.attestations,
                waivers=self.asked.waivers,
            )
            found = self._known[name] = decide(use, self.registry)
        return found

    def _out(self, reason: str) -> str:
        self.excluded[reason] += 1
        return reason

    @property
    def judged_together(self) -> Verdict:
        """Of all that was asked of `judge`, the strictest."""
        return joined(r for verdict in self._known.values() for r in verdict.reasons)

    @property
    def together(self) -> Verdict | None:
        """Of all rows that were let through: their obligations may contradict each other."""
        reasons = [
            reason
            for verdicts in self._by.values()
            for one in verdicts
            if one.allowed
            for reason in one.reasons
        ]
        return joined(reasons) if reasons else None

    @property
    def resolve(self) -> str:
        """What would turn the first denial, and why it is one; "" where nothing was denied."""
        for verdicts in self._by.values():
            for one in verdicts:
                if not one.allowed:
                    reason = one.reason
                    where = f" ({reason.clause})" if reason.clause else ""
                    return f"{reason.says}{where}. To change that: {reason.resolve}"
        return ""

    @property
    def judged(self) -> tuple[Judged, ...]:
        """Each teacher with what its terms say, for the card."""
        return tuple(
            Judged(origin, _result(verdicts), _clauses(verdicts), self._rows[origins])
            for origins, verdicts in sorted(self._by.items(), key=lambda pair: str(pair[0]))
            for origin in origins or (Origin(path="unknown", model=""),)
        )


def bare(origin: Origin) -> Origin:
    """Without its time."""
    return Origin(
        path=origin.path,
        model=origin.model,
        weights=origin.weights,
        terms=origin.terms,
        account=origin.account,
        via=origin.via,
    )


def _dated(origin: Origin, at: int) -> Origin:
    return Origin(
        path=origin.path,
        model=origin.model,
        at=Instant(at),
        weights=origin.weights,
        terms=origin.terms,
        account=origin.account,
        via=origin.via,
    )


def _result(verdicts: list[Verdict]) -> str:
    """The strictest that some of its rows met."""
    return next((v.outcome.value for v in verdicts if not v.allowed), verdicts[0].outcome.value)


def _clauses(verdicts: list[Verdict]) -> tuple[str, ...]:
    said = {
        f"{r.entry.ref} {r.clause}: {r.code}" if r.entry else f"{r.code}: {r.says}"
        for v in verdicts
        for r in v.reasons
    }
    return tuple(sorted(said))
