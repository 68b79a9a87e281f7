"""Sealed and unsealed together: each receipt once, at any moment, while a sealer works."""

import threading

from tests.console.real import AT, DAY, Real

from stillhouse.console.views import Days
from stillhouse.ledger.journal import frame
from stillhouse.ledger.receipt import Receipt
from stillhouse.store.calls import Wanted
from stillhouse.store.folder import JournalFolder
from stillhouse.store.journal import JournalWriter
from stillhouse.store.lake import Lake
from stillhouse.units.instant import SECOND, Instant
from stillhouse.worker.seal import Sealer

WHOLE_DAY = Days(DAY, DAY)


def charged(real: Real) -> tuple[int, int]:
    rows = real.parts.newest.sums([], WHOLE_DAY, only={})
    return sum(r.receipts for r in rows), sum(r.charge for r in rows)


def test_sealed_and_unsealed_are_summed_together(real: Real) -> None:
    sealed = real.receipts(3, account=real.alice, writer=real.writer())
    real.seal(sealed)
    fresh = real.receipts(2, account=real.alice, writer=real.writer())
    with real.journal(fresh):
        assert (5, 5_000_000) == charged(real)


def test_no_receipt_is_missed_or_doubled_while_it_is_sealed(real: Real) -> None:
    """A sealer seals file after file while sums and searches are asked: always the same answer."""
    rows = real.receipts(60, account=real.alice, writer=real.writer())
    sealer = Sealer(
        folder=JournalFolder(real.parts.data), lake=Lake(real.parts.data), books=real.parts.store
    )
    done = threading.Event()
    seen: list[tuple[int, int]] = []
    found: list[int] = []

    def look() -> None:
        while not done.is_set():
            seen.append(charged(real))
            page = real.parts.newest.search(
                Wanted(start=Instant(AT - SECOND), end=Instant(AT + 100 * SECOND), limit=500)
            )
            found.append(len({(r.writer, r.open.seq) for r in page.receipts}))
            assert len(page.receipts) == found[-1]

    with real.journal(rows[:20]) as journal:
        journal.rotate([], at=AT)
        write(journal, rows[20:40])
        journal.rotate([], at=AT)
        write(journal, rows[40:])
        journal.rotate([], at=AT)
        looking = threading.Thread(target=look)
        looking.start()
        while len(seen) < 2:
            done.wait(0.01)
        sealer.seal_ready(Instant(AT + 200 * SECOND))
        before = len(seen)
        while len(seen) < before + 2 and looking.is_alive():
            done.wait(0.01)
        done.set()
        looking.join()

    assert {(60, 60_000_000)} == set(seen)
    assert {60} == set(found)
    assert 3 == len(real.parts.store.segments())


def write(journal: JournalWriter, rows: list[Receipt]) -> None:
    for r in rows:
        journal.append(frame(r.open))
        journal.append(frame(r.close))
    journal.flush()


def test_a_story_is_told_of_sealed_and_of_fresh_calls(real: Real) -> None:
    writer = real.writer()
    sealed = real.receipts(1, account=real.alice, writer=writer)
    segment = real.seal(sealed)
    fresh = real.receipts(1, account=real.alice, writer=real.writer())
    with real.journal(fresh):
        old = real.parts.newest.story(writer, 1)
        new = real.parts.newest.story(fresh[0].writer, 1)

        assert old is not None
        assert (segment.id, segment.sha256) == (old.segment, old.sha256)
        assert new is not None
        assert ("", fresh) == (new.segment, new.attempts)
        assert real.parts.newest.story(writer, 99) is None
