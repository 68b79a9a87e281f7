"""May I? One use against the registry: allow, allow with obligations, or deny, and why. Pure.

    origin -> matching chains -> version at the row's time, version now -> a reason for each
    base   -> licences of its weights -> version now                    -> a reason for each
    reasons -> the strictest is the verdict; obligations of all that permit -> do they collide?

An entry is looked at in this order, and the first that denies is its reason:
  1. a waiver that covers this use lifts it;
  2. its position: forbidden, unknown, competing_forbidden, noncommercial_only deny, unless one of
     its exceptions is met (signed for, where it needs a person);
  3. low confidence denies;
  4. each condition: a word that is not known denies, one that a person must state denies without
     him, the others become obligations;
  5. medium confidence, and a reading older than `recheck_days`, deny until somebody signs that he
     has read it.

Whoever is not met by any entry is denied: a path that nobody knows, a model that no entry of its
path names, a host without the model's own licence, a row without provenance, a row from the future.
"Compete" is defined in none of the contracts that use it, so it is not for a program to judge: the
prohibition is taken as it stands, and a person may sign a waiver.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Literal, NamedTuple

from stillhouse.terms import tokens
from stillhouse.terms.document import Confidence, Entry, Kind, Position
from stillhouse.terms.lineage import Origin
from stillhouse.terms.obligations import NONCOMMERCIAL, Collision, Obligation, collisions
from stillhouse.terms.registry import Chain, Registry, plain_model
from stillhouse.terms.student import Exposure
from stillhouse.terms.tokens import Role, Setting
from stillhouse.terms.use import Use
from stillhouse.units.instant import DAY, Instant, period


class Outcome(StrEnum):
    ALLOW = "allow"
    OBLIGATIONS = "allow_with_obligations"
    DENY = "deny"


class Code(StrEnum):
    """Why. The first group permits, the second forbids, the third does not know."""

    PERMITTED = "permitted"
    EXCEPTION = "exception"
    WAIVED = "waived"

    FORBIDDEN = "forbidden"
    COMPETING = "competing_forbidden"
    NONCOMMERCIAL = "noncommercial_only"
    IMPOSSIBLE = "impossible"

    NO_PROVENANCE = "no_provenance"
    UNKNOWN_PATH = "unknown_path"
    UNKNOWN_MODEL = "unknown_model"
    UNKNOWN_LICENCE = "unknown_licence"
    UNKNOWN_VERSION = "unknown_version"
    UNKNOWN_TERMS = "unknown_terms"
    UNKNOWN_CONDITION = "unknown_condition"
    LOW_CONFIDENCE = "low_confidence"
    NEEDS_ATTESTATION = "needs_attestation"
    NEEDS_SIGN_OFF = "needs_sign_off"
    STALE = "stale"
    CLOCK = "clock"


PERMITS = frozenset({Code.PERMITTED, Code.EXCEPTION, Code.WAIVED})
FORBIDS = frozenset({Code.FORBIDDEN, Code.COMPETING, Code.NONCOMMERCIAL, Code.IMPOSSIBLE})
Ground = Literal["permitted", "forbidden", "unknown"]
When = Literal["row", "now", "always"]
SKEW = DAY
"""A row may be so much younger than now: clocks of two machines, days of two zones."""
AHEAD = 31 * DAY
"""A text may have been read so long after now: a question about last month, asked of what is known
today. Longer, and the clock is taken to have run backwards."""


class Reason(NamedTuple):
    """What one entry (or the lack of one) says. resolve: what would turn a denial, "" if allowed.

    when: it speaks of the row's time, of now, or of both. signed: ids of the waiver or attestations
    that it rests on.
    """

    code: Code
    role: Role
    path: str
    model: str
    when: When
    entry: Entry | None
    says: str
    resolve: str = ""
    obligations: tuple[Obligation, ...] = ()
    signed: tuple[str, ...] = ()

    @property
    def denies(self) -> bool:
        return self.code not in PERMITS

    @property
    def clause(self) -> str:
        return self.entry.clause if self.entry else ""

    @property
    def quote(self) -> str:
        return self.entry.quote if self.entry else ""


@dataclass(frozen=True)
class Verdict:
    """The answer. reasons: the strictest first; never empty.

    obligations: what must hold at release; only of a verdict that allows are they enough.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    obligations: tuple[Obligation, ...] = ()

    @property
    def allowed(self) -> bool:
        return self.outcome is not Outcome.DENY

    @cached_property
    def denials(self) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.reasons if reason.denies)

    @property
    def reason(self) -> Reason:
        """The one to name when there is room for one."""
        return self.reasons[0]

    @property
    def ground(self) -> Ground:
        """Permitted; forbidden by words that somebody has read; or denied for want of knowledge.

        Guard acts on `forbidden` alone: on what nobody knows it may only ask.
        """
        if self.allowed:
            return "permitted"
        return "forbidden" if any(r.code in FORBIDS for r in self.denials) else "unknown"


def decide(use: Use, registry: Registry) -> Verdict:
    """The strictest of everything that this use meets."""
    base = registry.licences(use.base) if use.base else ()
    base_ids = frozenset(chain.id for chain in base)
    reasons: list[Reason] = []
    for origin in use.lineage.origins:
        reasons += _of_origin(origin, use, registry, base_ids)
    if use.base:
        reasons += _of_base(use, base, base_ids)
    return verdict(reasons)


def verdict(reasons: Iterable[Reason]) -> Verdict:
    """Reasons together: of several rows, teachers, times. One that denies, denies."""
    rows = list(dict.fromkeys(reasons))
    if len(rows) == 1:
        duties = rows[0].obligations
    else:
        duties = tuple(sorted({o for reason in rows for o in reason.obligations}))
        rows += map(_impossible, collisions(duties))
        rows.sort(key=_severity)
    ordered = tuple(rows)
    if ordered[0].denies:
        return Verdict(Outcome.DENY, ordered, duties)
    return Verdict(Outcome.OBLIGATIONS if duties else Outcome.ALLOW, ordered, duties)


def _impossible(clash: Collision) -> Reason:
    resolve = "leave out the rows of one of the two"
    return Reason(Code.IMPOSSIBLE, "teacher", "", "", "always", None, str(clash), resolve=resolve)


_SEVERITY = {code: place for place, code in enumerate((
    Code.FORBIDDEN, Code.COMPETING, Code.NONCOMMERCIAL, Code.IMPOSSIBLE, Code.NO_PROVENANCE,
    Code.CLOCK, Code.UNKNOWN_PATH, Code.UNKNOWN_MODEL, Code.UNKNOWN_LICENCE, Code.UNKNOWN_TERMS,
    Code.UNKNOWN_VERSION, Code.LOW_CONFIDENCE, Code.UNKNOWN_CONDITION, Code.NEEDS_ATTESTATION,
    Code.NEEDS_SIGN_OFF, Code.STALE, Code.WAIVED, Code.EXCEPTION, Code.PERMITTED,
))}  # fmt: skip


def _severity(reason: Reason) -> tuple[int, str, str, str, str, str, str, str]:
    entry = (reason.entry.id, reason.entry.hash) if reason.entry else ("", "")
    place = (reason.path, reason.model, reason.role, reason.when, reason.says)
    return (_SEVERITY[reason.code], *entry, *place)


# -- who is met


def _of_origin(
    origin: Origin, use: Use, registry: Registry, base: frozenset[str]
) -> Iterable[Reason]:
    def deny(code: Code, says: str, resolve: str) -> list[Reason]:
        return [
            Reason(code, "teacher", origin.path, origin.model, "row", None, says, resolve=resolve)
        ]

    if not origin.known:
        return deny(
            Code.NO_PROVENANCE,
            "nobody can say which model these words are from",
            'export it again with its lineage, or sign for it as your own: path "own"',
        )
    if origin.at is not None and origin.at > use.now + SKEW:
        said = f"the row is of {period(origin.at, 'day')}, which is after now"
        return deny(Code.CLOCK, said, "set this machine's clock, or mend the row's time")
    chains = registry.matching(origin.path, origin.model, origin.weights)
    if origin.path not in registry.paths:
        return deny(
            Code.UNKNOWN_PATH,
            f'nothing is known of the access path "{origin.path}"',
            f"read its terms and add them: stillhouse terms add FILE (paths: [{origin.path}])",
        )
    named = set(origin.weights.split("+")) - {""} if origin.weights else set()
    missing = sorted(named - {chain.id for chain in chains})
    if missing:
        return deny(
            Code.UNKNOWN_LICENCE,
            f'there is no licence "{missing[0]}"',
            "name one of `stillhouse terms list --kind weights`, or add it",
        )
    if all(chain.newest.kind is Kind.HOST for chain in chains):
        return deny(
            Code.UNKNOWN_MODEL,
            f'no terms of "{origin.path}" are known for the model "{origin.model}"',
            "name the licence of its weights (weights = ...), or add terms that name the model",
        )
    return [
        reason
        for chain in chains
        for reason in _of_chain(chain, origin, use, registry, base, beside=len(chains))
    ]


def _of_chain(
    chain: Chain,
    origin: Origin,
    use: Use,
    registry: Registry,
    base: frozenset[str],
    *,
    beside: int,
) -> Iterable[Reason]:
    """What a chain says at the row's time and now; one reason when both times have one version."""
    then, now = chain.at(origin.at), chain.at(use.now)
    rows: list[tuple[Entry | None, When]]
    rows = [(now, "always")] if then is now else [(then, "row"), (now, "now")]
    recorded = registry.version(origin.terms) if origin.terms else None
    if recorded is not None and recorded.id == chain.id and recorded not in {then, now}:
        rows.append((recorded, "row"))
    here = Setting(
        entry=chain.id,
        role="teacher",
        student=use.student,
        exposure=use.exposure,
        purpose=use.purpose,
        model=plain_model(origin.model),
        base=base,
        beside=bool(origin.weights) or beside > 1,
    )
    for version, when in rows:
        if version is None:
            yield _no_version(chain, origin, when)
        else:
            yield _judged(version, here, use, path=origin.path, model=origin.model, when=when)


def _no_version(chain: Chain, origin: Origin, when: When) -> Reason:
    first = chain.versions[0]
    if when != "now" and origin.at is None:
        said = "nobody knows when this row was made, so nobody knows under which version"
    else:
        begins = period(first.effective, "day")
        said = f"what {first.document} said before {begins} has not been read"
    return Reason(
        Code.UNKNOWN_VERSION, "teacher", origin.path, origin.model, when, first, said,
        resolve=f"read what was in force and add it: stillhouse terms add FILE (id: {chain.id})",
    )  # fmt: skip


def _of_base(use: Use, chains: tuple[Chain, ...], ids: frozenset[str]) -> Iterable[Reason]:
    if not chains:
        yield Reason(
            Code.UNKNOWN_LICENCE, "base", "", use.base, "now", None,
            f'the licence of the base model "{use.base}" is not known',
            resolve="name its licence (`stillhouse terms list --kind weights`), or add it",
        )  # fmt: skip
        return
    for chain in chains:
        here = Setting(
            entry=chain.id,
            role="base",
            student=use.student,
            exposure=use.exposure,
            purpose=use.purpose,
            model=plain_model(use.base),
            base=ids,
            beside=len(chains) > 1 or use.base in ids,
        )
        version = chain.at(use.now)
        if version is None:
            yield Reason(
                Code.UNKNOWN_VERSION, "base", "", use.base, "now", chain.newest,
                f"{chain.newest.document} is not in force yet, or says nothing of this model",
                resolve="read the licence in force and add it: stillhouse terms add FILE",
            )  # fmt: skip
        else:
            yield _judged(version, here, use, path="", model=use.base, when="now")


# -- one entry


class _Denied(Exception):  # noqa: N818
    """The first step of one entry that denies: its reason. Caught in `_judged`."""

    def __init__(self, code: Code, says: str, resolve: str) -> None:
        self.code, self.says, self.resolve = code, says, resolve
        super().__init__(says)


class _Permits(NamedTuple):
    """What a permission rests on so far."""

    code: Code
    says: str
    obligations: tuple[Obligation, ...] = ()
    signed: tuple[str, ...] = ()


def _judged(entry: Entry, here: Setting, use: Use, *, path: str, model: str, when: When) -> Reason:
    held = _waived(entry, here, use) or _Permits(Code.PERMITTED, f"{entry.document} permits it")
    code, says, resolve = held.code, held.says, ""
    if code is not Code.WAIVED:
        try:
            held = _position(entry, here, use)
            held = _conditions(entry, here, use, held)
            code, says = held.code, held.says
            _doubt(entry, use)
        except _Denied as denied:
            code, says, resolve = denied.code, denied.says, denied.resolve
    duties = tuple(sorted(set(held.obligations)))
    signed = tuple(sorted(set(held.signed)))
    return Reason(code, here.role, path, model, when, entry, says, resolve, duties, signed)


def _waived(entry: Entry, here: Setting, use: Use) -> _Permits | None:
    for waiver in use.waivers:
        if (
            waiver.holds(use.now)
            and waiver.names(entry, use.account)
            and waiver.covers(use.student, use.exposure, here.model)
        ):
            asked = [tokens.condition(token, here) for token in entry.conditions]
            duties = tuple(o for one in asked if one is not None for o in one.obligations)
            said = f"{waiver.contract_ref}, signed by {waiver.signed_by}, lifts {entry.document}"
            return _Permits(Code.WAIVED, said, duties, (waiver.id,))
    return None


def _position(entry: Entry, here: Setting, use: Use) -> _Permits:
    held = _Permits(Code.PERMITTED, f"{entry.document} permits it")
    read_it = f"read it and add what it says: stillhouse terms add FILE (id: {entry.id})"
    if entry.position is Position.UNKNOWN:
        raise _Denied(Code.UNKNOWN_TERMS, f"{entry.document} has not been read", read_it)
    if entry.position in _PROHIBITS:
        met = _excepted(entry, here, use)
        if isinstance(met, str):
            raise _Denied(_PROHIBITS[entry.position], f"{entry.document} forbids it", met)
        says = f"an exception of {entry.document} is met"
        held = _Permits(Code.EXCEPTION, says, met.obligations, met.signed)
    if entry.confidence is Confidence.LOW:
        said = f"what is known of {entry.document} is hearsay"
        raise _Denied(Code.LOW_CONFIDENCE, said, read_it)
    return held


def _conditions(entry: Entry, here: Setting, use: Use, held: _Permits) -> _Permits:
    duties, signed = list(held.obligations), list(held.signed)
    for token in entry.conditions:
        asked = tokens.condition(token, here)
        if asked is None:
            raise _Denied(
                Code.UNKNOWN_CONDITION,
                f'the condition "{token}" is not known here',
                "use a release of Stillhouse that knows it, or a waiver",
            )
        if asked.missing:
            raise _Denied(Code.UNKNOWN_LICENCE, f"not known: {asked.missing}", asked.missing)
        if asked.sign:
            name = token.partition(":")[0]
            who = _attested(entry, use, name)
            if not who:
                said = f'somebody must state "{name}"'
                raise _Denied(Code.NEEDS_ATTESTATION, said, _attest(entry, name))
            signed += who
        duties += asked.obligations
    return held._replace(obligations=tuple(duties), signed=tuple(signed))


_PROHIBITS = {
    Position.FORBIDDEN: Code.FORBIDDEN,
    Position.COMPETING_FORBIDDEN: Code.COMPETING,
    Position.NONCOMMERCIAL_ONLY: Code.NONCOMMERCIAL,
}


class _Excepted(NamedTuple):
    obligations: tuple[Obligation, ...]
    signed: tuple[str, ...]


def _excepted(entry: Entry, here: Setting, use: Use) -> _Excepted | str:
    """By which exception a prohibition does not bind; else what would lift it, in words."""
    ways: list[str] = []
    for token in entry.exceptions:
        way = tokens.exception(token, here)
        if way is None:
            continue
        if way.state == "met":
            return _Excepted(way.obligations, ())
        if way.state == "attest":
            who = _attested(entry, use, token)
            if who:
                return _Excepted(way.obligations, who)
            ways.append(_attest(entry, token))
        elif way.resolve:
            ways.append(way.resolve)
    if entry.position is Position.NONCOMMERCIAL_ONLY and here.exposure is Exposure.INTERNAL:
        who = _attested(entry, use, NONCOMMERCIAL)
        if who:
            return _Excepted((Obligation(NONCOMMERCIAL, "", entry.id),), who)
        ways.append(_attest(entry, NONCOMMERCIAL))
    ways.append(
        f"a contract with {entry.provider} that allows it: stillhouse terms waive {entry.id}"
    )
    return "; or ".join(dict.fromkeys(ways))


def _attested(entry: Entry, use: Use, claim: str) -> tuple[str, ...]:
    return tuple(
        a.id
        for a in use.attestations
        if a.claim == claim and a.holds(use.now) and a.names(entry, use.account)
    )


def _attest(entry: Entry, claim: str) -> str:
    return f"stillhouse terms attest {entry.id} --claim {claim} --signed-by NAME"


def _doubt(entry: Entry, use: Use) -> None:
    """Raises _Denied: the permission needs somebody who has read the text, again or at all."""
    read = [
        a.signed_at for a in use.attestations if a.holds(use.now) and a.names(entry, use.account)
    ]
    again = _attest(entry, "reading")
    if entry.confidence is Confidence.MEDIUM and not read:
        said = f"{entry.document} was read at second hand or in part"
        raise _Denied(Code.NEEDS_SIGN_OFF, said, again)
    if entry.read_on is not None:
        read.append(entry.read_on)
    newest = max(read, default=None)
    if newest is None:
        raise _Denied(Code.STALE, f"nobody wrote down when {entry.document} was read", again)
    if newest > use.now + AHEAD:
        said = f"{entry.document} was read on {period(newest, 'day')}, which is after now"
        raise _Denied(Code.CLOCK, said, "set this machine's clock")
    if use.now - newest > entry.recheck_days * DAY:
        day, days = period(newest, "day"), entry.recheck_days
        said = f"{entry.document} was last read on {day}, over {days} days ago"
        raise _Denied(Code.STALE, said, again)


def at_day(at: Instant) -> Instant:
    """The first instant of its day. Versions begin with days: its rows are judged alike."""
    return Instant(at // DAY * DAY)
