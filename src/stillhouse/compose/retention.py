"""Rows in runs of distillation: kept as long as the consent that they were captured under says.

    data/distill/<run>/*/*.jsonl ─► oldest row of each project ─► its days are over ─► rows go

A run without its oldest rows would be another run, so all of its rows go with the first that is
over. What stays, and why, is told by `training.forget`, and on the student's card. Rows of projects
that never consented here are the operator's own log, and his to delete.

A run's files are read once, and again when one of them has changed. A run that is being worked on
is left until the next look.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from stillhouse.distill.capture import Consent, expired
from stillhouse.training.forget import expire, oldest, runs
from stillhouse.training.shelf import note, shelf
from stillhouse.training.work import BusyError, Work
from stillhouse.units.instant import Instant, period

State = tuple[tuple[str, int, int], ...]
"""(file, changed, size) of each file with rows."""


class Retention:
    """Of one data folder, in one process."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._known: dict[str, tuple[State, dict[str, int]]] = {}

    def look(self, consents: Iterable[Consent], now: Instant, log: Callable[..., None]) -> None:
        """Drop what is over."""
        days = {consent.project: consent.days for consent in consents}
        if not days:
            return
        for work in runs(self._data):
            over = self._over(work, days, now)
            if not over:
                continue
            try:
                with work.alone():
                    made = expire(work, why=over)
            except BusyError:
                continue
            for student in made:
                noted(self._data, student, over)
            log("run_rows_dropped", run=work.folder.name, students=" ".join(made), why=over)

    def _over(self, work: Work, days: dict[str, int], now: Instant) -> str:
        """Why its rows go, or ""."""
        state = tuple(
            (str(at), status.st_mtime_ns, status.st_size)
            for at in sorted(work.folder.glob("*/*.jsonl"))
            for status in (at.stat(),)
        )
        known = self._known.get(work.folder.name)
        if known is None or known[0] != state:
            known = self._known[work.folder.name] = (state, oldest(work))
        for project, at in sorted(known[1].items()):
            if project in days and expired(period(Instant(at), "day"), days[project], now):
                return (
                    f"rows dropped on {period(now, 'day')}: the {days[project]} days that"
                    f" {project} consented to were over"
                )
        return ""


def noted(data: Path, student: str, why: str) -> None:
    """On its card: that rows went, and what of them stays."""
    place = shelf(data) / student
    if place.is_dir():
        note(
            place,
            f"Of what it learned from, {why}. Its weights stay: rows cannot be taken out of them;"
            " this card and its figures stay to answer for it.",
        )
