"""The newest calls: read onward, dropped when the ledger has them, counted by the second."""

from tests.console.real import AT, Real

from stillhouse.compose.watch import Second, Watch
from stillhouse.ledger.journal import frame
from stillhouse.store.folder import JournalFolder
from stillhouse.units.instant import SECOND


def watch(real: Real) -> Watch:
    made = Watch(JournalFolder(real.parts.data))
    made.look()
    return made


def test_what_is_settled_and_what_is_in_flight_are_told_apart(real: Real) -> None:
    rows = real.receipts(5, account=real.alice, writer=real.writer())
    with real.journal(rows[:3], flying=rows[3:]):
        seen = watch(real)

        assert rows[:3] == seen.receipts(())
        assert [rows[3].open, rows[4].open] == [o for _, o in seen.opens()]


def test_a_file_is_read_onward(real: Real) -> None:
    rows = real.receipts(4, account=real.alice, writer=real.writer())
    with real.journal(rows[:2], flying=rows[2:]) as journal:
        seen = watch(real)
        journal.append(frame(rows[2].close))
        journal.flush()
        seen.look()

        assert rows[:3] == seen.receipts(())
        assert [rows[3].open] == [o for _, o in seen.opens()]


def test_calls_of_a_dead_writer_are_in_nobodys_flight(real: Real) -> None:
    rows = real.receipts(2, account=real.alice, writer=real.writer())
    with real.journal([], flying=rows):
        seen = watch(real)
        assert 2 == len(seen.opens())

    assert [] == seen.opens()


def test_what_the_ledger_has_is_left_out_and_dropped_with_its_file(real: Real) -> None:
    rows = real.receipts(3, account=real.alice, writer=real.writer())
    with real.journal(rows):
        seen = watch(real)
        [segment] = seen.segments()

        assert [] == seen.receipts({segment})
        seen.drop({segment})
        assert [segment] == seen.segments()  # its file is still there: it would be read again
    for file in JournalFolder(real.parts.data).names():
        JournalFolder(real.parts.data).remove(file)
    seen.look()
    assert rows == seen.receipts(())  # gone, and not posted as far as this one was told
    seen.drop({segment})
    assert [] == seen.segments()


def test_carried_calls_are_in_flight_once(real: Real) -> None:
    rows = real.receipts(2, account=real.alice, writer=real.writer())
    with real.journal(rows[:1], flying=rows[1:]) as journal:
        journal.rotate([frame(rows[1].open)], at=AT)
        seen = watch(real)
        assert [rows[1].open] == [o for _, o in seen.opens()]
        journal.append(frame(rows[1].close))
        journal.flush()
        seen.look()

        assert [] == seen.opens()
        assert rows == seen.receipts(())


def test_seconds_are_counted_by_account(real: Real) -> None:
    writer = real.writer()
    good = real.receipts(3, account=real.alice, writer=writer, settled_at=AT)
    bad = real.receipts(2, account=real.bob, writer=writer, settled_at=AT, outcome="timeout")
    with real.journal([*good, *bad]):
        seen = watch(real)

        assert Second(5, 2, 5_000_000, 75) == seen.recent(AT + SECOND, 10, None)
        assert Second(3, 0, 3_000_000, 45) == seen.recent(AT + SECOND, 10, {real.alice.id})
        assert Second() == seen.recent(AT + 60 * SECOND, 10, None)
