"""What a dead writer left: settle it by rule, seal it, return its leases.

There is one way out for a writer. An orderly end and a `kill -9` leave the same things, a free lock
and journal files, and both go through here; after an orderly end there is nothing to settle.

    claim the lock -> begun file: promote it or drop it -> settle open records in the last file
    -> seal every file -> release the writer (its leases return) -> forget its lock

Each step leaves the writer's files in a state from which all of it can be run again.

An open record without a close is a call that was in flight. The customer does not pay for our
crash (rule "recovered"); the receipt exists, so that the provider's bill finds its match.
"""

from stillhouse.ledger.journal import frame
from stillhouse.ledger.receipt import Close, Open, receipt_id
from stillhouse.ledger.rules import settle
from stillhouse.ledger.segment import Joined, JournalName, join
from stillhouse.units.instant import Instant
from stillhouse.units.usage import NOTHING
from stillhouse.worker.seal import Report, Sealer, without_gc


def recover(sealer: Sealer, now: Instant, *, unborn: bool = False) -> Report:
    """Recover every writer that is dead and not released.

    unborn: also release writers that were registered and left nothing at all. Only right while no
    gateway starts: between its registration and its first file, a gateway looks just like that.
    """
    report = Report()
    folder, books = sealer.folder, sealer.books
    known = books.writers()
    here = {*folder.writers(), *(name.writer for name in folder.names())}
    if unborn:
        here |= {writer for writer, released in known.items() if not released}
    for writer in sorted(here):
        left = [name for name in folder.names() if name.writer == writer]
        if known.get(writer, False) and not left:
            if writer in folder.writers():
                _forget(sealer, writer)
            continue
        with report.collecting(f"writer {writer}"), folder.claim(writer) as dead:
            if dead:
                _recover_writer(sealer, writer, now, report)
    return report


def _recover_writer(sealer: Sealer, writer: int, now: Instant, report: Report) -> None:
    folder, books = sealer.folder, sealer.books
    if writer not in books.writers():
        report.problems.append(
            f"writer {writer} has journal files but the ledger does not know it; was the store "
            "replaced by an older copy? Put the newer copy back"
        )
        return
    with folder.sealing(), without_gc():
        posted = {s.file for s in books.segments() if s.writer == writer}
        files = []
        for name in (n for n in folder.names() if n.writer == writer):
            if name.begun and not _is_whole(sealer, name):
                folder.remove(name)  # the file before it is still the truth
            elif name.file in posted:
                folder.remove(name)  # sealed and posted; only its removal was missing
            else:
                files.append(folder.promote(name) if name.begun else name)
        recovered = _settle(sealer, files, now, report)
        loaded = [(name, sealer.load(name, report)) for name in files]
        for name, joined in loaded:
            if joined is not None:
                sealer.post(name, joined, now, report)
        books.release_writer(writer, at=now)
        report.released.append(writer)
        report.recovered += recovered
    folder.forget(writer)


def _is_whole(sealer: Sealer, name: JournalName) -> bool:
    return sealer.folder.head(name) is not None


def _settle(sealer: Sealer, files: list[JournalName], now: Instant, report: Report) -> list[str]:
    """Close every record that is open in any file, durably, in the last file."""
    opens: dict[int, Open] = {}
    closed: set[int] = set()
    last: Joined | None = None
    good, salvaged = 0, b""
    for name in files:
        found = sealer.folder.scan(name)
        if found is None:
            continue
        if found.salvaged:
            sealer.folder.set_aside(name)
            report.problems.append(f"{name}: {found.damage}; a copy is in damaged/")
        records = [*found.records, *found.salvaged]
        last = join(name.writer, records)
        good = found.good_bytes
        salvaged = b"".join(map(frame, found.salvaged))
        opens |= last.opens
        closed |= {r.open.seq for r in last.receipts}
    pending = [opens[seq] for seq in sorted(opens.keys() - closed)]
    if last is None or not pending:
        return []
    frames = [
        (b"" if o.seq in last.opens else frame(o)) + frame(_recovered(o, now)) for o in pending
    ]
    sealer.folder.extend(files[-1], good_bytes=good, frames=salvaged + b"".join(frames))
    return [receipt_id(files[-1].writer, o.seq) for o in pending]


def _recovered(opened: Open, now: Instant) -> Close:
    by_rule = settle(
        outcome="recovered",
        status=0,
        reported=None,
        count=lambda: NOTHING,
        hold=opened.hold,
        sale=None,
        cost=None,
    )
    return Close(
        seq=opened.seq,
        settled_at=now,
        first_byte_us=-1,
        latency_us=max(now - opened.admitted_at, 0),
        status=0,
        outcome="recovered",
        witness=by_rule.witness,
        flags=by_rule.flags,
        usage=by_rule.usage,
        charge=by_rule.charge,
        cost=by_rule.cost,
    )


def _forget(sealer: Sealer, writer: int) -> None:
    with sealer.folder.claim(writer) as dead:
        if dead:
            sealer.folder.forget(writer)
