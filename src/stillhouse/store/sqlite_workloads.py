"""What people decide about workloads: names, merges, defaults. And the key of template hashes.

That a workload exists is known from the totals alone; here is only what was decided by hand, each
decision an entry. A merge is a pointer: receipts and totals keep saying what they said, and readers
add up what points to the same workload. Pointers are one step long, so nothing can go in circles.
"""

import secrets
import sqlite3
from collections.abc import Callable, Mapping
from typing import Literal

from stillhouse.ledger.ports import ConflictError, NotFoundError, WorkloadRow
from stillhouse.store.sqlite_control import SQLiteControl
from stillhouse.tenants.label import LABEL_RULE, is_label
from stillhouse.units.instant import Instant

TEMPLATE_KEY = "template"


class SQLiteWorkloads(SQLiteControl):
    """`stillhouse.ledger.ports.Workloads` in SQLite."""

    def template_key(self) -> bytes:
        with self._read() as db:
            found = _secret(db)
        if found is not None:
            return found
        with self._change() as db:
            db.execute(
                "INSERT INTO secret_keys (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (TEMPLATE_KEY, secrets.token_bytes(32)),
            )
            found = _secret(db)
        if found is None:
            raise NotFoundError("the key of template hashes was not kept")
        return found

    def set_workload_default(
        self,
        scope: Literal["project", "key"],
        scope_id: str,
        workload: str,
        *,
        at: Instant,
        actor: str,
    ) -> None:
        if workload:
            _check_label(workload)
        with self._change() as db:
            table = {"project": "projects", "key": "keys"}[scope]
            if not db.execute(f"SELECT 1 FROM {table} WHERE id = ?", (scope_id,)).fetchone():  # noqa: S608 - our own name
                raise NotFoundError(f"no {scope} {scope_id}; `stillhouse {table} list` shows all")
            if workload:
                db.execute(
                    "INSERT INTO workload_defaults (scope_id, scope, workload) VALUES (?, ?, ?)"
                    " ON CONFLICT (scope_id) DO UPDATE SET workload = excluded.workload",
                    (scope_id, scope, workload),
                )
            else:
                db.execute("DELETE FROM workload_defaults WHERE scope_id = ?", (scope_id,))
            body = {"scope": scope, "id": scope_id, "workload": workload}
            self._changed("workload_default", body, at=at, actor=actor)

    def workloads(self, *, account: str | None = None) -> list[WorkloadRow]:
        rows = self._rows(
            "SELECT account, id, name, merged_into FROM workloads"
            " WHERE ? IS NULL OR account = ? ORDER BY account, id",
            (account, account),
        )
        return [WorkloadRow(*row) for row in rows]

    def rename_workload(
        self, account: str, workload: str, name: str, *, at: Instant, actor: str
    ) -> None:
        if name:
            _check_label(name)
        with self._change() as db:
            _check_account(db, account)
            taken = db.execute(
                "SELECT id FROM workloads WHERE account = ? AND name = ? AND id <> ?",
                (account, name, workload),
            ).fetchone()
            if name and taken:
                raise ConflictError(
                    f"{taken[0]} is called {name} already; to count both as one, merge them"
                )
            db.execute(
                "INSERT INTO workloads (account, id, name) VALUES (?, ?, ?)"
                " ON CONFLICT (account, id) DO UPDATE SET name = excluded.name",
                (account, workload, name),
            )
            body = {"account": account, "id": workload, "name": name}
            self._enter(at=at, kind="workload_renamed", actor=actor, body=body)

    def merge_workload(
        self, account: str, workload: str, into: str, *, at: Instant, actor: str
    ) -> None:
        if workload == into:
            raise ConflictError(f"{workload} cannot be merged into itself")
        with self._change() as db:
            _check_account(db, account)
            known = dict(
                db.execute("SELECT id, merged_into FROM workloads WHERE account = ?", (account,))
            )
            if known.get(workload) == into:
                return
            if known.get(into):
                raise ConflictError(
                    f"{into} is itself merged into {known[into]}: merge into that, or split it"
                )
            if known.get(workload):
                raise ConflictError(
                    f"{workload} is merged into {known[workload]}: split it from there first"
                )
            if workload in known.values():
                raise ConflictError(
                    f"others are merged into {workload}: merge {into} into it, or split them first"
                )
            db.execute(
                "INSERT INTO workloads (account, id, merged_into) VALUES (?, ?, ?)"
                " ON CONFLICT (account, id) DO UPDATE SET merged_into = excluded.merged_into",
                (account, workload, into),
            )
            body = {"account": account, "id": workload, "into": into}
            self._enter(at=at, kind="workload_merged", actor=actor, body=body)

    def split_workload(self, account: str, workload: str, *, at: Instant, actor: str) -> None:
        with self._change() as db:
            _check_account(db, account)
            row = db.execute(
                "SELECT merged_into FROM workloads WHERE account = ? AND id = ?",
                (account, workload),
            ).fetchone()
            if row is None or not row[0]:
                raise NotFoundError(
                    f"{workload} is not merged; `stillhouse workloads list` shows what is"
                )
            db.execute(
                "UPDATE workloads SET merged_into = '' WHERE account = ? AND id = ?",
                (account, workload),
            )
            body = {"account": account, "id": workload, "from": row[0]}
            self._enter(at=at, kind="workload_split", actor=actor, body=body)

    def add_answers(
        self, samples: Mapping[tuple[str, str], str], merge: Callable[[str, str], str]
    ) -> None:
        with self._change() as db:
            for (account, workload), sample in samples.items():
                known = db.execute(
                    "SELECT sample FROM workload_answers WHERE account = ? AND id = ?",
                    (account, workload),
                ).fetchone()
                db.execute(
                    "INSERT INTO workload_answers (account, id, sample) VALUES (?, ?, ?)"
                    " ON CONFLICT (account, id) DO UPDATE SET sample = excluded.sample",
                    (account, workload, sample if known is None else merge(known[0], sample)),
                )

    def answers(self) -> dict[tuple[str, str], str]:
        rows = self._rows("SELECT account, id, sample FROM workload_answers ORDER BY account, id")
        return {(account, workload): sample for account, workload, sample in rows}


def _secret(db: sqlite3.Connection) -> bytes | None:
    row = db.execute("SELECT value FROM secret_keys WHERE name = ?", (TEMPLATE_KEY,)).fetchone()
    return None if row is None else bytes(row[0])


def _check_account(db: sqlite3.Connection, account: str) -> None:
    if not db.execute("SELECT 1 FROM accounts WHERE id = ?", (account,)).fetchone():
        raise NotFoundError(f"no account {account}; `stillhouse accounts list` shows them all")


def _check_label(name: str) -> None:
    if not is_label(name):
        raise ConflictError(f"{name!r} cannot name a workload: a name is {LABEL_RULE}")
