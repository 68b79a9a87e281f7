"""What the console shows about money that is settled later: invoices, prices, revenue, why.

As in `views`: whole pico-units of `currency`, instants in UTC, ratios in millionths (ppm), so that
no figure is a float. Amounts on an invoice are decimal text, rounded as the invoice says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from stillhouse.billing.document import Document
from stillhouse.console.views import Days
from stillhouse.console.written import At, Money

# -- invoices

InvoiceAct = Literal["draft", "approve", "finalise", "credit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow:
    """One month of one account, or a credit note. number: "" until it is finalised.

    state: open, draft, approved, finalised, credited. acts: what may be done next.
    total: in `currency`; None while it is open and a rate is missing (then `problem` says so).
    """

    id: str
    account: str
    account_name: str
    month: str
    kind: str
    state: str
    number: str
    currency: str
    total: str | None
    issued_at: At | None
    due: str
    acts: tuple[InvoiceAct, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceView:
    """document: exactly what is or will be sent. history: (moment, state, actor)."""

    row: InvoiceRow
    document: Document
    history: tuple[tuple[At, str, str], ...] = ()


# -- prices


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """unit_price: decimal text in `currency` for `unit` ("1000000 tokens", "request")."""

    id: str
    book: str
    model: str
    meter: str
    unit: str
    unit_price: str
    currency: str
    valid_from: At
    known_from: At | None
    source: str
    account: str = ""
    """a contracted price of this account; "": the list price"""
    details: Mapping[str, str] = field(default_factory=dict)
    """tier, region, context band and the like, where they apply"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """before is None for a new price, after is None for one that ends. ppm: (after-before)/before.

    affected: sum of charges of this month's calls to the model, in pico-units of `currency`.
    """

    model: str
    meter: str
    book: str
    unit: str
    before: str | None
    after: str | None
    ppm: int | None
    currency: str
    affected: Money = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceVersion:
    """state: proposed, approved, rejected. refused: rows that cannot be represented exactly."""

    id: str
    state: str
    source: str
    made_by: str
    made_at: At
    decided_by: str
    decided_at: At | None
    rows: int
    refused: tuple[str, ...]
    changes: tuple[PriceChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What one call would be charged, by the same function as the bill.

    lines: (meter, quantity, unit price or None, exact pico-units).
    """

    model: str
    at: At
    lines: tuple[tuple[str, int, str | None, Money], ...]
    charge: Money
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerating:
    """What a correction would change, before anyone makes it.

    invoices: (invoice number, account name, currency, difference as decimal text).
    """

    receipts: int
    before: Money
    after: Money
    currency: str
    invoices: tuple[tuple[str, str, str, str], ...]


# -- workloads, why, revenue


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadRow:
    """One task. named_by: declared, found or a person. growth_ppm: on the period before.

    trend: charge per day over the period, oldest first. output: "closed labels", "fixed JSON",
    "free text" or "". labels: how many, for closed labels. cacheable_ppm: share of input tokens
    that a cache could serve; None: unknown.
    """

    id: str
    name: str
    named_by: str
    accounts: tuple[str, ...]
    calls: int
    tokens_in: int
    tokens_out: int
    charge: Money
    currency: str
    share_ppm: int
    growth_ppm: int | None
    latency_p50_us: int | None
    output: str
    labels: int | None
    cacheable_ppm: int | None
    trend: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a bridge. kind: volume, mix, price, fx, new, lost."""

    kind: str
    what: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """Why the bill changed: before + the sum of steps = after, exactly."""

    month: str
    month_before: str
    before: Money
    after: Money
    currency: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """To the end of the month. days: (day, expected, low, high) of the days to come.

    error_ppm: the back-tested error of this method on months that have ended; None: too few.
    """

    month: str
    so_far: Money
    expected: Money
    low: Money
    high: Money
    currency: str
    error_ppm: int | None
    days: tuple[tuple[str, Money, Money, Money], ...]
    method: str
    as_of: At


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One account's part. growth_ppm: on the period before; None: there was none."""

    account: str
    account_name: str
    charge: Money
    cost: Money
    share_ppm: int
    growth_ppm: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revenue:
    """hhi: Herfindahl-Hirschman index in points, 0 to 10,000; without: without the largest.

    finalised: months whose every invoice is final; open months are marked in `months`, which are
    (month, amount, still open). Growth in ppm; None where there is nothing to compare with.
    """

    days: Days
    currency: str
    whole: Money
    shares: tuple[Share, ...]
    hhi: int
    hhi_without_largest: int
    month_on_month_ppm: int | None
    year_on_year_ppm: int | None
    months: tuple[tuple[str, Money, bool], ...]
    as_of: At


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What the provider says against what we metered. ppm: ours / theirs."""

    provider: str
    day: str
    model: str
    meter: str
    ours: int
    theirs: int
    capture_ppm: int | None
    unit: str
