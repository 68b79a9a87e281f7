"""What a store must do with what guard sees and decides; judged by `tests/store/case_rules.py`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from stillhouse.ledger.ports import Entry
from stillhouse.tenants import Standing
from stillhouse.units.instant import Instant


@dataclass(frozen=True, slots=True)
class Event:
    """An entry that is not written yet."""

    kind: str
    at: Instant
    body: Mapping[str, Any]
    actor: str


@dataclass(frozen=True, slots=True)
class Stand:
    """What a case makes of an account. notice: the account is told of the case with each call.

    until: when the standing ends by itself, also where nobody writes that it has.
    """

    account: str
    standing: Standing
    reason: str = ""
    until: Instant | None = None
    notice: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """What an account's calls are for, agreed with a person of the house by name.

    calls_a_day: more than that on a day are not covered. until: when it ends.
    """

    account: str
    purpose: Literal["evaluation"]
    calls_a_day: int
    until: Instant
    agreed_by: str


class Cases(Protocol):
    """What guard saw and did. Signals and findings leave no entry; everything in a case does."""

    def declare_purpose(self, declared: Declared, *, reason: str, at: Instant, actor: str) -> None:
        """In the place of what the account had declared before. Raises ConflictError."""
        ...

    def purposes(self) -> dict[str, Declared]:
        """By account; also what has ended."""
        ...

    def add_signals(self, rows: Iterable[tuple[str, Instant, bytes]]) -> None:
        """(account, time of the call, signal). Of each account the newest few are kept."""
        ...

    def signals(self, *, after: int = 0) -> list[tuple[int, str, bytes]]:
        """(number, account, signal) of what came after number `after`, oldest first."""
        ...

    def keep_findings(self, findings: Mapping[str, str], *, at: Instant) -> None:
        """Subject (an account, or a cluster by its accounts) -> its newest finding."""
        ...

    def findings(self) -> dict[str, tuple[Instant, str]]: ...
    def write_case(
        self,
        case: str,
        events: Sequence[Event],
        *,
        last: int,
        stands: Iterable[Stand] = (),
        bundles: Mapping[str, str] | None = None,
    ) -> list[Entry]:
        """Entries, standings and bundles (digest -> text) of one case: all or nothing.

        last: number of the case's last entry as the caller knew it, 0 for a new case. What an
        operator did to an account by hand stays: a case only takes back what it did itself.
        Raises ConflictError: the case has moved on; read it again.
        """
        ...

    def case_entries(self, case: str) -> list[Entry]:
        """Oldest first. Raises NotFoundError."""
        ...

    def cases(self, *, account: str | None = None) -> list[str]:
        """The newest first; of this account only."""
        ...

    def suspended(self) -> dict[str, str]:
        """Account -> the case that has suspended it; not those that a person has by hand."""
        ...

    def bundle(self, digest: str) -> str:
        """Raises NotFoundError."""
        ...
