"""How far the chain of entries was followed, for a process that is asked again and again.

It is checked from its beginning once and then only onward: entries are append-only, and each holds
the hash of the one before it, so a change of an old one breaks the chain for whoever starts anew.
"""

import threading
from dataclasses import dataclass, field

from stillhouse.ledger.entries import check
from stillhouse.ledger.ports import Entry, Store

AT_ONCE = 1_000


@dataclass(slots=True)
class Proof:
    """last: the newest entry that is proved. broken_at: 0 while the chain holds."""

    last: Entry | None = None
    broken_at: int = 0
    what: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def follow(self, store: Store) -> None:
        with self._lock:
            page: list[Entry] = []
            for entry in store.entries(after=self.last.number if self.last else 0):
                page.append(entry)
                if len(page) == AT_ONCE:
                    self._add(page)
                    page = []
                if self.broken_at:
                    return
            self._add(page)

    def _add(self, page: list[Entry]) -> None:
        if not page or self.broken_at:
            return
        broken = check(page, after=self.last)
        if broken is None:
            self.last = page[-1]
        else:
            self.broken_at, self.what = broken.number, broken.what
