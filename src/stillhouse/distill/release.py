"""A student's way into traffic: shadow, canary, cut-over, and the way back. Pure.

    begun ─► shadow ──► canary ──► cut_over        by a person, with evidence
                │          │ ▲         │
                └──────────┴─┴─────────┴──► rolled_back     by a person, by the test, by the terms

    shadow     the teacher answers; a sample is asked of the student, too, beside the call
    canary     a share of the end users is answered by the student; a sample of their calls is asked
               of the teacher, too, and the house pays for that
    cut_over   the student answers all; the sample goes on

A release binds one account's workload at one deployment (the teacher's) to a student. What the
student is not sure of goes to the teacher at every stage.

*The test.* Each comparison is one bit: the two answers agree or not. The release promises that at
least `promise` of them agree. A test martingale bets against the promise: after each comparison x
its wealth is multiplied by 1 + b (promise - x), which nobody can expect to grow while the promise
holds. When the wealth passes 1 / `alpha` the release is rolled back. By Ville's inequality a
student that keeps its promise is ever rolled back with a chance of at most `alpha`, however often
one looks (Ramdas et al. 2023, "Game-theoretic statistics and safe anytime-valid inference").

Money is put on several bets, because nobody knows how bad it will get; and a part is kept back and
put in at the start of each later block of comparisons, so that a student that was good for a year
and then drifts is not saved by its past.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
from msgspec.structs import replace

from stillhouse.units.instant import Instant

Stage = Literal["shadow", "canary", "cut_over", "rolled_back"]
Sticky = Literal["user", "conversation", "key"]
"""What is always answered by the same model while the share stands still: an end user where the
request names one (else its conversation), each conversation, or each key."""

ALL = 10_000
"""Shares are basis points."""
MILLION = 1_000_000
COMPARED_MIN = 50
"""Comparisons before a release may move on."""
DROPS = (0.05, 0.1, 0.25)
"""How far below the promise the bets expect the truth: each is best when it is right."""
FIRST, BLOCK = 0.8, 50
"""The part of the wealth that is put in at once; comparisons between two later parts."""
NEXT: dict[Stage, tuple[Stage, ...]] = {
    "shadow": ("canary", "rolled_back"),
    "canary": ("canary", "cut_over", "rolled_back"),
    "cut_over": ("canary", "rolled_back"),
    "rolled_back": (),
}


class ReleaseError(ValueError):
    """A release cannot be begun or moved so, and what to do."""


class Trial(msgspec.Struct, frozen=True):
    """The test so far. wealth: of each bet of `DROPS`, without what is still kept back."""

    compared: int = 0
    agreed: int = 0
    wealth: tuple[float, ...] = (FIRST,) * len(DROPS)

    @property
    def total(self) -> float:
        """The martingale: 1 at the start."""
        return sum(self.wealth) / len(DROPS) + _kept_back(self.compared)

    def refutes(self, alpha_ppm: int) -> bool:
        """Whether the promise is refuted at this level."""
        return self.total * alpha_ppm >= MILLION


class Terms(msgspec.Struct, frozen=True):
    """What the registry of terms said when the release began, or when exposure last changed."""

    allowed: bool = False
    clauses: tuple[str, ...] = ()
    why: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be released where, and what is promised.

    deployment: the teacher's; model, region: by which its prices are found. student: the deployment
    that serves the student; artefact: the student's id. promise_ppm: the share of comparisons that
    must agree. audit_bps: of the calls that could be compared. audit_cost_max: pico-units a month
    that the teacher's answers to the audit sample may cost the house. confirmed, displays: what the
    operator stated for the terms.
    """

    account: str
    workload: str
    deployment: str
    model: str
    student: str
    artefact: str
    region: str = ""
    kind: str = "classifier"
    promise_ppm: int
    alpha_ppm: int = 50_000
    audit_bps: int = ALL
    audit_cost_max: int = 0
    sticky: Sticky = "user"
    confirmed: tuple[str, ...] = ()
    displays: tuple[str, ...] = ()
    terms: Terms = Terms()


class Release(Plan, frozen=True, kw_only=True):
    """One release as it stands.

    share_bps: of end users that the student answers. trial: since the stage began. compared,
    agreed, declined: since the release began; declined: the student left it to the teacher.
    audit_cost: pico-units of this month's audits, as counted so far.
    """

    id: str
    stage: Stage = "shadow"
    share_bps: int = 0
    began_at: Instant
    moved_at: Instant
    reason: str = ""
    trial: Trial = Trial()
    compared: int = 0
    agreed: int = 0
    declined: int = 0
    audit_month: str = ""
    audit_cost: int = 0

    @property
    def live(self) -> bool:
        return self.stage != "rolled_back"


class Audit(msgspec.Struct, frozen=True):
    """One comparison. agreed: None when the student left the call to its teacher.

    cost: pico-units that the house pays for it.
    """

    agreed: bool | None
    cost: int = 0


def check(plan: Plan) -> None:
    """Raises ReleaseError."""
    if not plan.terms.allowed:
        clauses = "; ".join(plan.terms.clauses)
        raise ReleaseError(
            f"the terms do not allow it: {plan.terms.why} ({clauses or 'no clause'})"
        )
    if plan.deployment == plan.student:
        raise ReleaseError("a deployment cannot be released in its own place")
    if not 0 < plan.promise_ppm < MILLION:
        raise ReleaseError("a promise is a share of the comparisons, like 0.95")
    if not 0 < plan.alpha_ppm < MILLION:
        raise ReleaseError("the error of the test is a chance between 0 and 1, like 0.05")
    if not 0 <= plan.audit_bps <= ALL:
        raise ReleaseError("an audit sample is between 0 and 100 percent of the calls")


def begun(plan: Plan, *, ident: str, at: Instant) -> Release:
    """Raises ReleaseError."""
    check(plan)
    return Release(id=ident, began_at=at, moved_at=at, **msgspec.structs.asdict(plan))


def moved(
    release: Release,
    stage: Stage,
    *,
    share_bps: int | None = None,
    reason: str,
    at: Instant,
    forced: bool = False,
) -> Release:
    """The release at another stage, with a test of its own.

    forced: without the comparisons that the stage before should have brought; a person says why.

    Raises:
        ReleaseError: there is no such way, or not enough evidence.
    """
    if stage not in NEXT[release.stage]:
        ways = ", ".join(NEXT[release.stage]) or "nowhere; begin another release"
        raise ReleaseError(f"{release.id} is at {release.stage}; from there it can go to: {ways}")
    if stage == "rolled_back":
        return replace(release, stage=stage, share_bps=0, reason=reason, moved_at=at)
    share = ALL if stage == "cut_over" else share_bps
    if share is None or not 0 < share <= ALL:
        raise ReleaseError("a canary needs a share of the end users, like 5%")
    trial = release.trial
    if share > release.share_bps and not forced:
        if trial.compared < COMPARED_MIN:
            raise ReleaseError(
                f"{trial.compared} answers were compared at this stage and {COMPARED_MIN} are"
                " needed; wait, or force it and say why"
            )
        if trial.agreed * MILLION < release.promise_ppm * trial.compared:
            raise ReleaseError(
                f"{trial.agreed} of {trial.compared} answers agree, fewer than the release"
                f" promises ({release.promise_ppm / MILLION:.1%}); train a better student, or"
                " force it and say why"
            )
    return replace(release, stage=stage, share_bps=share, reason=reason, moved_at=at, trial=Trial())


def audited(release: Release, audits: Iterable[Audit], *, month: str) -> Release:
    """With these comparisons counted; one by one, so that it does not matter how they are batched.

    A release that is refuted by one of them is what it was when that was seen: later ones are
    counted and bet no more.
    """
    trial, declined, cost = release.trial, release.declined, 0
    compared, agreed = release.compared, release.agreed
    for audit in audits:
        cost += audit.cost
        if audit.agreed is None:
            declined += 1
            continue
        compared += 1
        agreed += audit.agreed
        if not trial.refutes(release.alpha_ppm):
            trial = bet(trial, [audit.agreed], promise_ppm=release.promise_ppm)
    if month == release.audit_month:
        cost += release.audit_cost
    return replace(
        release,
        trial=trial,
        compared=compared,
        agreed=agreed,
        declined=declined,
        audit_month=month,
        audit_cost=cost,
    )


def refuted(release: Release) -> str:
    """Why it must be rolled back by its test; "" while it need not."""
    trial = release.trial
    if not release.live or not trial.refutes(release.alpha_ppm):
        return ""
    return (
        f"{trial.agreed} of {trial.compared} answers at stage {release.stage} agree with the"
        f" teacher; the release promised {release.promise_ppm / MILLION:.1%}, which is refuted at"
        f" the level {release.alpha_ppm / MILLION:g}"
    )


def bet(trial: Trial, agreed: Sequence[bool], *, promise_ppm: int) -> Trial:
    """The trial after these comparisons."""
    promise = promise_ppm / MILLION
    stakes = [_stake(promise, drop) for drop in DROPS]
    wealth, count, right = list(trial.wealth), trial.compared, trial.agreed
    for x in agreed:
        put = _kept_back(count) - _kept_back(count + 1)
        wealth = [w * (1 + b * (promise - x)) + put for w, b in zip(wealth, stakes, strict=True)]
        count += 1
        right += x
    return Trial(count, right, tuple(wealth))


def _stake(promise: float, drop: float) -> float:
    """The bet that grows fastest when the truth is `promise - drop` (a likelihood ratio)."""
    truth = max(promise - drop, promise / 2)
    return (promise - truth) / (promise * (1 - promise))


def _kept_back(compared: int) -> float:
    """Of a wealth of 1: what is put in at later blocks. Block k brings 1/k - 1/(k + 1) of it."""
    return (1 - FIRST) / (1 + compared // BLOCK)
