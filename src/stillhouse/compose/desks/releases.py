"""Students in traffic for the console: where they stand, what comparing says, moved by a person.

What a release saved is of this month and from sealed receipts: what came since the last seal is in
it a moment later.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from stillhouse.billing.saving import Saving
from stillhouse.compose.desks.parts import CURRENCY, Part
from stillhouse.compose.savings import saved
from stillhouse.console.student_views import (
    AuditDayView,
    ReleaseFile,
    ReleaseMove,
    ReleaseView,
    SplitDay,
)
from stillhouse.distill.release import ALL, MILLION, NEXT, Release
from stillhouse.ledger.ports import Entry, NotFoundError
from stillhouse.units.instant import DAY, Instant, period

MOVES_MAX = 500
"""entries of one kind that are looked through for a release's steps"""
DAYS_SHOWN = 45
PPM_OF_BPS = MILLION // ALL


class ReleasesPart(Part):
    def releases(self) -> list[ReleaseView]:
        """Live ones first, then the newest."""
        found = [r for r in self.parts.store.releases() if self.who.sees(r.account)]
        savings = self._savings({r.account for r in found})
        return [
            self._release(r, savings)
            for r in sorted(found, key=lambda r: (not r.live, -r.began_at))
        ]

    def release(self, ident: str) -> ReleaseFile:
        one = self._found(ident)
        return ReleaseFile(
            release=self._release(one, self._savings({one.account})),
            days=tuple(
                AuditDayView(
                    day=d.day,
                    compared=d.compared,
                    agreed=d.agreed,
                    declined=d.declined,
                    cost=d.cost,
                )
                for d in self.parts.store.audit_days(ident)
            ),
            split=tuple(self._split(one)),
            moves=tuple(map(_move, self._entries(ident))),
        )

    def move_release(
        self,
        ident: str,
        stage: str,
        *,
        share_ppm: int | None = None,
        reason: str,
        forced: bool = False,
    ) -> ReleaseView:
        one = self._found(ident)
        if stage not in NEXT:
            raise ValueError("no such stage; choose canary, cut_over or rolled_back")
        if forced and not reason.strip():
            raise ValueError("to move it without the evidence, say why")
        after = self.parts.store.move_release(
            one.id,
            stage,
            share_bps=None if share_ppm is None else share_ppm // PPM_OF_BPS,
            reason=reason.strip(),
            forced=forced,
            at=self.at,
            actor=self.who.actor,
        )
        return self._release(after, self._savings({after.account}))

    def _found(self, ident: str) -> Release:
        one = self.parts.store.release(ident)
        if not self.who.sees(one.account):
            raise NotFoundError(f"no release {ident}; the page of releases shows yours")
        return one

    def _savings(self, accounts: set[str]) -> dict[str, Saving]:
        month, store = period(self.at, "month"), self.parts.store
        return {
            saving.release: saving
            for account in accounts
            for saving in saved(
                store, store.totals(account=account, month=month), month=month, account=account
            )
        }

    def _split(self, r: Release) -> Iterator[SplitDay]:
        """The last days of its life, at most `DAYS_SHOWN`; only calls that were charged."""
        store, now = self.parts.store, self.at
        merged = {w.id for w in store.workloads() if w.merged_into == r.workload}
        last = now if r.live else r.moved_at
        first = max(period(r.began_at, "day"), period(Instant(last - DAYS_SHOWN * DAY), "day"))
        days: dict[str, list[int]] = {}
        middle = period(Instant(last - DAYS_SHOWN // 2 * DAY), "month")
        for month in sorted({first[:7], middle, period(last, "month")}):
            for t in store.totals(account=r.account, month=month):
                ours = t.workload in {r.workload, *merged} and t.sale_tariff
                if ours and first <= t.day <= period(last, "day"):
                    who = (r.student, r.deployment)
                    if t.deployment in who:
                        sums = days.setdefault(t.day, [0, 0])
                        sums[who.index(t.deployment)] += t.receipts
        for day, (student, teacher) in sorted(days.items()):
            yield SplitDay(day=day, by_student=student, by_teacher=teacher)

    def _entries(self, ident: str) -> Sequence[Entry]:
        found = [
            entry
            for kind in ("release_moved", "release")
            for entry in self.parts.register.entries_before(
                2**62, kind=kind, actor="", limit=MOVES_MAX
            )
            if entry.body.get("id") == ident
        ]
        return sorted(found, key=lambda e: -e.number)

    def _release(self, r: Release, savings: dict[str, Saving]) -> ReleaseView:
        account = self.parts.directory().accounts.get(r.account)
        saving = savings.get(r.id)
        return ReleaseView(
            id=r.id,
            account=r.account,
            account_name=r.account if account is None else account.name,
            workload=r.workload,
            deployment=r.deployment,
            student=r.student,
            artefact=r.artefact,
            kind=r.kind,
            stage=r.stage,
            share_ppm=r.share_bps * PPM_OF_BPS,
            sticky=r.sticky,
            promise_ppm=r.promise_ppm,
            alpha_ppm=r.alpha_ppm,
            compared=r.compared,
            agreed=r.agreed,
            declined=r.declined,
            tested=r.trial.compared,
            passed=r.trial.agreed,
            wealth=f"{r.trial.total:.6g}",
            wealth_limit=f"{MILLION / r.alpha_ppm:.6g}",
            audit_ppm=r.audit_bps * PPM_OF_BPS,
            audit_cost=r.audit_cost if r.audit_month == period(self.at, "month") else 0,
            audit_cost_max=r.audit_cost_max,
            allowed=r.terms.allowed,
            terms=r.terms.why,
            clauses=r.terms.clauses,
            began_at=r.began_at,
            moved_at=r.moved_at,
            reason=r.reason,
            moves=NEXT[r.stage],
            saved=0 if saving is None else saving.saved,
            saved_currency=CURRENCY if saving is None else saving.currency,
            saved_calls=0 if saving is None else saving.calls,
            saved_month=period(self.at, "month"),
        )


def _move(entry: Entry) -> ReleaseMove:
    body: dict[str, Any] = dict(entry.body)
    return ReleaseMove(
        at=entry.at,
        actor=entry.actor,
        stage=str(body.get("stage", "")),
        share_ppm=int(body.get("share_bps", 0)) * PPM_OF_BPS,
        tested=int(body.get("compared", 0)),
        passed=int(body.get("agreed", 0)),
        forced=bool(body.get("forced", False)),
        reason=str(body.get("reason", "")),
        entry=entry.number,
    )
