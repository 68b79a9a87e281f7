"""Guard: `python -m stillhouse.compose.guard_process`, started by the supervisor.

A process of its own and a patient one: it reads the signals that workers keep, judges them, opens
cases, takes the steps that need nobody, and ends what has lapsed. Settings arrive on standard input
like a worker's, each further line a reload; the end of input, or SIGTERM, ends it.

Posture: fails open. Whatever goes wrong here is said and tried again, and no call waits for it.
What a case has done already stays: a restriction ends at its own time in every worker, whether this
process lives or not.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import FrameType

from stillhouse import __version__
from stillhouse.compose.control import lines
from stillhouse.compose.detector import detector
from stillhouse.compose.guarding import Guarding
from stillhouse.compose.log import log
from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.compose.terms_book import terms_of
from stillhouse.compose.terms_paths import licences
from stillhouse.config.settings import Settings, undump
from stillhouse.guard.ladder import Level
from stillhouse.guard.stake import Stake, Teacher, stake
from stillhouse.units.instant import Instant

NICE = 10
"""Calls and pages come first."""
REST = 9.0
"""It rests so many times as long as a round took: a tenth of one core at most."""


def main() -> None:
    control = lines()
    settings = undump(next(control))
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a reload is the supervisor's business
    os.nice(NICE)
    watch = Watch(settings)
    threading.Thread(target=_follow, args=(control, watch, stopping), daemon=True).start()
    log("guard_ready", pid=os.getpid())
    while not stopping.is_set():
        took = watch.once()
        stopping.wait(max(watch.settings.guard.every_s, REST * took))
    log("guard_stopped")


class Watch:
    """What the process holds. settings: replaced whole when the configuration is read again."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._store: WholeStore | None = None
        self._guarding: Guarding | None = None

    def once(self) -> float:
        """One round; how many seconds it took. Whatever fails is said and tried again."""
        began = time.monotonic()
        try:
            guarding = self._open()
            guarding.most = Level.of(self.settings.guard.automatic)
            done = guarding.round(Instant(time.time_ns() // 1000))
            if done.changed or done.lapsed:
                log("guard_round", findings=done.findings, cases=" ".join(done.changed))
        except Exception as error:  # noqa: BLE001 - fails open: said, and tried again
            log("guard_failed", error=f"{type(error).__name__}: {error}")
        return time.monotonic() - began

    def _open(self) -> Guarding:
        if self._guarding is None:
            store = self._store = open_store(self.settings.server.data)
            judge, calibration = detector()
            self._guarding = Guarding(
                store,
                judge=judge,
                stakes=self._stakes,
                version=__version__,
                calibration=calibration,
                log=log,
            )
        return self._guarding

    def _stakes(self, teachers: Sequence[Teacher], account: str, now: Instant) -> Stake:
        known = terms_of(self._store)
        weights = licences(self.settings)
        return stake(
            [replace(t, weights=weights.get((t.path, t.model), "")) for t in teachers],
            known.registry,
            account=account,
            now=now,
            attestations=known.signed.attestations,
            waivers=known.signed.waivers,
        )


def _follow(control: Iterator[bytes], watch: Watch, stopping: threading.Event) -> None:
    for line in control:
        try:
            watch.settings = undump(line)
        except ValueError as error:
            log("settings_not_read", error=str(error))
    stopping.set()


if __name__ == "__main__":
    main()
