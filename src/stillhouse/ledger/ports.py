"""What a store must do. Rules here, machines elsewhere; `tests/store/conformance.py` is the judge.

A store is single-writer by transaction: every method that changes something is one transaction
that holds or does not, and each leaves an entry in the hash chain unless it says otherwise. Methods
raise `NotFoundError`, `ConflictError` or `UnavailableError` with a message for whoever must act.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol

from stillhouse.tariff import Tariff
from stillhouse.tariff.version import Refused, Version
from stillhouse.tenants import (
    Account,
    Budget,
    Directory,
    Key,
    Limits,
    MemberDefault,
    Project,
    Scope,
    Standing,
)
from stillhouse.units.instant import Instant, Span
from stillhouse.units.money import Pico


class NotFoundError(LookupError):
    """There is no such thing here."""


class ConflictError(ValueError):
    """This contradicts what is already recorded."""


class UnavailableError(RuntimeError):
    """The store cannot answer now (busy, full, unreadable). The failed change changed nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An append-only line. hash = SHA-256 over previous hash and canonical JSON of the rest."""

    number: int
    at: Instant
    kind: str
    actor: str
    body: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Balance:
    """One budget in one period. Free = limit - posted - leased, and is what a lease may take.

    posted: charges of sealed segments. leased: slices that gateways may still spend or have spent
    but not sealed. posted + leased <= limit, always, except by a provider's own over-report.
    """

    budget: str
    period: str
    posted: Pico
    leased: Pico


@dataclass(frozen=True, slots=True)
class Total:
    """Sums of receipts with everything that an invoice line needs in common. Sums are exact."""

    day: str
    account: str
    project: str
    key: str
    deployment: str
    model: str
    sale_tariff: str
    cost_tariff: str
    receipts: int
    usage: tuple[int, ...]
    charge: int
    cost: int
    unrated: int = 0
    """receipts that carry FLAG_UNRATED"""
    workload: str = ""
    cohort: str = ""
    """as the receipts say; a merge or a new name of a workload changes no total"""


@dataclass(frozen=True, slots=True)
class Segment:
    """A sealed batch of one writer. id = "w<writer>-<file>"; posting it twice changes nothing."""

    id: str
    writer: int
    file: int
    path: str
    sha256: str
    size: int
    receipts: int
    seq_min: int
    seq_max: int
    charge: int
    cost: int
    sealed_at: Instant
    totals: tuple[Total, ...] = field(default=(), repr=False)
    spent: Mapping[tuple[str, str, bool], int] = field(default_factory=dict, repr=False)
    """(budget id, period, held from this writer's lease) -> sum of charges"""


class Control(Protocol):
    """Accounts, keys, limits, standing. `at`: the shell's clock; `actor`: a person or command."""

    def create_account(self, name: str, *, at: Instant, actor: str) -> Account: ...
    def create_project(self, name: str, *, account: str, at: Instant, actor: str) -> Project: ...
    def create_key(  # the caller drew and digested the secret; the store never sees it
        self,
        *,
        digest: bytes,
        hint: str,
        account: str,
        project: str | None,
        name: str = "",
        models: Sequence[str] | None,
        expires_at: Instant | None,
        member: str = "",
        at: Instant,
        actor: str,
    ) -> Key:
        """Project None: the account's project "default", made when it does not exist yet.

        member: whose key it is; "": nobody's.
        """
        ...

    def revoke_key(self, key: str, *, when: Instant, at: Instant, actor: str) -> Key:
        """When in the future: the old key of an overlapping rotation still works until then."""
        ...

    def set_limits(
        self, scope: Scope, scope_id: str, limits: Limits, *, at: Instant, actor: str
    ) -> None: ...
    def set_budget(
        self,
        scope: Scope,
        scope_id: str,
        *,
        span: Span,
        limit: Pico,
        hard: bool,
        currency: str,
        amount: str,
        fx: str,
        at: Instant,
        actor: str,
    ) -> Budget:
        """One budget per (scope, span): set again changes its limit and keeps its balances.

        A new budget starts with what its scope has already posted in the current period.
        """
        ...

    def remove_budget(self, budget: str, *, at: Instant, actor: str) -> None: ...
    def member_defaults(self) -> list[MemberDefault]: ...
    def set_member_default(self, default: MemberDefault, *, at: Instant, actor: str) -> None: ...
    def remove_member_default(self, span: Span, *, at: Instant, actor: str) -> None: ...
    def set_standing(
        self, account: str, standing: Standing, *, reason: str, at: Instant, actor: str
    ) -> Account: ...
    def set_payment(self, account: str, payment: str, *, at: Instant, actor: str) -> Account:
        """What it pays with, as `tenants.payment_print`; "" takes it away. No reference itself."""
        ...

    def find_account(self, name_or_id: str) -> Account: ...
    def find_project(self, name_or_id: str, *, account: str) -> Project: ...
    def directory(self) -> Directory: ...
    def version(self) -> int:
        """Grows with every change of control state; cheap enough to ask twenty times a second."""
        ...


class Ledger(Protocol):
    """Leases, segments, balances, entries."""

    def register_writer(self, *, at: Instant) -> int: ...
    def lease(self, writer: int, budget: str, period: str, *, need: Pico, want: Pico) -> Pico:
        """Set aside between need and want for this writer: one conditional update, no entry.

        Returns the amount, or 0 when less than `need` is free; then also asks other writers, by
        a recall, to give back what they hold idle.
        """
        ...

    def give_back(self, writer: int, budget: str, period: str, amount: Pico) -> None: ...
    def recalls(self, since: int) -> tuple[int, list[tuple[str, str]]]:
        """(newest recall number, (budget, period) recalled after `since`)."""
        ...

    def balances(self) -> list[Balance]: ...
    def leases(self) -> dict[tuple[int, str, str], Pico]:
        """(writer, budget, period) -> what it still holds."""
        ...

    def post_segment(self, segment: Segment, *, at: Instant) -> bool:
        """Post totals, balances and entry in one transaction; False if it was posted before."""
        ...

    def segments(self) -> list[Segment]:
        """Without totals and spent."""
        ...

    def totals(self, *, account: str | None = None, month: str | None = None) -> list[Total]: ...
    def posted_days(self, since: int) -> tuple[int, list[str]]:
        """(newest posting, days whose totals a posting after `since` changed)."""
        ...

    def total_rows(self, day: str) -> list[tuple[Any, ...]]:
        """A day's totals as they are stored: the key, then counts, and amounts as decimal text.

        For whoever keeps columns: two million of them need no two million objects.
        """
        ...

    def release_writer(self, writer: int, *, at: Instant) -> None:
        """Its journals are all sealed and it will write no more: return its leases."""
        ...

    def writers(self) -> dict[int, bool]:
        """Writer -> released."""
        ...

    def entries(self, *, after: int = 0) -> Iterable[Entry]: ...


@dataclass(frozen=True, slots=True)
class LogCost:
    """What imported logs say that calls cost; amount: exact, in main units of `currency`.

    cost_tariff: of those calls' receipts; "" where the receipts themselves have no cost.
    """

    day: str
    account: str
    project: str
    provider: str
    model: str
    cost_tariff: str
    currency: str
    receipts: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What a provider says of one day and item; model and meter are "" where it does not say.

    amount: exact, in main units of `currency`; a count, with currency "", in a usage statement.
    """

    day: str
    item: str
    model: str
    meter: str
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """What was read from a provider's export. timezone: of its days, an IANA name."""

    source: str
    kind: Literal["costs", "usage"]
    format: str
    timezone: str
    lines: tuple[StatementLine, ...] = field(repr=False)
    imported_at: Instant | None = None


class Imports(Protocol):
    """What was read from other people's files."""

    def register_importer(self, *, source: str, log_format: str, at: Instant, actor: str) -> int:
        """A writer for imported calls; the entry says who imports what."""
        ...

    def importers(self) -> list[int]: ...
    def known_lines(self, identities: Sequence[bytes]) -> dict[bytes, bytes]:
        """Identity -> content of those lines that were counted before."""
        ...

    def post_import(
        self,
        segment: Segment,
        *,
        lines: Sequence[tuple[bytes, bytes]],
        costs: Iterable[LogCost],
        at: Instant,
    ) -> None:
        """Post a segment of imported calls with their lines' (identity, content): all or nothing.

        Raises ConflictError when any of the lines was counted before; then nothing is posted.
        """
        ...

    def log_costs(self, *, month: str | None = None) -> list[LogCost]: ...
    def add_statement(
        self, statement: Statement, *, digest: str, at: Instant, actor: str
    ) -> int | None:
        """Its number; None when a statement of this digest is there: then nothing changes."""
        ...

    def statements(self, *, month: str) -> list[Statement]:
        """Of each source, kind and day what the newest statement that covers the day says."""
        ...


class Prices(Protocol):
    """Tariffs by name, which of them the configuration names, and price versions."""

    def register_tariffs(self, tariffs: Iterable[Tariff], *, at: Instant) -> None:
        """So that receipts may name them. Registered again, nothing changes."""
        ...

    def tariffs(self) -> dict[str, Tariff]:
        """All that were ever registered, whether in force or not."""
        ...

    def configure_prices(self, tariffs: Iterable[Tariff], *, at: Instant) -> None:
        """These are the configuration's prices from now on; earlier ones stay known until now."""
        ...

    def known_prices(self, known_at: Instant | None = None) -> list[Tariff]:
        """Of the configuration and approved, as known then; None: as known now."""
        ...

    def approved_prices(self) -> list[Tariff]: ...
    def prices_count(self) -> int:
        """Grows when an approved price is added; moves `version` as well."""
        ...

    def propose_prices(
        self,
        rows: Iterable[Tariff],
        *,
        source: str,
        refused: Iterable[Refused] = (),
        at: Instant,
        actor: str,
    ) -> Version:
        """The same rows from the same source, still undecided, are the version that is there.

        Raises ConflictError: no rows, rows that contradict each other, or a currency that the sale
        book does not have; NotFoundError: a contract of an unknown account.
        """
        ...

    def approve_prices(self, version: str, *, at: Instant, actor: str) -> Version:
        """Approved before: nothing changes. Raises ConflictError: it contradicts what there is."""
        ...

    def reject_prices(self, version: str, *, reason: str, at: Instant, actor: str) -> Version: ...
    def price_version(self, version: str) -> Version:
        """Raises NotFoundError."""
        ...

    def price_versions(self) -> list[Version]:
        """The newest first."""
        ...


@dataclass(frozen=True, slots=True)
class WorkloadRow:
    """What was decided about one workload. id: as receipts say it; "" where nothing was."""

    account: str
    id: str
    name: str = ""
    merged_into: str = ""


class Workloads(Protocol):
    """Decisions about workloads; that one exists is known from totals."""

    def template_key(self) -> bytes:
        """32 bytes of this data folder alone, drawn when first asked for; never leave it."""
        ...

    def set_workload_default(
        self,
        scope: Literal["project", "key"],
        scope_id: str,
        workload: str,
        *,
        at: Instant,
        actor: str,
    ) -> None:
        """What calls are for that do not say it; "" removes the default."""
        ...

    def workloads(self, *, account: str | None = None) -> list[WorkloadRow]: ...
    def rename_workload(
        self, account: str, workload: str, name: str, *, at: Instant, actor: str
    ) -> None:
        """The empty name removes it. Raises ConflictError: taken in this account, or no label."""
        ...

    def merge_workload(
        self, account: str, workload: str, into: str, *, at: Instant, actor: str
    ) -> None:
        """Count one as the other. Merged so before: nothing changes. Raises ConflictError."""
        ...

    def split_workload(self, account: str, workload: str, *, at: Instant, actor: str) -> None:
        """Undo its merge. Raises NotFoundError when it is not merged."""
        ...

    def add_answers(
        self, samples: Mapping[tuple[str, str], str], merge: Callable[[str, str], str]
    ) -> None:
        """Keep samples of answers by (account, workload); merge: two samples' text -> one's."""
        ...

    def answers(self) -> dict[tuple[str, str], str]:
        """(account, workload) -> its sample."""
        ...


class Store(Control, Ledger, Imports, Prices, Workloads, Protocol):
    def close(self) -> None: ...
