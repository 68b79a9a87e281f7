"""From a journal file's records to a segment: joined, counted, summed. Pure.

    opens + closes -> receipts (both halves) + opens still in flight + problems

A segment holds the receipts that were *closed* in one journal file. Opens that were not closed
there were carried into the next file, so every receipt is in exactly one segment; a segment's
sequence range may overlap its neighbour's, and density is checked over the whole writer.

Receipts of a file resemble each other, so they are held as columns: the words of a receipt are
looked at once and numbered, and what is said by key (totals, budgets, a column's dictionary) is
computed for the few kinds of receipt, not for each.
"""

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from operator import attrgetter
from typing import Any, NamedTuple, overload

from stillhouse.ledger.fold import FLAGS_FREE, merge
from stillhouse.ledger.ports import Segment, Total
from stillhouse.ledger.receipt import (
    FLAG_UNRATED,
    Close,
    Open,
    Receipt,
    Record,
    Start,
    receipt_id,
    settled,
)
from stillhouse.tenants import Budget, Directory
from stillhouse.units.instant import DAY, Instant, period
from stillhouse.units.usage import METERS

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


class Words(NamedTuple):
    """The fields of Open that repeat from call to call."""

    account: str
    project: str
    key: str
    deployment: str
    provider: str
    model: str
    surface: str
    stream: bool
    sale_tariff: str
    cost_tariff: str
    budgets: tuple[str, ...]
    workload: str
    cohort: str
    terms: str


class Ending(NamedTuple):
    """The fields of Close that repeat from call to call."""

    status: int
    outcome: str
    witness: str
    flags: int


class Coded(NamedTuple):
    """A column of things that repeat. values: each once, as they first came. codes: by row."""

    values: list[Any]
    codes: list[int]

    @classmethod
    def of(cls, rows: Iterable[Any]) -> "Coded":
        numbers = _numbering()
        codes = list(map(numbers.__getitem__, rows))
        return cls(list(numbers), codes)

    def sums(self, numbers: Sequence[int]) -> list[int]:
        """One number a row -> their sum for each value, of any size."""
        sums = [0] * len(self.values)
        if not any(numbers):  # most meters of most files
            return sums
        for code, number in zip(self.codes, numbers, strict=True):
            sums[code] += number
        return sums


def _numbering() -> defaultdict[Any, int]:
    """Numbers whatever is looked up in it: 0, 1, 2, ... as they first come."""
    return defaultdict(count().__next__)


NUMBERS = (
    *("seq", "call", "admitted_at", "hold"),
    *("settled_at", "first_byte_us", "latency_us", "charge", "cost"),
    *(meter.value for meter in METERS),
)
_BLOCK = 1024
"""Receipts that fit a processor's cache with all that they point to."""
_words_of = attrgetter(*Words._fields)
_ending_of = attrgetter(*Ending._fields)


@dataclass(frozen=True, slots=True)
class Columns:
    """What receipts say, by column.

    words, endings: plain tuples in the order of `Words` and of `Ending`. numbers: all the others,
    by field; usage by meter.
    """

    words: Coded
    endings: Coded
    numbers: "dict[str, array[int]]"


class Receipts(Sequence[Receipt]):
    """Receipts, kept as their halves; the columns are made once, when they are first asked for."""

    def __init__(self, writers: list[int], opens: list[Open], closes: list[Close]) -> None:
        self.writers, self.opens, self.closes = writers, opens, closes

    @classmethod
    def of(cls, receipts: Iterable[Receipt]) -> "Receipts":
        if isinstance(receipts, Receipts):
            return receipts
        rows = list(receipts)
        return cls([r.writer for r in rows], [r.open for r in rows], [r.close for r in rows])

    def __len__(self) -> int:
        return len(self.opens)

    def __iter__(self) -> Iterator[Receipt]:
        return map(Receipt, self.writers, self.opens, self.closes)

    @overload
    def __getitem__(self, at: int) -> Receipt: ...
    @overload
    def __getitem__(self, at: slice) -> "Receipts": ...
    def __getitem__(self, at: int | slice) -> "Receipt | Receipts":
        if isinstance(at, slice):
            return Receipts(self.writers[at], self.opens[at], self.closes[at])
        return Receipt(self.writers[at], self.opens[at], self.closes[at])

    @cached_property
    def columns(self) -> Columns:
        """Made block by block: what a receipt says lies together and is looked at once.

        Raises:
            ValueError: a receipt does not count every meter, or counts another.
            OverflowError: a number is beyond 64 bits.
        """
        words, endings = _numbering(), _numbering()
        word_codes: list[int] = []
        ending_codes: list[int] = []
        numbers = {name: array("q") for name in NUMBERS}
        for at in range(0, len(self), _BLOCK):
            opens, closes = self.opens[at : at + _BLOCK], self.closes[at : at + _BLOCK]
            word_codes += map(words.__getitem__, map(_words_of, opens))
            ending_codes += map(endings.__getitem__, map(_ending_of, closes))
            numbers["seq"].fromlist([o.seq for o in opens])
            numbers["call"].fromlist([o.call for o in opens])
            numbers["admitted_at"].fromlist([o.admitted_at for o in opens])
            numbers["hold"].fromlist([o.hold for o in opens])
            numbers["settled_at"].fromlist([c.settled_at for c in closes])
            numbers["first_byte_us"].fromlist([c.first_byte_us for c in closes])
            numbers["latency_us"].fromlist([c.latency_us for c in closes])
            numbers["charge"].fromlist([c.charge for c in closes])
            numbers["cost"].fromlist([c.cost for c in closes])
            usage = zip(*[c.usage for c in closes], strict=True)
            for meter, counts in zip(METERS, usage, strict=True):
                if any(counts):
                    numbers[meter].fromlist(list(counts))
                else:  # most meters of most calls
                    numbers[meter].frombytes(bytes(8 * len(counts)))
        return Columns(
            words=Coded(list(words), word_codes),
            endings=Coded(list(endings), ending_codes),
            numbers=numbers,
        )

    @cached_property
    def kinds(self) -> Coded:
        """What is summed together. Values are (Words, Ending, first instant of the day)."""
        words, endings = self.columns.words, self.columns.endings
        days = [at // DAY for at in self.columns.numbers["admitted_at"]]
        found = Coded.of(zip(words.codes, endings.codes, days, strict=True))
        kinds = [
            (Words(*words.values[w]), Ending(*endings.values[e]), day * DAY)
            for w, e, day in found.values
        ]
        return Coded(kinds, found.codes)

    @cached_property
    def charges(self) -> list[int]:
        """The sum of charges of each kind."""
        return self.kinds.sums(self.columns.numbers["charge"])


@dataclass(frozen=True, slots=True)
class Joined:
    """The records of one journal file, joined.

    start: None when the first frame is not a Start. opens: in flight at the end of the file.
    receipts: by sequence number. whole: the Start and every record that it says was carried are
    there. problems: records that contradict each other; a bug or a damaged disk, never normal.
    """

    start: Start | None
    receipts: Receipts
    opens: dict[int, Open]
    whole: bool
    problems: list[str] = field(default_factory=list)


def join(writer: int, records: Sequence[Record]) -> Joined:
    start = records[0] if records and isinstance(records[0], Start) else None
    opens: dict[int, Open] = {}
    opened: dict[int, Open] = {}
    closed: dict[int, Close] = {}
    problems: list[str] = []
    for place, record in enumerate(records):
        if type(record) is Open:
            if record.seq not in closed:
                opens[record.seq] = record
        elif type(record) is Close:
            seq = record.seq
            half = opens.pop(seq, None)
            if half is not None:
                opened[seq] = settled(half, record)
                closed[seq] = record
            elif seq not in closed:
                problems.append(f"{receipt_id(writer, seq)} was closed but never opened")
            elif closed[seq] != record:
                problems.append(f"{receipt_id(writer, seq)} was closed twice")
        elif place:
            problems.append(f"a second Start frame at record {place}")
    order = sorted(closed)
    return Joined(
        start=start,
        receipts=Receipts(
            [writer] * len(order), [opened[seq] for seq in order], [closed[seq] for seq in order]
        ),
        opens=opens,
        whole=start is not None and _carried(start, records) == start.carried,
        problems=problems,
    )


def _carried(start: Start, records: Sequence[Record]) -> int:
    return sum(isinstance(record, Open) for record in records[1 : 1 + start.carried])


def spent(receipts: Iterable[Receipt], directory: Directory) -> dict[tuple[str, str, bool], int]:
    """(budget, period, held) -> charges, for every budget on each receipt's path *now*.

    held: the hold came from this writer's lease, so posting moves it from leased to posted. A
    budget that was made after admission was not held and is posted all the same.
    """
    rows = Receipts.of(receipts)
    paths: dict[tuple[str, str, str, str], list[Budget]] = {}
    sums: dict[tuple[str, str, bool], int] = {}
    for (o, _, day), charge in zip(rows.kinds.values, rows.charges, strict=True):
        if not charge:
            continue
        path = (o.account, o.project, o.key, o.provider)
        budgets = paths.get(path)
        if budgets is None:
            budgets = directory.budgets_of(
                account=o.account, project=o.project, key=o.key, provider=o.provider
            )
            paths[path] = budgets
        for b in budgets:
            when = period(day, b.span)
            key = (b.id, when, f"{b.id}@{when}" in o.budgets)
            sums[key] = sums.get(key, 0) + charge
    return sums


def totals(receipts: Iterable[Receipt]) -> list[Total]:
    """What `fold` says, to the last pico-unit: one total for each kind, and those of a key merged.

    Raises: see `Receipts.columns`.
    """
    rows = Receipts.of(receipts)
    kinds = rows.kinds
    counts = Counter(kinds.codes)
    numbers = rows.columns.numbers
    costs = kinds.sums(numbers["cost"])
    usage = [kinds.sums(numbers[meter]) for meter in METERS]
    return merge(
        Total(
            day=period(day, "day"),
            account=o.account,
            project=o.project,
            key=o.key,
            deployment=o.deployment,
            model=o.model,
            sale_tariff="" if c.flags & FLAGS_FREE else o.sale_tariff,
            cost_tariff=o.cost_tariff,
            workload=o.workload,
            cohort=o.cohort,
            receipts=counts[at],
            usage=tuple(column[at] for column in usage),
            charge=rows.charges[at],
            cost=costs[at],
            unrated=counts[at] if c.flags & FLAG_UNRATED else 0,
        )
        for at, (o, c, day) in enumerate(kinds.values)
    )


def segment(
    receipts: Sequence[Receipt],
    *,
    file: int,
    path: str,
    sha256: str,
    size: int,
    sealed_at: Instant,
    spent: Mapping[tuple[str, str, bool], int],
) -> Segment:
    """What is posted for a sealed file. `receipts`: not empty, of one writer, sorted by seq."""
    rows = Receipts.of(receipts)
    writer = rows.writers[0]
    return Segment(
        id=segment_id(writer, file),
        writer=writer,
        file=file,
        path=path,
        sha256=sha256,
        size=size,
        receipts=len(rows),
        seq_min=rows.opens[0].seq,
        seq_max=rows.opens[-1].seq,
        charge=sum(rows.charges),
        cost=sum(rows.columns.numbers["cost"]),
        sealed_at=sealed_at,
        totals=tuple(totals(rows)),
        spent=spent,
    )
