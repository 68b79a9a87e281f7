"""Guard's part of the store: signals, findings, and cases as their entries in the chain.

A case is written with what it does to accounts in one transaction, and only if nobody wrote to it
in between. A standing that an operator set by hand is his: a case neither loosens it nor takes it
back. Fails closed: what cannot be written whole is not written, and nothing is acted on.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from stillhouse.guard.ports import Declared, Event, Stand
from stillhouse.ledger.ports import ConflictError, Entry, NotFoundError
from stillhouse.store.sqlite_control import SQLiteControl
from stillhouse.store.sqlite_rows import entry_of
from stillhouse.tenants import Standing
from stillhouse.units.instant import Instant

SIGNALS_PER_ACCOUNT_MAX = 1_024
FINDINGS_MAX = 10_000
STRICT = {Standing.ACTIVE: 0, Standing.RESTRICTED: 1, Standing.SUSPENDED: 2}


class SQLiteCases(SQLiteControl):
    """`stillhouse.ledger.ports.Cases` in SQLite."""

    def add_signals(self, rows: Iterable[tuple[str, Instant, bytes]]) -> None:
        given = list(rows)
        if not given:
            return
        with self._change() as db:
            db.executemany(
                "INSERT INTO guard_signals (account, at, signal) VALUES (?, ?, ?)", given
            )
            for account in sorted({account for account, _, _ in given}):
                db.execute(
                    "DELETE FROM guard_signals WHERE account = ? AND id <= (SELECT id FROM"
                    " guard_signals WHERE account = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
                    (account, account, SIGNALS_PER_ACCOUNT_MAX),
                )

    def signals(self, *, after: int = 0) -> list[tuple[int, str, bytes]]:
        return self._rows(
            "SELECT id, account, signal FROM guard_signals WHERE id > ? ORDER BY id", (after,)
        )

    def keep_findings(self, findings: Mapping[str, str], *, at: Instant) -> None:
        if not findings:
            return
        with self._change() as db:
            db.executemany(
                "INSERT INTO guard_findings (subject, at, text) VALUES (?, ?, ?)"
                " ON CONFLICT (subject) DO UPDATE SET at = excluded.at, text = excluded.text",
                [(subject, at, text) for subject, text in findings.items()],
            )
            db.execute(
                "DELETE FROM guard_findings WHERE subject IN (SELECT subject FROM guard_findings"
                " ORDER BY at DESC, subject LIMIT -1 OFFSET ?)",
                (FINDINGS_MAX,),
            )

    def findings(self) -> dict[str, tuple[Instant, str]]:
        rows = self._rows("SELECT subject, at, text FROM guard_findings ORDER BY subject")
        return {subject: (Instant(at), text) for subject, at, text in rows}

    def declare_purpose(self, declared: Declared, *, reason: str, at: Instant, actor: str) -> None:
        d = declared
        if d.calls_a_day < 1 or d.until <= at:
            raise ConflictError("a declared purpose has at least one call a day, and ends later")
        if not reason.strip() or not d.agreed_by.strip():
            raise ConflictError("say who agrees to it, and why")
        with self._change() as db:
            _known(db, d.account)
            db.execute(
                "INSERT OR REPLACE INTO guard_purposes"
                " (account, purpose, calls_a_day, until, agreed_by) VALUES (?, ?, ?, ?, ?)",
                (d.account, d.purpose, d.calls_a_day, d.until, d.agreed_by),
            )
            body = {
                "account": d.account,
                "purpose": d.purpose,
                "calls_a_day": d.calls_a_day,
                "until": d.until,
                "agreed_by": d.agreed_by,
                "reason": reason,
            }
            self._enter(at=at, kind="purpose_declared", actor=actor, body=body)

    def purposes(self) -> dict[str, Declared]:
        rows = self._rows(
            "SELECT account, purpose, calls_a_day, until, agreed_by FROM guard_purposes"
            " ORDER BY account"
        )
        return {row[0]: Declared(*row) for row in rows}

    def write_case(
        self,
        case: str,
        events: Sequence[Event],
        *,
        last: int,
        stands: Iterable[Stand] = (),
        bundles: Mapping[str, str] | None = None,
    ) -> list[Entry]:
        with self._change() as db:
            newest = db.execute(
                'SELECT coalesce(max(entry), 0) FROM case_entries WHERE "case" = ?', (case,)
            ).fetchone()[0]
            if newest != last:
                raise ConflictError(
                    f"{case} has changed since it was read (entry {newest}, not {last}):"
                    " look at it again, then decide"
                )
            entries = [
                self._enter(at=e.at, kind=e.kind, actor=e.actor, body=e.body) for e in events
            ]
            db.executemany(
                'INSERT INTO case_entries ("case", entry) VALUES (?, ?)',
                [(case, entry.number) for entry in entries],
            )
            for account in {a for e in events for a in e.body.get("accounts", ())}:
                _known(db, account)
                db.execute(
                    'INSERT INTO case_accounts (account, "case") VALUES (?, ?)'
                    " ON CONFLICT DO NOTHING",
                    (account, case),
                )
            db.executemany(
                'INSERT INTO case_bundles (digest, "case", text) VALUES (?, ?, ?)'
                " ON CONFLICT DO NOTHING",
                [(digest, case, text) for digest, text in (bundles or {}).items()],
            )
            for stand in stands:
                self._stand(db, case, stand, at=entries[-1].at, actor=entries[-1].actor)
        return entries

    def _stand(
        self, db: sqlite3.Connection, case: str, stand: Stand, *, at: Instant, actor: str
    ) -> None:
        standing, reason, until, by_case, notice = _known(db, stand.account)
        told = case if stand.notice else ("" if notice == case else notice)
        if told != notice:
            db.execute("UPDATE accounts SET notice = ? WHERE id = ?", (told, stand.account))
            self._count("version")
        before = Standing(standing)
        if by_case != case and STRICT[before] >= STRICT[stand.standing]:
            return  # an operator's, or another case's, and not looser: it stays
        owner = case if stand.standing is not Standing.ACTIVE else ""
        now = (stand.standing.value, stand.reason, stand.until, owner)
        if now == (standing, reason, until, by_case):
            return
        db.execute(
            "UPDATE accounts SET standing = ?, reason = ?, standing_until = ?, standing_case = ?"
            " WHERE id = ?",
            (*now, stand.account),
        )
        body = {
            "account": stand.account,
            "from": before.value,
            "to": stand.standing.value,
            "reason": stand.reason,
            "case": case,
            "until": stand.until,
        }
        self._changed("standing", body, at=at, actor=actor)

    def case_entries(self, case: str) -> list[Entry]:
        rows = self._rows(
            "SELECT number, at, kind, actor, body, previous, hash FROM case_entries"
            ' JOIN entries ON number = entry WHERE "case" = ? ORDER BY number',
            (case,),
        )
        if not rows:
            raise NotFoundError(f"no case {case}; `stillhouse guard cases` shows them all")
        return [entry_of(row) for row in rows]

    def cases(self, *, account: str | None = None) -> list[str]:
        rows = self._rows(
            'SELECT "case" FROM case_entries WHERE ? IS NULL OR "case" IN'
            ' (SELECT "case" FROM case_accounts WHERE account = ?)'
            ' GROUP BY "case" ORDER BY min(entry) DESC',
            (account, account),
        )
        return [case for (case,) in rows]

    def suspended(self) -> dict[str, str]:
        return dict(
            self._rows(
                "SELECT id, standing_case FROM accounts WHERE standing = ? AND standing_case <> ''"
                " ORDER BY id",
                (Standing.SUSPENDED.value,),
            )
        )

    def bundle(self, digest: str) -> str:
        rows = self._rows("SELECT text FROM case_bundles WHERE digest = ?", (digest,))
        if not rows:
            raise NotFoundError(f"no evidence bundle {digest}")
        return str(rows[0][0])


def _known(db: sqlite3.Connection, account: str) -> tuple[str, str, int | None, str, str]:
    row = db.execute(
        "SELECT standing, reason, standing_until, standing_case, notice FROM accounts WHERE id = ?",
        (account,),
    ).fetchone()
    if row is None:
        raise NotFoundError(f"no account {account}; `stillhouse accounts list` shows them all")
    standing, reason, until, case, notice = row
    return standing, reason, until, case, notice
