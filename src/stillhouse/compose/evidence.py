"""Evidence of segments, made before somebody waits for it, and proofs from it.

    segments without evidence ── each read once, several at a time ──► evidence, kept in the store

Segments are read by threads: the engine, which does most of the work, lets go of Python's lock.
Each is kept by a transaction of its own, so it may be stopped at any point and asked again, by
several processes at once.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from itertools import islice
from pathlib import Path

import msgspec

from stillhouse.billing.document import Document
from stillhouse.billing.evidence import Part, leaves_of
from stillhouse.billing.inclusion import Included, Inclusion
from stillhouse.billing.merkle import Tree
from stillhouse.billing.ports import Unread
from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.ledger.receipt import receipt_id
from stillhouse.store.evidence import HASH_BYTES, SegmentReceipts
from stillhouse.units.instant import Instant, month_bounds, period


class NotIncludedError(NotFoundError):
    """These receipts are not among those that the document is the first to charge for."""


BACKGROUND_NICE = 15
LOOK_AGAIN_S = 60
Progress = Callable[[int, int], None]
"""(segments that are done, of how many)"""


def prepare(
    data: Path,
    store: WholeStore,
    months: Sequence[str],
    *,
    threads: int | None = None,
    progress: Progress = lambda _done, _of: None,
) -> int:
    """Make what evidence of these months is missing; returns of how many segments that was."""
    missing = store.unread(months)
    done = 0
    if missing:
        progress(0, len(missing))
    for segment, parts in _read(data, missing, threads=threads or len(os.sched_getaffinity(0))):
        store.keep_evidence(segment.id, parts)
        done += 1
        progress(done, len(missing))
    return done


def stay_prepared(data: Path, stop: threading.Event, clock: Callable[[], Instant]) -> None:
    """Make evidence of this month and the last as segments come, until told to stop.

    For a thread of its own: it runs when nothing else wants to, with a connection of its own, and
    only where somebody issues invoices.
    """
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BACKGROUND_NICE)
    with closing(open_store(data)) as store:
        while not stop.is_set():
            if any(issuer.name for issuer in store.issuers()):
                this = month_bounds(period(clock(), "month"))[0]
                prepare(data, store, [period(this - 1, "month")], threads=1)
            stop.wait(LOOK_AGAIN_S)


def _read(
    data: Path, segments: Sequence[Unread], *, threads: int
) -> Iterator[tuple[Unread, list[Part]]]:
    """Never more than twice as many as threads at a time: what is read waits in memory."""
    if len(segments) == 1 or threads == 1:
        yield from ((each, _parts(data, each)) for each in segments)
        return
    left = iter(segments)
    with ThreadPoolExecutor(threads, "evidence") as pool:
        running: dict[Future[list[Part]], Unread] = {}
        while True:
            for each in islice(left, 2 * threads - len(running)):
                running[pool.submit(_parts, data, each)] = each
            if not running:
                return
            ready, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ready:
                yield running.pop(future), future.result()


def _parts(data: Path, segment: Unread) -> list[Part]:
    with SegmentReceipts(data / segment.path, writer=segment.writer, file=segment.file) as receipts:
        return receipts.parts()


def prove(data: Path, store: WholeStore, document: Document, ids: Iterable[str]) -> Inclusion:
    """Paths of these receipts ("w7-1234") to the document's root; reads only their segments.

    Raises:
        NotIncludedError: it names those that the document does not cover.
        ConflictError: the receipts on disk are not those that the document was made from.
    """
    said = document.receipts
    wanted = [_writer_and_seq(ident) for ident in dict.fromkeys(ids)]
    if said.covers:
        prepare(data, store, [cover.period for cover in said.covers])
    parts = store.evidence(document.customer.id, said.covers)
    found: dict[tuple[int, int], Included] = {}
    for place, part in enumerate(parts):
        within = [
            (writer, seq)
            for writer, seq in wanted
            if writer == part.writer
            and part.first <= seq <= part.last
            and (writer, seq) not in found
        ]
        if within:
            path = data / store.segment_path(part.writer, part.file)
            found |= _in_part(path, part, place, within, document.number)
    missing = [receipt_id(*each) for each in wanted if each not in found]
    if missing:
        raise NotIncludedError(
            f"{', '.join(missing[:5])}: not among the receipts of {document.number}; look in other"
            " months, and see that the account is the one that made the calls"
        )
    tree = Tree(frozenset(each.part for each in found.values()))
    tree.add(leaves_of(parts))
    if tree.root().hex() != said.root:
        raise _changed(document.number)
    return Inclusion(
        number=document.number,
        root=said.root,
        count=said.count,
        parts=said.parts,
        receipts=tuple(
            msgspec.structs.replace(
                found[each], part_path=tuple(s.hex() for s in tree.paths[found[each].part])
            )
            for each in wanted
        ),
    )


def _in_part(
    path: Path, part: Part, place: int, wanted: Sequence[tuple[int, int]], number: str
) -> dict[tuple[int, int], Included]:
    """Those of the receipts that are in this part, with their paths to its root."""
    with SegmentReceipts(path, writer=part.writer, file=part.file) as receipts:
        numbers, leaves = receipts.of(part.account, part.month)
        places = {seq: at for at, seq in enumerate(numbers)}
        here = [(writer, seq) for writer, seq in wanted if seq in places]
        if not here:
            return {}
        fields = {seq: receipts.fields(part.account, seq) for _, seq in here}
    tree = Tree(frozenset(places[seq] for _, seq in here))
    tree.add(leaves[at : at + HASH_BYTES] for at in range(0, len(leaves), HASH_BYTES))
    if tree.root() != part.root:
        raise _changed(number)
    return {
        (writer, seq): Included(
            receipt=fields[seq],
            place=places[seq],
            path=tuple(step.hex() for step in tree.paths[places[seq]]),
            segment=part.segment,
            month=part.month,
            count=part.count,
            part=place,
            part_path=(),
        )
        for writer, seq in here
    }


def _changed(number: str) -> ConflictError:
    return ConflictError(
        f"the receipts on disk do not give the root of {number}: run `stillhouse verify`"
    )


def _writer_and_seq(ident: str) -> tuple[int, int]:
    writer, dash, seq = ident.removeprefix("w").partition("-")
    if not (ident.startswith("w") and dash and writer.isdigit() and seq.isdigit()):
        raise NotIncludedError(f'"{ident}" is no receipt\'s id; they look like w7-1234')
    return int(writer), int(seq)
