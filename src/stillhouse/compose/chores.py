"""What is looked after once a minute, beside sealing: by one process of a data folder.

    terms of live releases   asked again: what a person signed ends, exposure changes, and a student
                             may be replaced; what they forbid now is rolled back
    savings                  booked, once a day
    captured content         whole days whose time is over are dropped, and the rows of runs that
                             hold such
    final invoices           of accounts that a case has suspended: drafted, as soon as their last
                             calls are settled and sealed

Posture: each chore fails by itself, says so, and is tried again a minute later.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from stillhouse.compose.log import log
from stillhouse.compose.savings import enter
from stillhouse.compose.stores import WholeStore
from stillhouse.config.settings import Settings
from stillhouse.distill.capture import expired
from stillhouse.store.captured import FOLDER, Captured
from stillhouse.units.instant import Instant, period

if TYPE_CHECKING:
    from stillhouse.compose.retention import Retention

EVERY_S = 60.0


class Chores:
    """Of one data folder. settings: as last handed out."""

    def __init__(self, settings: Settings, store: WholeStore) -> None:
        self.settings = settings
        self._store = store
        self._due = 0.0
        self._version = -1
        self._entered = ""
        self._settling = False
        self._retention: Retention | None = None

    def use(self, settings: Settings) -> None:
        self.settings = settings
        self._due = 0.0

    def look(self, now: Instant) -> None:
        """Do what is due: a minute is over, or people have changed something."""
        version = self._store.version()
        if time.monotonic() < self._due and version == self._version:
            if self._settling:
                self._each("final_invoices", self._draft_final, now)
            return
        self._due, self._version = time.monotonic() + EVERY_S, version
        self._each("terms", self._ask_terms, now)
        self._each("savings", self._enter_savings, now)
        self._each("capture", self._drop_captured, now)
        self._each("rows_of_runs", self._drop_rows, now)
        self._each("final_invoices", self._draft_final, now)

    def _each(self, what: str, do: Callable[[Instant], None], now: Instant) -> None:
        try:
            do(now)
        except Exception as error:  # noqa: BLE001 - whatever it was, the others go on; say so
            log("chore_failed", chore=what, error=f"{type(error).__name__}: {error}")

    def _ask_terms(self, now: Instant) -> None:
        releases = self._store.releases()
        if not any(release.live for release in releases):
            return
        from stillhouse.compose.releases import asked_again, judge  # noqa: PLC0415 - YAML, rarely

        for changed in asked_again(releases, self.settings, judge(self._store), now=now):
            after = self._store.set_release_terms(
                changed.release.id, changed.terms, at=now, actor="service"
            )
            log("release_terms", release=after.id, stage=after.stage, why=changed.terms.why)

    def _enter_savings(self, now: Instant) -> None:
        """Once a day, when a day is over; late receipts are in the next day's figure."""
        today = period(now, "day")
        if today == self._entered or not self._store.releases():
            return
        for saving in enter(self._store, now):
            log("saving", release=saving.release, month=saving.month, calls=saving.calls)
        self._entered = today

    def _drop_captured(self, now: Instant) -> None:
        """Whole days whose time is over; of a project without a consent, at once."""
        data = self.settings.server.data
        if not (data / FOLDER).is_dir():
            return
        keeps = {consent.project: consent.days for consent in self._store.consents()}
        captured = Captured(data, lambda _: b"")
        for account, project, day, folder in captured.days():
            if expired(day, keeps.get(project, 0), now):
                captured.drop(folder)
                log("capture_dropped", account=account, project=project, day=day)

    def _drop_rows(self, now: Instant) -> None:
        data = self.settings.server.data
        if not (data / "distill").is_dir():
            return
        if self._retention is None:
            from stillhouse.compose.retention import Retention  # noqa: PLC0415 - where runs are

            self._retention = Retention(data)
        self._retention.look(self._store.consents(), now, log)

    def _draft_final(self, now: Instant) -> None:
        self._settling = False
        if not self._store.suspended():
            return
        from stillhouse.compose.final_invoices import draft_final  # noqa: PLC0415 - rarely

        data = self.settings.server.data
        self._settling = draft_final(data, self._store, now, log) > 0
