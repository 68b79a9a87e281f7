"""From a journal file's records to a segment: joined, counted, summed. Pure.

    opens + closes -> receipts (both halves) + opens still in flight + problems

A segment holds the receipts that were *closed* in one journal file. Opens that were not closed
there were carried into the next file, so every receipt is in exactly one segment; a segment's
sequence range may overlap its neighbour's, and density is checked over the whole writer.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stillhouse.ledger.fold import fold
from stillhouse.ledger.ports import Segment
from stillhouse.ledger.receipt import Close, Open, Receipt, Record, Start, receipt_id
from stillhouse.tenants import Budget, Directory
from stillhouse.units.instant import DAY, Instant, Span, period

_NAME = re.compile(r"w(\d+)-(\d{6,})\.journal(\.next)?")


@dataclass(frozen=True, slots=True, order=True)
class JournalName:
    """A journal file's name. begun: still ".next", a rotation that is not yet on disk."""

    writer: int
    file: int
    begun: bool = False

    def __str__(self) -> str:
        return f"w{self.writer}-{self.file:06d}.journal" + (".next" if self.begun else "")

    @property
    def segment(self) -> str:
        return segment_id(self.writer, self.file)

    @classmethod
    def parse(cls, name: str) -> "JournalName | None":
        found = _NAME.fullmatch(name)
        return cls(int(found[1]), int(found[2]), begun=bool(found[3])) if found else None


def segment_id(writer: int, file: int) -> str:
    return f"w{writer}-{file}"


@dataclass(frozen=True, slots=True)
class Joined:
    """The records of one journal file, joined.

    start: None when the first frame is not a Start. opens: in flight at the end of the file.
    whole: the Start and every record that it says was carried are there.
    problems: records that contradict each other; a bug or a damaged disk, never normal.
    """

    start: Start | None
    receipts: list[Receipt]
    opens: dict[int, Open]
    whole: bool
    problems: list[str] = field(default_factory=list)


def join(writer: int, records: Iterable[Record]) -> Joined:
    start: Start | None = None
    carried = 0
    opens: dict[int, Open] = {}
    closed: dict[int, Receipt] = {}
    problems: list[str] = []
    for place, record in enumerate(records):
        if isinstance(record, Open):
            carried += start is not None and place <= start.carried
            if record.seq not in closed:
                opens[record.seq] = record
        elif isinstance(record, Close):
            opened = opens.pop(record.seq, None)
            if opened is not None:
                closed[record.seq] = Receipt(writer, opened, record)
            elif (had := closed.get(record.seq)) is None:
                problems.append(f"{receipt_id(writer, record.seq)} was closed but never opened")
            elif had.close != record:
                problems.append(f"{receipt_id(writer, record.seq)} was closed twice")
        elif place == 0:
            start = record
        else:
            problems.append(f"a second Start frame at record {place}")
    return Joined(
        start=start,
        receipts=[closed[seq] for seq in sorted(closed)],
        opens=opens,
        whole=start is not None and carried == start.carried,
        problems=problems,
    )


def spent(receipts: Iterable[Receipt], directory: Directory) -> dict[tuple[str, str, bool], int]:
    """(budget, period, held) -> charges, for every budget on each receipt's path *now*.

    held: the hold came from this writer's lease, so posting moves it from leased to posted. A
    budget that was made after admission was not held and is posted all the same.
    """
    paths: dict[tuple[str, str, str], list[Budget]] = {}
    periods: dict[tuple[int, Span], str] = {}
    sums: dict[tuple[str, str, bool], int] = {}
    for _, o, c in receipts:
        if not c.charge:
            continue
        path = (o.account, o.project, o.key)
        budgets = paths.get(path)
        if budgets is None:
            budgets = directory.budgets_of(account=o.account, project=o.project, key=o.key)
            paths[path] = budgets
        for b in budgets:
            day = (o.admitted_at // DAY, b.span)
            when = periods.get(day) or periods.setdefault(day, period(o.admitted_at, b.span))
            key = (b.id, when, f"{b.id}@{when}" in o.budgets)
            sums[key] = sums.get(key, 0) + c.charge
    return sums


def segment(
    receipts: list[Receipt],
    *,
    file: int,
    path: str,
    sha256: str,
    size: int,
    sealed_at: Instant,
    spent: Mapping[tuple[str, str, bool], int],
) -> Segment:
    """What is posted for a sealed file. `receipts`: not empty, of one writer, sorted by seq."""
    writer = receipts[0].writer
    return Segment(
        id=segment_id(writer, file),
        writer=writer,
        file=file,
        path=path,
        sha256=sha256,
        size=size,
        receipts=len(receipts),
        seq_min=receipts[0].open.seq,
        seq_max=receipts[-1].open.seq,
        charge=sum(r.close.charge for r in receipts),
        cost=sum(r.close.cost for r in receipts),
        sealed_at=sealed_at,
        totals=tuple(fold(receipts)),
        spent=spent,
    )
