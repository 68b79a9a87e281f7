"""Savings of releases as they were entered: the newest figure of each release and month."""

from stillhouse.billing.saving import Saving
from stillhouse.store.sqlite_control import SQLiteControl
from stillhouse.units.instant import Instant

SERVICE = "service"


class SQLiteSavings(SQLiteControl):
    """The part of `stillhouse.billing.ports.InvoiceStore` that keeps savings."""

    def book_saving(self, saving: Saving, *, at: Instant) -> bool:
        figures = (
            saving.calls,
            str(saving.would_have),
            str(saving.charged),
            saving.currency,
        )
        with self._change() as db:
            known = db.execute(
                "SELECT calls, would_have, charged, currency FROM release_savings"
                " WHERE release = ? AND month = ?",
                (saving.release, saving.month),
            ).fetchone()
            if known is not None and tuple(known) == figures:
                return False
            db.execute(
                "INSERT INTO release_savings (release, month, calls, would_have, charged, currency,"
                " booked_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " calls = excluded.calls, would_have = excluded.would_have,"
                " charged = excluded.charged, currency = excluded.currency,"
                " booked_at = excluded.booked_at",
                (saving.release, saving.month, *figures, at),
            )
            before = 0 if known is None else int(known[1]) - int(known[2])
            body = {
                "release": saving.release,
                "account": saving.account,
                "workload": saving.workload,
                "teacher": saving.teacher,
                "student": saving.student,
                "month": saving.month,
                "calls": saving.calls,
                "would_have": str(saving.would_have),
                "charged": str(saving.charged),
                "saved": str(saving.saved),
                "more": str(saving.saved - before),
                "currency": saving.currency,
            }
            self._enter(at=at, kind="saving", actor=SERVICE, body=body)
        return True
