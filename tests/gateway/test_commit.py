"""Group commit: what is dispatched is written, what is released is on disk, and order is kept."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.gateway.rig import BODY, HandJournal, Rig, VirtualLoop

from stillhouse.gateway.commit import BUSY, BUSY_PACE_S, PACE_S, Committer


class Ends:
    """A journal whose disk is one number."""

    writer = 1

    def __init__(self, loop: VirtualLoop) -> None:
        self.committer = Committer(loop, on_broken=self.broken)  # type: ignore[arg-type]
        self.committer.attach(self)
        self.pending = self.written = self.synced = 0
        self.asked: list[int] = []
        self.full = False
        self.reasons: list[str] = []

    def broken(self, reason: str) -> None:
        self.reasons.append(reason)

    def next_seq(self) -> int:
        return 1

    def append(self, frame: bytes) -> None:
        self.pending += len(frame)

    def flush(self) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        self.written += self.pending
        self.pending = 0
        return self.written

    def sync(self, position: int) -> None:
        self.asked.append(position)


class Committing(RuleBasedStateMachine):
    """Calls append in any order; the disk ends when it likes, and further than it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualLoop()
        self.journal = Ends(self.loop)
        self.committer = self.journal.committer
        self.appended = 0
        self.due: list[int] = []
        self.released: list[int] = []
        self.undispatched: list[int] = []
        self.dispatched: list[int] = []

    @rule(size=st.integers(1, 9))
    def opens(self, size: int) -> None:
        self.appended += size
        end = self.appended
        self.undispatched.append(end)

        def dispatch() -> None:
            assert end <= self.journal.written
            self.dispatched.append(end)

        self.committer.open(b"x" * size, dispatch)

    @rule(size=st.integers(1, 9))
    def closes(self, size: int) -> None:
        self.appended += size
        end = self.appended
        self.due.append(end)

        def release() -> None:
            assert end <= self.journal.synced
            self.released.append(end)

        self.committer.close(b"x" * size, release)

    @rule(size=st.integers(1, 9))
    def appends(self, size: int) -> None:
        self.appended += size
        self.committer.append(b"x" * size)

    @rule()
    def turn(self) -> None:
        self.loop.turn()

    @rule()
    def time_passes(self) -> None:
        self.loop.pass_time(PACE_S)

    @precondition(lambda self: self.journal.asked)
    @rule()
    def disk_ends(self) -> None:
        self._on_disk(self.journal.asked.pop(0))

    @precondition(lambda self: self.journal.written > self.journal.synced)
    @rule()
    def disk_ends_unasked(self) -> None:
        """A rotation syncs the old file and the new one, whoever asked."""
        self._on_disk(self.journal.written)

    def _on_disk(self, position: int) -> None:
        if position > self.journal.synced:
            self.journal.synced = position
            self.committer.synced_from_thread(position)

    @invariant()
    def order_is_kept(self) -> None:
        assert self.released == self.due[: len(self.released)]
        assert self.dispatched == self.undispatched[: len(self.dispatched)]

    @invariant()
    def who_waits_is_being_synced(self) -> None:
        assert self.committer.idle or not self.journal.reasons

    def teardown(self) -> None:
        for _ in range(len(self.due) + 3):
            self.loop.pass_time(1.0)
            while self.journal.asked:
                self._on_disk(self.journal.asked.pop(0))
        self.loop.pass_time(1.0)

        assert self.due == self.released
        assert self.undispatched == self.dispatched
        assert self.committer.idle


TestCommitting = Committing.TestCase
TestCommitting.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


def test_a_turn_writes_once_and_one_sync_serves_all_who_wait() -> None:
    loop = VirtualLoop()
    journal = Ends(loop)
    released: list[int] = []
    for number in range(10):
        journal.committer.close(b"x", lambda number=number: released.append(number))  # type: ignore[misc]
    loop.turn()

    assert [10] == journal.asked
    journal.committer.synced_from_thread(10)
    loop.turn()
    assert list(range(10)) == released


def test_answers_of_a_later_turn_share_the_next_sync() -> None:
    loop = VirtualLoop()
    journal = Ends(loop)
    released: list[int] = []
    for number in range(5):
        journal.committer.close(b"x", lambda number=number: released.append(number))  # type: ignore[misc]
        loop.turn()
    assert [1] == journal.asked
    journal.committer.synced_from_thread(1)
    loop.pass_time(PACE_S)

    assert [0] == released
    assert [1, 5] == journal.asked


def test_the_next_sync_waits_longer_when_many_answers_wait() -> None:
    loop = VirtualLoop()
    journal = Ends(loop)
    journal.committer.close(b"x", lambda: None)
    loop.turn()
    for _ in range(BUSY):
        journal.committer.close(b"x", lambda: None)
    loop.turn()
    journal.committer.synced_from_thread(1)

    loop.pass_time(PACE_S)
    assert [1] == journal.asked
    loop.pass_time(BUSY_PACE_S)
    assert [1, 1 + BUSY] == journal.asked


def test_a_full_disk_admits_and_acknowledges_nothing_more() -> None:
    rig = Rig(budgets={"b": 10**9})
    client, other = rig.connect(), rig.connect()
    client.ask()
    rig.attempts[0].answer()
    rig.journal.error = OSError(28, "No space left on device")
    other.ask()

    assert 1 == len(rig.attempts), "what was not written is not dispatched"
    rig.journal.sync_all()
    rig.loop.pass_time(1)
    assert b"" == bytes(client.transport.out) + bytes(other.transport.out)
    assert client.transport.closed
    assert other.transport.closed
    assert [("journal_broken", {"message": "[Errno 28] No space left on device"})] == rig.logged
    late = rig.connect()
    late.ask()
    assert 503 == late.reply.status
    late.send(b"GET /ready HTTP/1.1\r\nhost: x\r\n\r\n")
    assert b"journal cannot be written" in late.replies[1].body


def test_a_failed_sync_is_final_and_told_once() -> None:
    loop = VirtualLoop()
    journal = Ends(loop)
    released: list[int] = []
    journal.committer.close(b"x", lambda: released.append(1))
    loop.turn()
    for _ in range(2):
        journal.committer.failed_from_thread(OSError(5, "Input/output error"))
    journal.committer.close(b"x", lambda: released.append(2))
    loop.pass_time(1)

    assert ["[Errno 5] Input/output error"] == journal.reasons
    assert [] == released


def test_nothing_reaches_the_provider_before_its_open_record_is_written() -> None:
    rig = Rig()
    client = rig.connect()
    client.connection.data_received(
        b"POST /v1/chat/completions HTTP/1.1\r\nauthorization: Bearer sk-sh-"
        + b"0" * 64
        + b"\r\ncontent-length: %d\r\n\r\n" % len(BODY)
        + BODY
    )
    assert ([], []) == (rig.attempts, rig.journal.opens)
    rig.loop.turn()

    assert (1, 1) == (len(rig.attempts), len(rig.journal.opens))
    assert isinstance(rig.journal, HandJournal)
