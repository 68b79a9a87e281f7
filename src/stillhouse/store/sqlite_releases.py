"""Releases of students and what their audit samples said."""

import secrets
import sqlite3
from collections.abc import Sequence

import msgspec

from stillhouse.distill.ports import AuditDay
from stillhouse.distill.release import (
    Audit,
    Plan,
    Release,
    ReleaseError,
    Stage,
    Terms,
    audited,
    begun,
    moved,
    refuted,
)
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.store.sqlite_control import SQLiteControl
from stillhouse.units.instant import Instant, period

SERVICE = "service"
_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(Release).decode


class SQLiteReleases(SQLiteControl):
    """`stillhouse.distill.ports.Releases` in SQLite."""

    def begin_release(self, plan: Plan, *, at: Instant, actor: str) -> Release:
        if not plan.terms.allowed:
            self._note_refused(plan, at=at, actor=actor)
        with self._change() as db:
            account = db.execute("SELECT 1 FROM accounts WHERE id = ?", (plan.account,)).fetchone()
            if account is None:
                raise NotFoundError(f"no account {plan.account}; `stillhouse accounts list`")
            try:
                release = begun(plan, ident=f"rel_{secrets.token_hex(8)}", at=at)
            except ReleaseError as error:
                raise ConflictError(str(error)) from error
            other = db.execute(
                "SELECT id FROM releases WHERE live = 1 AND account = ? AND workload = ?"
                " AND (deployment = ? OR student = ?)",
                (plan.account, plan.workload, plan.deployment, plan.student),
            ).fetchone()
            if other:
                raise ConflictError(
                    f"{other[0]} is live for this workload: move it on, or roll it back first"
                )
            db.execute(
                "INSERT INTO releases (id, account, workload, deployment, student, live, began_at,"
                " body) VALUES (?, ?, ?, ?, ?, 1, ?, ?)",
                (
                    *(release.id, plan.account, plan.workload, plan.deployment, plan.student, at),
                    _encode(release).decode(),
                ),
            )
            self._changed("release", _told(release), at=at, actor=actor)
        return release

    def _note_refused(self, plan: Plan, *, at: Instant, actor: str) -> None:
        """What the terms forbid is on the record, too; whoever asked is told by `begun`."""
        body = {
            "account": plan.account,
            "workload": plan.workload,
            "deployment": plan.deployment,
            "student": plan.student,
            "artefact": plan.artefact,
            "why": plan.terms.why,
            "clauses": list(plan.terms.clauses),
        }
        with self._change():
            self._enter(at=at, kind="release_refused", actor=actor, body=body)

    def releases(self, *, account: str | None = None) -> list[Release]:
        rows = self._rows(
            "SELECT body FROM releases WHERE ? IS NULL OR account = ? ORDER BY began_at DESC, id",
            (account, account),
        )
        return [_decode(body) for (body,) in rows]

    def release(self, ident: str) -> Release:
        with self._read() as db:
            return _one(db, ident)

    def move_release(
        self,
        ident: str,
        stage: Stage,
        *,
        share_bps: int | None = None,
        reason: str,
        forced: bool = False,
        at: Instant,
        actor: str,
    ) -> Release:
        with self._change() as db:
            before = _one(db, ident)
            try:
                after = moved(
                    before, stage, share_bps=share_bps, reason=reason, forced=forced, at=at
                )
            except ReleaseError as error:
                raise ConflictError(str(error)) from error
            self._keep_moved(db, before, after, forced=forced, at=at, actor=actor)
        return after

    def set_release_terms(self, ident: str, terms: Terms, *, at: Instant, actor: str) -> Release:
        with self._change() as db:
            before = _one(db, ident)
            after = msgspec.structs.replace(before, terms=terms)
            if not terms.allowed and after.live:
                why = f"the terms do not allow it any more: {terms.why}"
                after = moved(after, "rolled_back", reason=why, at=at)
            self._keep_moved(db, before, after, at=at, actor=actor)
        return after

    def add_audits(self, ident: str, audits: Sequence[Audit], *, at: Instant) -> Release:
        day = period(at, "day")
        with self._change() as db:
            before = _one(db, ident)
            after = audited(before, audits, month=day[:7])
            why = refuted(after)
            if why:
                after = moved(after, "rolled_back", reason=why, at=at)
                self._keep_moved(db, before, after, at=at, actor=SERVICE)
            else:
                _keep(db, after)
            db.execute(
                "INSERT INTO release_days (release, day, compared, agreed, declined, cost)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " compared = compared + excluded.compared, agreed = agreed + excluded.agreed,"
                " declined = declined + excluded.declined, cost = plus(cost, excluded.cost)",
                (
                    *(ident, day, after.compared - before.compared, after.agreed - before.agreed),
                    *(after.declined - before.declined, str(sum(audit.cost for audit in audits))),
                ),
            )
        return after

    def audit_days(self, ident: str) -> list[AuditDay]:
        rows = self._rows(
            "SELECT release, day, compared, agreed, declined, cost FROM release_days"
            " WHERE release = ? ORDER BY day",
            (ident,),
        )
        return [
            AuditDay(release=r, day=d, compared=n, agreed=a, declined=x, cost=int(cost))
            for r, d, n, a, x, cost in rows
        ]

    def _keep_moved(
        self,
        db: sqlite3.Connection,
        before: Release,
        after: Release,
        *,
        forced: bool = False,
        at: Instant,
        actor: str,
    ) -> None:
        _keep(db, after)
        body = _told(after) | {
            "from": before.stage,
            "compared": before.trial.compared,
            "agreed": before.trial.agreed,
            "forced": forced,
        }
        self._changed("release_moved", body, at=at, actor=actor)


def _keep(db: sqlite3.Connection, release: Release) -> None:
    db.execute(
        "UPDATE releases SET live = ?, body = ? WHERE id = ?",
        (release.live, _encode(release).decode(), release.id),
    )


def _one(db: sqlite3.Connection, ident: str) -> Release:
    row = db.execute("SELECT body FROM releases WHERE id = ?", (ident,)).fetchone()
    if row is None:
        raise NotFoundError(f"no release {ident}; `stillhouse releases list` shows them all")
    return _decode(row[0])


def _told(release: Release) -> dict[str, object]:
    """What an entry says of a release. Amounts are decimal text."""
    return {
        "id": release.id,
        "account": release.account,
        "workload": release.workload,
        "deployment": release.deployment,
        "student": release.student,
        "artefact": release.artefact,
        "stage": release.stage,
        "share_bps": release.share_bps,
        "promise_ppm": release.promise_ppm,
        "alpha_ppm": release.alpha_ppm,
        "audit_bps": release.audit_bps,
        "audit_cost_max": str(release.audit_cost_max),
        "allowed": release.terms.allowed,
        "clauses": list(release.terms.clauses),
        "reason": release.reason,
    }
