"""The sealer: `python -m stillhouse.compose.sealer_process`, started by the supervisor.

Turns complete journal files into segments and settles what dead writers left, once a second. It is
a process of its own because Parquet's library is larger than a gateway worker.

Settings arrive on standard input like a worker's; the end of input, or SIGTERM, means: seal what
the gateways left behind, then exit.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

from stillhouse.compose.chores import Chores
from stillhouse.compose.control import lines
from stillhouse.compose.log import log
from stillhouse.compose.stores import open_store
from stillhouse.config.settings import undump
from stillhouse.store.folder import JournalFolder
from stillhouse.store.lake import Lake
from stillhouse.units.instant import Instant
from stillhouse.worker.recover import recover
from stillhouse.worker.seal import Report, Sealer

EVERY_S = 1.0


def main() -> None:
    control = lines()
    settings = undump(next(control))
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a reload is the supervisor's business
    data = settings.server.data
    store = open_store(data)
    run = Sealer(folder=JournalFolder(data), lake=Lake(data), books=store)
    chores = Chores(settings, store)
    reads = (control, chores, stopping)
    threading.Thread(target=_until_end_of_input, args=reads, daemon=True).start()
    log("sealer_ready", pid=os.getpid())
    while not stopping.is_set():
        _once(run)
        _look(chores)
        stopping.wait(EVERY_S)
    _once(run)
    log("sealer_stopped")


def _until_end_of_input(
    control: Iterator[bytes], chores: Chores, stopping: threading.Event
) -> None:
    for line in control:
        try:
            chores.use(undump(line))
        except ValueError as error:  # it goes on by the settings that it has
            log("settings_not_read", error=str(error))
    stopping.set()


def _look(chores: Chores) -> None:
    try:
        chores.look(Instant(time.time_ns() // 1000))
    except Exception as error:  # noqa: BLE001 - a sealer that stops sealing helps nobody
        log("chores_failed", error=f"{type(error).__name__}: {error}")


def _once(run: Sealer) -> None:
    """Seal and recover; whatever fails is said and tried again, since each step may be repeated."""
    now = Instant(time.time_ns() // 1000)
    try:
        _tell(run.seal_ready(now))
        _tell(recover(run, now))
    except Exception as error:  # noqa: BLE001 - a sealer that stops sealing helps nobody
        log("sealing_failed", error=f"{type(error).__name__}: {error}")


def _tell(report: Report) -> None:
    for segment in report.sealed:
        log("sealed", segment=segment.id, receipts=segment.receipts)
    if report.recovered:
        log("recovered", receipts=len(report.recovered))
    for problem in report.problems:
        log("sealing_problem", problem=str(problem))


if __name__ == "__main__":
    main()
