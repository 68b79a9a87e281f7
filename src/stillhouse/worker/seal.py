"""Complete journal files become segments, exactly once.

    scan -> join -> Parquet (durable) -> one ledger transaction keyed by segment id -> file removed

A crash after any arrow repeats the steps before it, and the repetition changes nothing: the same
records give the same Parquet bytes at the same path, posting an id twice is one posting, and
removing a removed file is nothing. Readers hold the same lock, so they see a receipt in the journal
or in a segment, never in both or in neither.

A live writer's file n is complete when file n+1 exists, because n+1 repeats every record that was
still open. That is checked: a file whose open records are not all carried is not touched.

Posture: fails closed, file by file. A problem is reported and leaves its file where it was; damaged
files are copied aside first, and what can still be proven by its checksum is kept.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

from stillhouse.ledger.ports import Segment, UnavailableError
from stillhouse.ledger.receipt import Record, receipt_id
from stillhouse.ledger.segment import Joined, JournalName, join, segment, spent
from stillhouse.units.instant import Instant
from stillhouse.worker.ports import Books, Folder, Lake


@dataclass(slots=True)
class Report:
    """What a run did. recovered: ids of receipts that were settled by rule."""

    sealed: list[Segment] = field(default_factory=list)
    recovered: list[str] = field(default_factory=list)
    released: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @contextmanager
    def collecting(self, what: object) -> Iterator[None]:
        """Keep an error as a problem of `what`, so that one file never hides the next."""
        try:
            yield
        except (OSError, UnavailableError, ArithmeticError, ValueError) as error:
            self.problems.append(f"{what}: {error}; nothing was removed, the next run tries again")


@contextmanager
def without_gc() -> Iterator[None]:
    """A file's records are many and hold no cycle: looking through them again finds nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Sealer:
    """Seals what is complete. Several processes may run one; the lock lets one at a time."""

    def __init__(self, *, folder: Folder, lake: Lake, books: Books) -> None:
        self.folder, self.lake, self.books = folder, lake, books

    def seal_ready(self, now: Instant) -> Report:
        """Seal every file that a newer file of its writer has completed."""
        report = Report()
        names = [name for name in self.folder.names() if not name.begun]
        for name, after in pairwise(names):
            if (after.writer, after.file) != (name.writer, name.file + 1):
                continue
            with report.collecting(name), self.folder.sealing(), without_gc():
                self._seal_complete(name, after, now, report)
        return report

    def _seal_complete(
        self, name: JournalName, after: JournalName, now: Instant, report: Report
    ) -> None:
        joined = self.load(name, report)
        if joined is None:
            return
        head = self.folder.head(after)
        carried = {o.seq for o in head[1]} if head else set()
        missing = sorted(joined.opens.keys() - carried)
        if head is None or missing:
            ids = ", ".join(receipt_id(name.writer, seq) for seq in missing[:5])
            report.problems.append(
                f"{name}: {after} does not carry {ids or 'a whole beginning'}; not sealed until "
                "its writer ends, when recovery settles them"
            )
            return
        self.post(name, joined, now, report)

    def load(self, name: JournalName, report: Report) -> Joined | None:
        """A file's records, joined. Damage is reported and a copy kept. None: the file is gone."""
        found = self.folder.scan(name)
        if found is None:
            return None
        records: list[Record] = found.records
        if found.salvaged:
            records = [*records, *found.salvaged]
        joined = join(name.writer, records)
        problems = list(joined.problems)
        if found.salvaged:
            problems.insert(0, f"{found.damage}, {len(found.salvaged)} records behind it kept")
        if joined.start is None and found.records:
            problems.append("it does not begin with a Start frame")
        if problems:
            self.folder.set_aside(name)
            report.problems += [f"{name}: {p}; a copy is in damaged/" for p in problems]
        return joined

    def post(self, name: JournalName, joined: Joined, now: Instant, report: Report) -> None:
        """Write, post, remove. Call it with the sealing lock held."""
        receipts = joined.receipts
        if receipts:
            written = self.lake.write(receipts, file=name.file)
            sealed = segment(
                receipts,
                file=name.file,
                path=written.path,
                sha256=written.sha256,
                size=written.size,
                sealed_at=now,
                spent=spent(receipts, self.books.directory()),
            )
            self.books.post_segment(sealed, at=now)
            report.sealed.append(sealed)
        self.folder.remove(name)
