"""What the console may ask and do. `compose.house` keeps these promises over the real stores.

    House ── desk(who) ─► Desk     one person's or machine's: what he sees and does, in his name
          ├─ people                members, invitations, sessions, sign-in links, tokens
          └─ live()                the newest figures, for the stream

A Desk is made for each request. It shows only the accounts that its person belongs to (an account
that he may not see is *not found*, so that nobody can probe for names) and each change leaves an
entry with his name. Whether he may ask at all is decided before, by `roles`, in the `gate`.

Every method blocks; none takes long (a second at most at 100 million receipts, but `verify`). They
raise the errors of `ledger.ports`: NotFoundError, ConflictError, UnavailableError, each with a
sentence that says how to mend it; and `NotHereError` for what this installation does not do.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from stillhouse.billing.document import Document
from stillhouse.console.guard_views import CaseView, SeenView
from stillhouse.console.money_views import (
    Bridge,
    Capture,
    Forecast,
    InvoiceRow,
    InvoiceView,
    PriceRow,
    PriceVersion,
    Quote,
    Rerating,
    Revenue,
    WorkloadRow,
)
from stillhouse.console.roles import Role, Who
from stillhouse.console.student_views import (
    Opportunities,
    ReleaseFile,
    ReleaseView,
    RunFile,
    RunView,
    StudentView,
)
from stillhouse.console.terms_views import TermsMatrix, TermsWay
from stillhouse.console.views import (
    BudgetState,
    CallQuery,
    Calls,
    CallStory,
    Chain,
    Days,
    Dimension,
    Exposure,
    Flight,
    Health,
    Invitation,
    KeyTest,
    Line,
    LiveNow,
    MachineToken,
    Member,
    NewKey,
    ProviderState,
    Sums,
    Unpriced,
    Verified,
)
from stillhouse.tenants import (
    Account,
    Directory,
    Key,
    Limits,
    MemberDefault,
    Project,
    Scope,
    Standing,
)
from stillhouse.units.instant import Instant, Span


class NotHereError(LookupError):
    """This installation does not do this (yet); the message says what it needs."""


class UsageDesk(Protocol):
    """What was used and what happened."""

    def sums(
        self,
        by: Sequence[Dimension],
        days: Days,
        *,
        only: Mapping[Dimension, str | Collection[str]] | None = None,
        limit: int | None = None,
    ) -> Sums:
        """Charges, costs and tokens by up to four dimensions. only: keep this id, or these, alone.

        From the ledger's totals and what is not sealed yet; right at any moment.
        """
        ...

    def leading(
        self,
        by: Dimension,
        of: Dimension,
        days: Days,
        *,
        only: Mapping[Dimension, str | Collection[str]] | None = None,
    ) -> Mapping[str, tuple[str, int]]:
        """Id of `by` -> the name of the dearest of `of` in it, and how many it has."""
        ...

    def calls(self, query: CallQuery) -> Calls: ...
    def call(self, receipt: str) -> CallStory:
        """receipt: its id, "w7-1234", as the header `x-stillhouse-receipt` said."""
        ...

    def flying(self) -> list[Flight]:
        """Calls in flight, oldest first."""
        ...

    def live(self) -> LiveNow: ...
    def workloads(self, days: Days, *, account: str = "") -> list[WorkloadRow]: ...
    def answers(self, workloads: Collection[str]) -> Mapping[str, tuple[str, int | None]]:
        """Workload -> (kind of its answers, how many labels); only those that are known."""
        ...

    def rename_workload(self, workload: str, name: str) -> None: ...
    def merge_workloads(self, workloads: Sequence[str], into: str) -> None: ...
    def bridge(self, month: str, *, account: str = "") -> Bridge: ...
    def forecast(self, month: str, *, account: str = "") -> Forecast: ...


class TenantsDesk(Protocol):
    """Accounts, projects, keys, limits, budgets, standing."""

    def directory(self) -> Directory:
        """Only what its person sees. Has accounts, projects, keys and budgets by id."""
        ...

    def create_account(self, name: str) -> Account: ...
    def create_project(self, name: str, *, account: str) -> Project: ...
    def create_key(
        self,
        *,
        account: str,
        project: str = "",
        name: str = "",
        models: Sequence[str] = (),
        expires_at: Instant | None = None,
        member: str = "",
    ) -> NewKey:
        """Project "": the account's default project. models (): all deployments.

        member: whose key it is; of somebody with role member it is always his own.
        """
        ...

    def revoke_key(self, key: str, *, when: Instant | None = None) -> Key: ...
    def rotate_key(self, key: str, *, overlap_s: int) -> NewKey: ...
    def set_limits(self, scope: Scope, scope_id: str, limits: Limits) -> Limits: ...
    def budgets(self, *, account: str = "") -> list[BudgetState]: ...
    def set_budget(
        self,
        scope: Scope,
        scope_id: str,
        *,
        span: Span,
        amount: str,
        hard: bool,
        currency: str = "USD",
        fx: str = "1",
    ) -> BudgetState:
        """amount: decimal text in `currency`; fx: units of `currency` for one US dollar."""
        ...

    def remove_budget(self, budget: str) -> None: ...
    def member_defaults(self) -> list[MemberDefault]:
        """Budgets that whoever joins with role member gets for himself."""
        ...

    def set_member_default(
        self, span: Span, *, amount: str, hard: bool, currency: str = "USD", fx: str = "1"
    ) -> MemberDefault: ...
    def remove_member_default(self, span: Span) -> None: ...
    def exposure(self, account: str) -> Exposure:
        """What is at stake; shown before anybody presses suspend."""
        ...

    def set_standing(self, account: str, standing: Standing, *, reason: str) -> Account: ...


class ProvidersDesk(Protocol):
    """Who serves, how well, and with which keys."""

    def health(self, *, over_s: int = 3600) -> list[Health]: ...
    def providers(self) -> list[ProviderState]: ...
    def set_provider_key(self, provider: str, secret: str) -> ProviderState:
        """Add or rotate; kept encrypted, used by every gateway within a second."""
        ...

    def remove_provider_key(self, provider: str) -> ProviderState:
        """Back to what the configuration says."""
        ...

    def test_provider(self, provider: str, *, secret: str = "") -> KeyTest:
        """Ask its list of models with this key; "": with the one in use."""
        ...

    def unpriced(self) -> list[Unpriced]:
        """Deployments whose calls are refused for want of a price, as far as that is recorded."""
        ...


class MoneyDesk(Protocol):
    """Invoices, prices, revenue, reconciliation."""

    def invoices(self, *, account: str = "", month: str = "") -> list[InvoiceRow]: ...
    def invoice(self, ident: str) -> InvoiceView: ...
    def preview(
        self, account: str, month: str, *, currency: str = "", fx: str = "", language: str = ""
    ) -> Document: ...
    def draft(self, account: str, month: str) -> InvoiceView: ...
    def approve(self, ident: str) -> InvoiceView: ...
    def finalise(self, ident: str) -> InvoiceView: ...
    def credit(self, ident: str, *, lines: Mapping[int, str], reason: str) -> InvoiceView:
        """lines: number of a line -> amount to take back, decimal text; empty: all of it."""
        ...

    def invoice_pdf(self, ident: str, *, language: str = "") -> bytes: ...
    def invoice_file(self, ident: str, form: str, *, language: str = "") -> tuple[str, str, bytes]:
        """(file name, media type, content) of one document.

        form: pdf, json, csv, focus-csv, focus-parquet or beancount.
        """
        ...

    def prices(self, *, model: str = "", book: str = "") -> list[PriceRow]: ...
    def price_versions(self) -> list[PriceVersion]: ...
    def price_version(self, ident: str) -> PriceVersion: ...
    def propose_price(
        self, model: str, *, book: str, unit_prices: Mapping[str, str], valid_from: Instant
    ) -> PriceVersion:
        """unit_prices: meter -> decimal text for a million tokens (or one request)."""
        ...

    def approve_prices(self, ident: str) -> PriceVersion: ...
    def reject_prices(self, ident: str, *, reason: str) -> PriceVersion: ...
    def quote(self, model: str, usage: Mapping[str, int], *, at: Instant | None = None) -> Quote:
        """usage: meter -> count."""
        ...

    def rerate(self, ident: str) -> Rerating:
        """What approving this version would change."""
        ...

    def revenue(self, days: Days) -> Revenue: ...
    def captured(self, days: Days) -> list[Capture]: ...


class GuardDesk(Protocol):
    """Guard's cases; what accounts are told of them."""

    def cases(self, *, account: str = "", open_only: bool = False) -> list[CaseView]:
        """What needs somebody comes first."""
        ...

    def case(self, ident: str) -> CaseView: ...
    def seen(self) -> list[SeenView]:
        """Findings of which no case came, the strongest first."""
        ...

    def decide_case(self, ident: str, step: str, *, reason: str, proof: bool = False) -> CaseView:
        """step: hold, suspend, lift or dismiss, in this person's name."""
        ...

    def answer_appeal(self, ident: str, *, granted: bool, reason: str) -> CaseView: ...
    def notices(self) -> list[CaseView]:
        """Cases that this person's accounts are told of."""
        ...

    def appeal_case(self, ident: str, *, reason: str) -> CaseView: ...


class TermsDesk(Protocol):
    """What outputs may be used for."""

    def terms_matrix(self) -> TermsMatrix: ...
    def terms_way(self, path: str, model: str, weights: str = "") -> TermsWay: ...


class StudentsDesk(Protocol):
    """What could be owned, what was trained, and what answers in a teacher's place."""

    def opportunities(
        self, month: str, *, one_off: str = "", node_month: str = ""
    ) -> Opportunities:
        """one_off, node_month: what owning costs, decimal text in USD; "": what is usual."""
        ...

    def runs(self) -> list[RunView]:
        """The newest first."""
        ...

    def run(self, ident: str) -> RunFile: ...
    def students(self) -> list[StudentView]: ...
    def student(self, ident: str) -> StudentView: ...
    def student_file(self, ident: str, name: str) -> tuple[str, bytes]:
        """(media type, content) of card.json, card.md or bom.json."""
        ...

    def releases(self) -> list[ReleaseView]:
        """Live ones first."""
        ...

    def release(self, ident: str) -> ReleaseFile: ...
    def move_release(
        self,
        ident: str,
        stage: str,
        *,
        share_ppm: int | None = None,
        reason: str,
        forced: bool = False,
    ) -> ReleaseView:
        """stage: canary, cut_over or rolled_back. forced: without the evidence."""
        ...


class AuditDesk(Protocol):
    def entries(
        self, *, before: int = 0, limit: int = 100, kind: str = "", actor: str = ""
    ) -> list[Line]:
        """Newest first; before: only numbers below this one."""
        ...

    def chain(self) -> Chain: ...
    def verify(self) -> Verified:
        """All checks over all receipts: seconds to minutes."""
        ...


class PeopleDesk(Protocol):
    """Who may sign in. Only an owner is let near it."""

    def members(self) -> list[Member]: ...
    def set_member(self, member: str, *, role: Role, accounts: Sequence[str] = ()) -> Member: ...
    def end_member(self, member: str) -> Member:
        """He is signed out everywhere, at once. The last owner cannot be ended."""
        ...

    def invitations(self) -> list[Invitation]: ...
    def invite(self, role: Role, *, accounts: Sequence[str] = (), hours: int = 72) -> Invitation:
        """The link is in the answer, once."""
        ...

    def withdraw_invitation(self, ident: str) -> None: ...
    def tokens(self) -> list[MachineToken]: ...
    def create_token(
        self,
        name: str,
        *,
        role: Role,
        accounts: Sequence[str] = (),
        expires_at: Instant | None = None,
    ) -> MachineToken: ...
    def revoke_token(self, ident: str) -> None: ...


class Desk(
    UsageDesk,
    TenantsDesk,
    ProvidersDesk,
    MoneyDesk,
    GuardDesk,
    TermsDesk,
    StudentsDesk,
    AuditDesk,
    PeopleDesk,
    Protocol,
):
    """Everything that one person's request may ask and do."""

    @property
    def who(self) -> Who: ...
    @property
    def at(self) -> Instant:
        """The moment of the request, UTC."""
        ...

    @property
    def gateway_url(self) -> str:
        """Where clients call, "http://127.0.0.1:8080", for the first-request guide."""
        ...

    def deployment_names(self) -> list[str]: ...


class House(Protocol):
    def desk(self, who: Who, *, at: Instant) -> Desk: ...
    def version(self) -> int:
        """Grows with every change; cheap."""
        ...
