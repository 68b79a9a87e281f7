"""Receipts found again: by who, what and when, newest first, without reading all of them.

    spans (which file holds which time and whose calls) ─► the few newest files that can match
      ─► DuckDB over those, twice as many each time, until the page is full or the limit is read

So a page costs the files it needs and never the month. A search that reads `READ_MAX` receipts
without filling its page says that it was cut, and where to go on. Read only; Parquet never changes.
"""

# ruff: noqa: S608
# SQL is put together from column names of our own; values are always bound.

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from stillhouse.ledger.receipt import Close, Open, Receipt
from stillhouse.store.lake import SCHEMA
from stillhouse.store.sqlite_desk import Span, SQLiteDesk
from stillhouse.units.instant import Instant, instant, moment
from stillhouse.units.usage import METERS

READ_MAX = 4_000_000
READ_FIRST = 200_000
ADMITTED = SCHEMA.names.index("admitted_at")
SPANS_AT_ONCE = 200
WORDS = ("project", "key", "deployment", "model", "provider", "workload", "outcome")
ENDED_WELL = ("completed",)

_METERS = ", ".join(f'"{meter.value}"' for meter in METERS)
_COLUMNS = (
    "writer, seq, call, epoch_us(admitted_at), account, project, key, deployment, provider, model,"
    " surface, stream, hold::BIGINT, sale_tariff, cost_tariff, budgets, workload, cohort, terms,"
    " status, outcome, witness, flags, first_byte_us, latency_us, charge::BIGINT, cost::BIGINT,"
    f" {_METERS}"
)
Place = tuple[int, int, int]
"""(admitted_at, writer, seq): the order of a search, from the newest to the oldest"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which receipts: admitted in [start, end), after `before` in the order of the search.

    accounts: None means all. words: column -> the one value.
    """

    start: Instant
    end: Instant
    limit: int
    accounts: Collection[str] | None = None
    words: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    problems: bool = False
    before: Place | None = None

    def matches(self, receipt: Receipt) -> bool:
        """The same question to one receipt that is not sealed yet."""
        _, o, c = receipt
        return (
            self.start <= o.admitted_at < self.end
            and (self.accounts is None or o.account in self.accounts)
            and all(_word(receipt, name) == value for name, value in self.words.items())
            and (self.status is None or c.status == self.status)
            and (not self.problems or c.outcome not in ENDED_WELL)
            and (self.before is None or place(receipt) < self.before)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """more: where the next page begins, None at the end. cut: the limit was read first."""

    receipts: list[Receipt]
    more: Place | None
    cut: bool


def place(receipt: Receipt) -> Place:
    return (receipt.open.admitted_at, receipt.writer, receipt.open.seq)


class CallFiles:
    """The sealed receipts of one data folder."""

    def __init__(self, data: Path, store: SQLiteDesk) -> None:
        self._data, self._store = data, store
        self._lock = threading.Lock()
        self._spans: dict[str, Span] = {}
        self._seen = 0
        self._db = duckdb.connect(
            config={
                "threads": 2,
                "memory_limit": "1GB",
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        self._db.execute("SET enable_progress_bar = false")

    def close(self) -> None:
        self._db.close()
        self._store.close()

    def learn(self) -> list[Span]:
        """All spans; files that nobody has looked at yet are looked at now, newest first."""
        with self._lock:
            unknown = self._store.without_span()
            for at in range(0, len(unknown), SPANS_AT_ONCE):
                some = unknown[at : at + SPANS_AT_ONCE]
                self._store.add_spans(
                    [
                        (segment, *span)
                        for segment, path in some
                        if (span := _span_of(self._data / path)) is not None
                    ]
                )
            self._seen, found = self._store.spans(self._seen)
            self._spans.update((span.segment, span) for span in found)
            return list(self._spans.values())

    def search(self, wanted: Wanted, tail: Sequence[Receipt] = ()) -> Page:
        """tail: receipts that are not sealed, matched as the sealed ones are."""
        newest = wanted.end - 1
        if wanted.before is not None:  # of that very moment only where a writer is named
            newest = min(newest, wanted.before[0] - (wanted.before[1] < 0))
        spans = sorted(
            (
                span
                for span in self.learn()
                if span.first_at <= newest
                and span.last_at >= wanted.start
                and (wanted.accounts is None or not span.accounts.isdisjoint(wanted.accounts))
            ),
            key=lambda span: min(span.last_at, newest),
            reverse=True,
        )
        found = [receipt for receipt in tail if wanted.matches(receipt)]
        read, step = 0, READ_FIRST
        while spans:
            batch = _batch(spans, step)
            read, step = read + sum(span.receipts for span in batch), step * 2
            del spans[: len(batch)]
            found = _ordered(found + self._found(batch, wanted))
            if not spans:
                break
            # What is left was admitted at this moment at the latest.
            rest = min(spans[0].last_at, newest)
            sure = [r for r in found[: wanted.limit] if r.open.admitted_at > rest]
            if len(sure) == wanted.limit:
                return Page(receipts=sure, more=place(sure[-1]), cut=False)
            if read >= READ_MAX and rest < newest:  # else the next page would begin where this did
                return Page(receipts=sure, more=(rest + 1, -1, -1), cut=True)
        found = _ordered(found)
        page = found[: wanted.limit]
        return Page(
            receipts=page,
            more=place(page[-1]) if len(found) > wanted.limit else None,
            cut=False,
        )

    def _found(self, spans: Sequence[Span], wanted: Wanted) -> list[Receipt]:
        wheres = ["admitted_at >= ?", "admitted_at < ?"]
        values: list[object] = [moment(wanted.start), moment(wanted.end)]
        if wanted.accounts is not None:
            wheres.append(f"account IN ({', '.join('?' * len(wanted.accounts)) or 'NULL'})")
            values += wanted.accounts
        for name, value in wanted.words.items():
            if name not in WORDS:
                raise ValueError(f"receipts are not searched by {name}")
            wheres.append(f'"{name}" = ?')
            values.append(value)
        if wanted.status is not None:
            wheres.append("status = ?")
            values.append(wanted.status)
        if wanted.problems:
            wheres.append(f"outcome NOT IN ({', '.join('?' * len(ENDED_WELL))})")
            values += ENDED_WELL
        if wanted.before is not None:
            wheres.append("(epoch_us(admitted_at), writer, seq) < (?, ?, ?)")
            values += wanted.before
        # Which ones, by few columns; then the whole of those few, from the places they are at.
        few = self._query(
            spans,
            "writer, seq",
            f"{' AND '.join(wheres)} ORDER BY admitted_at DESC, writer DESC, seq DESC LIMIT ?",
            [*values, wanted.limit + 1],
        )
        by_writer: dict[int, list[int]] = {}
        for writer, seq in few:
            by_writer.setdefault(writer, []).append(seq)
        found = []
        for writer, seqs in by_writer.items():
            first, last = min(seqs), max(seqs)
            found += self._receipts(
                [
                    s
                    for s in spans
                    if s.writer == writer and s.seq_min <= last and first <= s.seq_max
                ],
                f"seq BETWEEN ? AND ? AND seq IN ({', '.join('?' * len(seqs))})",
                [first, last, *seqs],
            )
        return found

    def one(self, writer: int, seq: int) -> tuple[Receipt, Span] | None:
        for span in self.learn():
            if span.writer == writer and span.seq_min <= seq <= span.seq_max:
                found = self._receipts([span], "seq = ?", [seq])
                if found:
                    return found[0], span
        return None

    def attempts(self, receipt: Receipt) -> list[Receipt]:
        """Sealed attempts of the same call, in order. They are numbered from the call's onward."""
        call, at = receipt.open.call, receipt.open.admitted_at
        near = [
            span
            for span in self.learn()
            if span.writer == receipt.writer
            and span.seq_max >= call
            and span.first_at <= at <= span.last_at
        ]
        found = self._receipts(near, "call = ?", [call])
        return sorted(found, key=lambda r: r.open.seq)

    def recent(self, start: Instant, *, most: int = 2_000_000) -> list[tuple[Any, ...]]:
        """(deployment, calls, errors, p50, p95, first p50, first p95, last at, outcome, status).

        Over receipts admitted from `start` on, of the newest files with at most `most` of them.
        Percentiles are of completed calls.
        """
        spans = sorted(
            (s for s in self.learn() if s.last_at >= start), key=lambda s: s.last_at, reverse=True
        )
        some = _batch(spans, most)
        if not some:
            return []
        well = "outcome = 'completed'"
        return self._query(
            some,
            "deployment, count(*), count(*) FILTER (outcome NOT IN ('completed', 'client_left')),"
            f" quantile_disc(latency_us, 0.5) FILTER ({well}),"
            f" quantile_disc(latency_us, 0.95) FILTER ({well}),"
            f" quantile_disc(first_byte_us, 0.5) FILTER ({well} AND first_byte_us >= 0),"
            f" quantile_disc(first_byte_us, 0.95) FILTER ({well} AND first_byte_us >= 0),"
            " max(epoch_us(admitted_at)), arg_max(outcome, admitted_at),"
            " arg_max(status, admitted_at)",
            "admitted_at >= ? GROUP BY deployment",
            [moment(start)],
        )

    def _receipts(
        self, spans: Sequence[Span], where: str, values: Sequence[object]
    ) -> list[Receipt]:
        return [_receipt(row) for row in self._query(spans, _COLUMNS, where, values)]

    def _query(
        self, spans: Sequence[Span], columns: str, where: str, values: Sequence[object]
    ) -> list[tuple[Any, ...]]:
        if not spans:
            return []
        paths = [str(self._data / span.path) for span in spans]
        cursor = self._db.cursor()
        try:
            cursor.register("none", SCHEMA.empty_table())
            # By name, and with `none`: a file from before a column came does not have it.
            files = cursor.read_parquet(paths, union_by_name=True)
            cursor.register("files", files)
            return cursor.execute(
                f"SELECT {columns} FROM (SELECT * REPLACE (coalesce(workload, '') AS workload,"
                " coalesce(cohort, '') AS cohort, coalesce(terms, '') AS terms)"
                f" FROM (FROM none UNION ALL BY NAME FROM files)) WHERE {where}",
                list(values),
            ).fetchall()
        finally:
            cursor.close()


def _ordered(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Newest first, each once: one that was sealed meanwhile came from both sides."""
    return sorted({place(r): r for r in receipts}.values(), key=place, reverse=True)


def _batch(spans: Sequence[Span], most: int) -> list[Span]:
    """The first spans, at least one, with about this many receipts."""
    batch: list[Span] = []
    for span in spans:
        if batch and most < span.receipts:
            break
        batch.append(span)
        most -= span.receipts
    return batch


def _span_of(path: Path) -> tuple[int, int, list[str]] | None:
    """(first, last, accounts) from the file's footer and its account column; None: no file."""
    try:
        with pq.ParquetFile(path) as file:
            accounts = file.read(columns=["account"]).column("account")
            sides = [
                statistics
                for group in range(file.metadata.num_row_groups)
                if (statistics := file.metadata.row_group(group).column(ADMITTED).statistics)
            ]
    except FileNotFoundError:
        return None
    first, last = min(_us(side.min) for side in sides), max(_us(side.max) for side in sides)
    return first, last, sorted({str(a) for a in accounts.unique().to_pylist()})


def _us(value: Any) -> int:
    return int(instant(value))


def _word(receipt: Receipt, name: str) -> str:
    _, o, c = receipt
    return str(getattr(c if name == "outcome" else o, name))


def _receipt(row: tuple[Any, ...]) -> Receipt:
    writer, seq, call, admitted_at, account, project, key, deployment, provider, model = row[:10]
    surface, stream, hold, sale_tariff, cost_tariff, budgets, workload, cohort, terms = row[10:19]
    status, outcome, witness, flags, first_byte_us, latency_us, charge, cost = row[19:27]
    return Receipt(
        writer,
        Open(
            seq=seq,
            call=call,
            admitted_at=admitted_at,
            account=account,
            project=project,
            key=key,
            deployment=deployment,
            provider=provider,
            model=model,
            surface=surface,
            stream=stream,
            hold=hold,
            sale_tariff=sale_tariff,
            cost_tariff=cost_tariff,
            budgets=tuple(budgets.split()),
            input_bound=0,
            workload=workload,
            cohort=cohort,
            terms=terms,
        ),
        Close(
            seq=seq,
            settled_at=admitted_at + latency_us,
            first_byte_us=first_byte_us,
            latency_us=latency_us,
            status=status,
            outcome=outcome,
            witness=witness,
            flags=flags,
            usage=tuple(row[27:]),
            charge=charge,
            cost=cost,
        ),
    )
