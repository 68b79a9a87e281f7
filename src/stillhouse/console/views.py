"""What the console shows, as values. Every figure carries its period, its currency and its moment.

Amounts are whole pico-units of `currency`, never floats; instants are microseconds in UTC; days are
UTC days, "2026-11-23", first and last both included. Durations are microseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from stillhouse.console.written import At, Counts, Money
from stillhouse.tenants.people import Member as Member  # noqa: PLC0414 - shown as it is
from stillhouse.units.instant import Span

Dimension = Literal[
    "day", "month", "account", "project", "key", "deployment", "model", "provider", "workload"
]


@dataclass(frozen=True, slots=True)
class Days:
    """first and last are both in it."""

    first: str
    last: str


# -- sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """keys: ids, in the order of `Sums.by`; names: what people call them, beside it.

    usage: in the order of `units.usage.METERS`. receipts: attempts that were settled.
    """

    keys: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    receipts: int = 0
    usage: Counts = ()
    charge: Money = 0
    cost: Money = 0
    unrated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """rows: dearest first, or in order of time when `by` begins with day or month.

    whole: the sum of all rows, also of those that a limit left out. still_open: the period has not
    ended, so it will grow. as_of: the moment at which it was right.
    """

    by: tuple[Dimension, ...]
    days: Days
    currency: str
    rows: tuple[Sum, ...]
    whole: Sum
    as_of: At
    still_open: bool


# -- calls


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQuery:
    """Which receipts. None and "" mean any. end is left out; newest first.

    before: `Calls.more` of the page before. text: an account's, project's or model's name, a
    receipt's id ("w7-1234") or a key's hint.
    """

    start: At
    end: At
    account: str = ""
    project: str = ""
    key: str = ""
    deployment: str = ""
    model: str = ""
    provider: str = ""
    workload: str = ""
    outcome: str = ""
    status: int | None = None
    problems: bool = False
    """only those that did not end well"""
    limit: int = 100
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One receipt: one attempt, settled. first_byte_us is None when there was no byte.

    call: the id of the call's first attempt; attempts of one call share it.
    """

    id: str
    call: str
    admitted_at: At
    settled_at: At
    account: str
    account_name: str
    project: str
    project_name: str
    key: str
    key_hint: str
    deployment: str
    provider: str
    model: str
    surface: str
    stream: bool
    status: int
    outcome: str
    witness: str
    flags: tuple[str, ...]
    first_byte_us: int | None
    latency_us: int
    usage: Counts
    charge: Money
    cost: Money
    hold: Money
    currency: str
    sale_tariff: str
    cost_tariff: str
    budgets: tuple[str, ...]
    workload: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """more: give it as `CallQuery.before` for the next page; "" when this is the last.

    cut: the search stopped at its limit of receipts read; narrow the period, or ask for more.
    """

    rows: tuple[Call, ...]
    more: str
    as_of: At
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A point of a call's life. what: one of the words below; note: for people, may be empty."""

    at: At
    what: Literal["admitted", "held", "first_byte", "settled", "charged", "sealed"]
    attempt: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStory:
    """One call in full. segment: the file that it is sealed in and its hash; empty: not yet."""

    receipt: Call
    attempts: tuple[Call, ...]
    timeline: tuple[Moment, ...]
    segment: str = ""
    segment_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """A call that was admitted and is not settled."""

    id: str
    admitted_at: At
    age_us: int
    account: str
    account_name: str
    project: str
    project_name: str
    key: str
    key_hint: str
    deployment: str
    provider: str
    model: str
    surface: str
    stream: bool
    hold: Money
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveNow:
    """Over the last `over_s` seconds, all gateways together."""

    at: At
    over_s: int
    calls: int
    errors: int
    in_flight: int
    charge: Money
    tokens: int
    oldest_us: int
    currency: str


# -- tenants


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetState:
    """A budget in its current period. written: what its author typed, in his currency."""

    id: str
    scope: str
    scope_id: str
    scope_name: str
    account: str
    span: Span
    period: str
    hard: bool
    limit: Money
    posted: Money
    leased: Money
    free: Money
    currency: str
    written: str
    written_currency: str
    fx: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What is at stake when an account is suspended. share is in millionths of `whole`."""

    account: str
    account_name: str
    month: str
    charge: Money
    whole: Money
    share_ppm: int
    in_flight: int
    keys: int
    committed: Money
    currency: str
    as_of: At


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """secret: shown once, now, and never again."""

    id: str
    secret: str = field(repr=False)
    hint: str
    account: str
    project: str


# -- providers


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One deployment's recent receipts. state: idle when there were none.

    Percentiles are of completed calls, None when there were none.
    """

    deployment: str
    provider: str
    model: str
    priced_as: str
    fallbacks: tuple[str, ...]
    state: Literal["well", "failing", "down", "idle"]
    calls: int
    errors: int
    latency_p50_us: int | None
    latency_p95_us: int | None
    first_byte_p50_us: int | None
    first_byte_p95_us: int | None
    last_at: At | None
    last_outcome: str
    last_status: int
    over_s: int
    sale_price: bool
    cost_price: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderState:
    """key_from: where its key is; key_hint: its last four characters, when it is kept here."""

    name: str
    kind: str
    base_url: str
    deployments: tuple[str, ...]
    key_from: Literal["configuration", "store", "none"]
    key_hint: str
    key_changed_at: At | None
    key_tested_at: At | None
    key_works: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTest:
    """A real call to the provider's list of models."""

    provider: str
    works: bool
    status: int
    latency_us: int
    models: tuple[str, ...]
    found: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpriced:
    """Calls that were refused because nobody has priced their model (402)."""

    deployment: str
    model: str
    calls: int
    last_at: At


# -- audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry of the ledger. proved: its hash follows from the one before it."""

    number: int
    at: At
    kind: str
    actor: str
    body: Mapping[str, object]
    previous: str
    hash: str
    proved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """entries: how many there are; broken_at: 0 when the whole chain holds."""

    entries: int
    head: str
    broken_at: int
    what: str
    as_of: At


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing that `verify` found wrong."""

    kind: str
    found: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The answer of `stillhouse verify`."""

    ok: bool
    receipts: int
    lost: int
    duplicated: int
    mispriced: int
    open_holds: int
    in_flight: int
    problems: tuple[Found, ...]
    as_of: At


# -- people


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """url is known only at the moment it is made; then only its digest is kept."""

    id: str
    role: str
    accounts: tuple[str, ...]
    made_by: str
    created_at: At
    expires_at: At
    used_at: At | None
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineToken:
    """secret: shown once, when it is made."""

    id: str
    name: str
    role: str
    accounts: tuple[str, ...]
    hint: str
    created_at: At
    expires_at: At | None
    revoked_at: At | None
    seen_at: At | None
    secret: str = field(default="", repr=False)
