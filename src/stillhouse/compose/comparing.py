"""A worker's comparisons for releases: sampled beside the calls, told to the store at once.

    a call under a release ended ─► sampled? ─► the other model asked (gateway.audit) ─► agree?
                                                      store: counted, the test's bet ◄──┘
                                                      refuted: rolled back in that transaction

Shadow and canary calls that the teacher answered are asked of the student, which costs next to
nothing; calls that the student answered are asked of the teacher, while the month's money for that
lasts. The teacher's answer is what the customer got, or what the house pays for; it is compared and
not kept.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence

from stillhouse.distill import chat
from stillhouse.distill.example import agree
from stillhouse.distill.release import ALL, Audit, Release
from stillhouse.gateway import audit
from stillhouse.gateway.admit import open_form
from stillhouse.gateway.house import House
from stillhouse.gateway.release import Split
from stillhouse.gateway.watched import Ended, whole
from stillhouse.ledger.ports import ConflictError, NotFoundError, UnavailableError
from stillhouse.units.instant import Instant, period
from stillhouse.wire.deployment import DECLINED
from stillhouse.wire.whole import assembled

FLUSH_S = 0.02
"""Comparisons are told to the store together; a refuted release waits no longer than this."""
Keep = Callable[[str, Sequence[Audit]], None]


class Comparing:
    """Of one worker; the loop alone changes it. keep: tells the store, elsewhere."""

    def __init__(self, house: House, keep: Keep) -> None:
        self._house = house
        self._keep = keep
        self._due: dict[str, int] = defaultdict(int)
        self._found: dict[str, list[Audit]] = {}
        self._releases: dict[str, Release] = {}
        self.running = 0

    def use(self, releases: Sequence[Release]) -> None:
        self._releases = {release.id: release for release in releases}

    def counted(self, release: Release) -> None:
        """What the store says of a release after it was told of comparisons."""
        if release.id in self._releases:
            self._releases[release.id] = release

    def look(self, call: Ended) -> None:
        """A call under a release ended well: ask the other model, too, when its turn has come."""
        split = call.admitted.label.split
        release = None if split is None else self._releases.get(split.release)
        if split is None or release is None or not release.live:
            return
        by_student = call.leg.student
        if not by_student and call.lane.legs[0].student:
            return  # the student left it to its teacher, or was away: nothing to compare
        if by_student and len(call.lane.legs) == 1:
            return  # its teacher's provider has spent its budget
        due = self._due[release.id] = self._due[release.id] + split.audit_bps
        if due < ALL:
            return
        self._due[release.id] = due - ALL
        if self.running >= audit.RUNNING_MAX or self._house.draining:
            return
        if by_student and not affordable(release, self._house.now()):
            return
        self._ask(call, split, by_student=by_student)

    def _ask(self, call: Ended, split: Split, *, by_student: bool) -> None:
        lane, account = call.lane, call.lane.key.account
        house = self._house
        leg = lane.legs[1] if by_student else split.student.at(house.now(), account)
        if leg.sale is None or lane.surface not in leg.surfaces:
            return
        label = call.admitted.label
        said = whole(call)
        if call.stream is not None:
            said = assembled(lane.surface, said)
        first = chat.said(said)
        if first is None:
            return
        self.running += 1

        def told(status: int, answer: bytes, cost: int) -> None:
            self.running -= 1
            other = chat.said(answer) if status == 200 else None
            if other is not None:
                self._add(split.release, Audit(agree(first.text, other.text), cost))
            elif status == DECLINED or cost:
                self._add(split.release, Audit(None, cost))

        audit.Audit(
            house=house,
            leg=leg,
            form=open_form(lane.key, (), leg, lane.surface, workload=label.workload),
            surface=lane.surface,
            body=call.request.body,
            tokens_in=call.admitted.tokens_in,
            told=told,
        ).begin()

    def _add(self, release: str, one: Audit) -> None:
        if not self._found:
            self._house.later(FLUSH_S, self.flush)
        self._found.setdefault(release, []).append(one)

    def flush(self) -> None:
        """Hand over what was found since the last time."""
        found, self._found = self._found, {}
        for release, audits in found.items():
            self._keep(release, audits)


def affordable(release: Release, now: Instant) -> bool:
    """Whether the house still pays for asking the teacher this month."""
    month = period(now, "month")
    return month != release.audit_month or release.audit_cost < release.audit_cost_max


def kept(
    add: Callable[[], Release], told: Callable[[Release], None], log: Callable[..., None]
) -> None:
    """Tell the store; a store that is busy costs these comparisons, no more."""
    try:
        release = add()
    except (UnavailableError, NotFoundError, ConflictError) as error:
        log("comparisons_not_kept", error=str(error))
        return
    told(release)
    if not release.live:
        log("release_rolled_back", release=release.id, reason=release.reason)
