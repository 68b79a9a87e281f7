"""Sealed and unsealed together, at one moment: sums, searches, one call's story.

    watch.look ─► totals and what is posted, of one posting ─► unsealed receipts of the other files

The posting counter is read before and after: when it stayed, both are of the same state.
"""

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stillhouse.compose.watch import Second, Watch
from stillhouse.console.views import Days
from stillhouse.ledger.fold import fold
from stillhouse.ledger.ports import Store, Total
from stillhouse.ledger.receipt import Open, Receipt
from stillhouse.store.calls import CallFiles, Page, Wanted
from stillhouse.store.rollups import Rolled, Rollups
from stillhouse.store.sqlite_desk import SQLiteDesk
from stillhouse.units.instant import Instant

_STEADY = 20
_NEVER = 2**62


@dataclass(frozen=True, slots=True)
class Story:
    """segment "": not sealed yet."""

    receipt: Receipt
    attempts: list[Receipt]
    segment: str = ""
    sha256: str = ""
    sealed_at: Instant | None = None


class Newest:
    """One data folder's receipts, whole, for a process that answers many questions."""

    def __init__(
        self, store: Store, desk: SQLiteDesk, files: CallFiles, watch: Watch, rollups: Rollups
    ) -> None:
        self._store, self._desk, self._files = store, desk, files
        self._watch, self._rollups = watch, rollups
        self._lock = threading.Lock()

    def sums(
        self, by: Sequence[str], days: Days, *, only: Mapping[str, Collection[str]]
    ) -> list[Rolled]:
        return self.asked(by, first=days.first, last=days.last, only=only)

    def asked(
        self,
        by: Sequence[str],
        *,
        first: str,
        last: str,
        only: Mapping[str, str | Collection[str]] | None = None,
    ) -> list[Rolled]:
        """The same, for whoever computes from sums (`compose.explain.Asked`)."""
        with self._lock:
            tail = self._steady()
            return self._rollups.sums(by, first=first, last=last, only=only, tail=tail)

    def _steady(self) -> list[Total]:
        """Bring the totals up to date; what they lack, folded."""
        self._watch.look()
        for _ in range(_STEADY):
            before = self._posting()
            self._rollups.refresh()
            posted = self._desk.posted_among(self._watch.segments())
            if before == self._posting():
                break
        tail = fold(self._watch.receipts(posted))
        self._watch.drop(posted)
        return tail

    def _posting(self) -> int:
        return self._store.posted_days(_NEVER)[0]

    def search(self, wanted: Wanted) -> Page:
        """A file that is sealed meanwhile is in both; the search keeps one of each number."""
        self._watch.look()
        posted = self._desk.posted_among(self._watch.segments())
        return self._files.search(wanted, self._watch.receipts(posted))

    def story(self, writer: int, seq: int) -> Story | None:
        self._watch.look()
        tail = [r for r in self._watch.receipts(()) if r.writer == writer]
        fresh = next((r for r in tail if r.open.seq == seq), None)
        sealed = self._files.one(writer, seq)
        receipt = sealed[0] if sealed else fresh
        if receipt is None:
            return None
        attempts = {r.open.seq: r for r in tail if r.open.call == receipt.open.call}
        attempts |= {r.open.seq: r for r in self._files.attempts(receipt)}
        attempts[seq] = receipt
        ordered = [attempts[n] for n in sorted(attempts)]
        if sealed is None:
            return Story(receipt, ordered)
        segment = sealed[1].segment
        sha256, sealed_at = self._desk.segment_facts(segment)
        return Story(receipt, ordered, segment, sha256, sealed_at)

    def opens(self) -> list[tuple[int, Open]]:
        self._watch.look()
        return self._watch.opens()

    def recent(self, now: Instant, over_s: int, accounts: Collection[str] | None) -> Second:
        return self._watch.recent(now, over_s, accounts)

    def outcomes(self, start: Instant) -> list[tuple[Any, ...]]:
        return self._files.recent(start)

    def unsealed(self) -> list[Receipt]:
        self._watch.look()
        return self._watch.receipts(self._desk.posted_among(self._watch.segments()))

    def learn(self) -> None:
        """What the first question would have to wait for."""
        self._files.learn()
        with self._lock:
            self._rollups.refresh()

    def close(self) -> None:
        self._files.close()
        self._rollups.close()
