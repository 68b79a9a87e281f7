"""What a console process holds, and what each part of a desk starts from.

Several connections to the one database: the control store for reads and changes, the register for
who may sign in, so that neither waits for the other's lock.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stillhouse.compose.books import Books
from stillhouse.compose.desks.proof import Proof
from stillhouse.compose.lately import Lately
from stillhouse.compose.newest import Newest
from stillhouse.compose.shelf import Shelf
from stillhouse.compose.stores import WholeStore
from stillhouse.config.settings import Settings
from stillhouse.console.roles import Who
from stillhouse.console.student_views import Opportunities
from stillhouse.ledger.ports import NotFoundError
from stillhouse.store.sqlite_desk import SQLiteDesk
from stillhouse.store.vault import Vault
from stillhouse.tenants import Directory
from stillhouse.units.instant import Instant

CURRENCY = "USD"
"""of prices, charges, costs, holds and budgets; invoices convert"""


@dataclass(slots=True)
class Parts:
    """One for the process. settings: replaced whole when the configuration is read again."""

    data: Path
    store: WholeStore
    register: SQLiteDesk
    books: Books
    newest: Newest
    vault: Callable[[], Vault]
    """opened when a key is first sealed, so that a folder without kept keys has no key file"""
    settings: Settings
    console_url: str
    gateway_url: str
    shelf: Shelf
    keys_changed: Callable[[], None] = lambda: None
    """tells the supervisor that a provider's key is another one"""
    proof: Proof = field(default_factory=Proof)
    opportunities: Lately[Opportunities] = field(
        default_factory=lambda: Lately(seconds=60.0, most=16)
    )
    _directory: Directory | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def directory(self) -> Directory:
        """The whole directory, read anew when something changed."""
        with self._lock:
            if self._directory is None or self._directory.version != self.store.version():
                self._directory = self.store.directory()
            return self._directory

    def close(self) -> None:
        self.newest.close()
        self.register.close()
        self.store.close()

    def workload_names(self) -> Mapping[str, str]:
        """Workload id -> the name that a person gave it, in whichever account."""
        return {row.id: row.name for row in self.store.workloads() if row.name}


class Part:
    """A subject of one request's desk. Its accounts are those that the person may see."""

    def __init__(self, parts: Parts, who: Who, at: Instant) -> None:
        self.parts, self._who, self._at = parts, who, at

    @property
    def who(self) -> Who:
        return self._who

    @property
    def at(self) -> Instant:
        return self._at

    @property
    def gateway_url(self) -> str:
        return self.parts.gateway_url

    def deployment_names(self) -> list[str]:
        return sorted(self.parts.settings.deployments)

    def account_id(self, name_or_id: str) -> str:
        """Raises NotFoundError, also for one that exists and is not his to see."""
        directory = self.parts.directory()
        found = directory.accounts.get(name_or_id)
        if found is None:
            named = [a for a in directory.accounts.values() if a.name == name_or_id]
            found = named[0] if named else None
        if found is None or not self._who.sees(found.id):
            raise NotFoundError(f"no account {name_or_id}; the page of accounts shows yours")
        return found.id
