"""The newest calls, from journals that are not sealed yet: read onward, never from the beginning.

    journals ── what was appended since the last look ──► receipts, calls in flight, counts a second

A look happens when somebody asks, so that a console that nobody watches costs nothing. Each file is
read from where the last look ended; what is posted as a segment meanwhile is dropped, because then
the ledger has it. No lock is needed for that:

    1. look       everything that was appended until now is here
    2. ask the ledger which of these files are posted, and take its totals of the same moment
    3. posted files are in the totals, the others are in `receipts`: each receipt once

A file that was posted after 2 is still here whole, since its records were read in 1.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from stillhouse.ledger.journal import follow
from stillhouse.ledger.receipt import Close, Open, Receipt
from stillhouse.ledger.segment import JournalName
from stillhouse.store.folder import JournalFolder
from stillhouse.units.instant import SECOND

CHUNK = 4 << 20
SECONDS_KEPT = 120
FAILED = frozenset({"refused", "upstream_cut", "timeout", "unreachable", "recovered"})
"""outcomes that are an error of ours or of a provider; a client that left is neither"""


@dataclass(slots=True)
class Followed:
    """One journal file as far as it was read."""

    writer: int
    at: int = 0
    opens: dict[int, Open] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    gone: bool = False

    def take(self, data: bytes, count: Callable[[Receipt], None]) -> int:
        records, good = follow(data)
        self.at += good
        for record in records:
            if type(record) is Open:
                self.opens[record.seq] = record
            elif type(record) is Close:
                half = self.opens.pop(record.seq, None)
                if half is not None:
                    receipt = Receipt(self.writer, half, record)
                    self.receipts.append(receipt)
                    count(receipt)
        return good


class Second(NamedTuple):
    """What was settled in one second."""

    calls: int = 0
    errors: int = 0
    charge: int = 0
    tokens: int = 0


class Watch:
    """The journals of one data folder. Any thread may ask."""

    def __init__(self, folder: JournalFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._files: dict[str, Followed] = {}
        self._seconds: dict[int, dict[str, Second]] = defaultdict(dict)

    def look(self) -> None:
        """Read what was appended since the last look."""
        with self._lock:
            present: dict[str, JournalName] = {n.segment: n for n in self._folder.names()}
            for segment, name in present.items():
                self._read(self._files.setdefault(segment, Followed(name.writer)), name)
            for segment, file in list(self._files.items()):
                file.gone = segment not in present
                if file.gone and not file.receipts:
                    del self._files[segment]

    def _read(self, file: Followed, name: JournalName) -> None:
        """A file that its writer names meanwhile is read; one that is gone is sealed."""
        for called in (name, JournalName(name.writer, name.file)):
            try:
                with (self._folder.path / str(called)).open("rb") as source:
                    self._read_on(file, source)
                    return
            except FileNotFoundError:
                continue

    def _read_on(self, file: Followed, source: BinaryIO) -> None:
        while True:
            source.seek(file.at)
            data = source.read(CHUNK)
            good = file.take(data, self._count)
            if not good or len(data) < CHUNK:
                return

    def _count(self, receipt: Receipt) -> None:
        _, o, c = receipt
        second = c.settled_at // SECOND
        accounts = self._seconds[second]
        had = accounts.get(o.account, Second())
        accounts[o.account] = Second(
            had.calls + 1,
            had.errors + (c.outcome in FAILED),
            had.charge + c.charge,
            had.tokens + sum(c.usage[:10]),
        )
        if len(self._seconds) > 2 * SECONDS_KEPT:
            for old in sorted(self._seconds)[:-SECONDS_KEPT]:
                del self._seconds[old]

    def segments(self) -> list[str]:
        """Ids that the files here have, or will have when they are sealed."""
        with self._lock:
            return list(self._files)

    def drop(self, posted: Collection[str]) -> None:
        """Files that are posted and gone: the ledger has them."""
        with self._lock:
            for segment in posted:
                file = self._files.get(segment)
                if file is not None and file.gone:
                    del self._files[segment]

    def receipts(self, posted: Collection[str]) -> list[Receipt]:
        """What is settled and not in the ledger, oldest first for each writer."""
        with self._lock:
            return [r for s, f in self._files.items() if s not in posted for r in f.receipts]

    def opens(self) -> list[tuple[int, Open]]:
        """(writer, call in flight) of writers that are alive."""
        with self._lock:
            closed: dict[int, set[int]] = defaultdict(set)
            found: dict[int, dict[int, Open]] = defaultdict(dict)
            for file in self._files.values():
                closed[file.writer].update(r.open.seq for r in file.receipts)
                found[file.writer].update(file.opens)
        return [
            (writer, o)
            for writer, opens in found.items()
            if opens and self._folder.alive(writer)
            for seq, o in opens.items()
            if seq not in closed[writer]
        ]

    def recent(self, now: int, over_s: int, accounts: Collection[str] | None) -> Second:
        """What was settled in the `over_s` whole seconds before this one."""
        last = now // SECOND
        with self._lock:
            rows: Iterable[Second] = [
                row
                for second in range(last - over_s, last)
                for account, row in self._seconds.get(second, {}).items()
                if accounts is None or account in accounts
            ]
        return Second(*(sum(column) for column in zip(*rows, strict=True)) if rows else ())
