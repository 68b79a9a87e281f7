"""Deployments with their providers and the tariffs in force: what a model name in a request means.

One Routing is built from one Settings and never changes but for the tariffs' dates; a reload builds
another, and calls in flight keep the one they began with.
"""

from collections.abc import Callable, Mapping

from stillhouse.gateway.ports import Upstream
from stillhouse.ledger.receipt import Outcome
from stillhouse.tariff import Book, Offer, PriceBook, Tariff, UnpricedModelError, bound
from stillhouse.tariff.book import FAR
from stillhouse.units.instant import Instant
from stillhouse.wire.deployment import DECLINED, Deployment, ProviderKind
from stillhouse.wire.paths import METERED, Surface
from stillhouse.wire.tiers import tier

ANTHROPIC_SURFACES = frozenset({Surface.MESSAGES, Surface.COUNT_TOKENS})
OPENAI_SURFACES = METERED - ANTHROPIC_SURFACES
STUDENT_SURFACES = frozenset({Surface.CHAT})
SURFACES = {
    ProviderKind.ANTHROPIC: ANTHROPIC_SURFACES,
    ProviderKind.STUDENT: STUDENT_SURFACES,
}
"""What a kind of provider speaks; every other one speaks OpenAI's."""
EVERYBODY = "*"
Terms = Callable[[str, str, str, Instant], tuple[str, Instant]]
"""(access path, model, licence of weights, now) -> the version in force, and when another may be"""


def no_terms(_path: str, _model: str, _weights: str, _now: Instant) -> tuple[str, Instant]:
    """Where there is no registry: receipts name nothing, and what is not named is denied."""
    return "", FAR


class Leg:
    """One deployment at the prices of one admission, ready to be dispatched to. Never changes.

    sale: what is named before the call; None means unpriced: refuse. cost: None means that we do
        not know what the provider bills.
    sales: every sale price that the call may end at; None where `sale` is the only one.
    student: it may decline a call, which then goes to the next leg.
    terms: the version of its provider's terms in force, as receipts name it.
    varies: a call may end at another tariff than `sale` and `cost`: ask `ended`.
    until: when these prices or terms may be others.
    """

    __slots__ = (
        "_costs",
        "_sales",
        "cost",
        "currency",
        "deployment",
        "provider",
        "sale",
        "sales",
        "student",
        "surfaces",
        "terms",
        "until",
        "upstream",
        "varies",
    )

    def __init__(
        self,
        deployment: Deployment,
        upstream: Upstream,
        book: PriceBook,
        now: Instant,
        *,
        account: str = "",
        tier: str | None = None,
        terms: Terms = no_terms,
    ) -> None:
        """tier: as the request asked for it; None when it left that to the provider."""
        self.deployment = deployment
        self.upstream = upstream
        self.provider = upstream.provider
        kind = self.provider.kind
        self.surfaces = SURFACES.get(kind, OPENAI_SURFACES)
        self.student = kind is ProviderKind.STUDENT
        model = deployment.priced_as

        def offer(which: Book, payer: str) -> Offer | None:
            try:
                return book.offer(
                    *(which, model, now),
                    known_at=now,
                    account=payer,
                    region=deployment.region,
                    tier=tier,
                )
            except UnpricedModelError:
                return None

        sales, costs = self._sales, self._costs = offer("sale", account), offer("cost", "")
        self.sale = None if sales is None else sales.tariff
        self.cost = None if costs is None else costs.tariff
        self.sales = None if sales is None or sales.single else sales
        self.varies = self.sales is not None or not (costs is None or costs.single)
        self.currency = b"USD" if self.sale is None else self.sale.currency.encode()
        self.terms, other = terms(self.provider.path, deployment.model, deployment.weights, now)
        sold = book.valid_until("sale", model, now)
        self.until = min(sold, book.valid_until("cost", model, now), other)

    def said_no(self, status: int) -> Outcome:
        """What an answer of this error status is: a student's decline is no failure."""
        return "escalated" if self.student and status == DECLINED else "refused"

    def bound(self, tokens_in: int, tokens_out: int) -> int:
        """The most that a call can be charged, whatever it ends at; 0 where nothing is priced."""
        sale, sales = self.sale, self.sales
        if sales is not None:
            return sales.bound(tokens_in, tokens_out)
        return 0 if sale is None else bound(tokens_in, tokens_out, sale)

    def ended(self, tokens_in: int, said: str | None) -> tuple[Tariff | None, Tariff | None, bool]:
        """The tariffs of a call that ended so, and whether its service tier has a sale price.

        said: the service tier, as the answer names it.
        """
        served, sale, cost, priced = tier(said), self.sale, self.cost, True
        if self._sales is not None:
            sale, priced = self._sales.ended(tokens_in, served)
        if self._costs is not None:
            cost, _ = self._costs.ended(tokens_in, served)
        return sale, cost, priced


class Way:
    """One deployment through time: its legs of now are looked up again when a price may change.

    A call in flight keeps the leg that it was admitted with, and so its prices.
    """

    __slots__ = ("_book", "_legs", "_terms", "_upstream", "deployment", "provider")

    def __init__(
        self,
        deployment: Deployment,
        upstream: Upstream,
        book: PriceBook,
        terms: Terms = no_terms,
    ) -> None:
        self.deployment = deployment
        self.provider = upstream.provider
        self._upstream = upstream
        self._book = book
        self._terms = terms
        self._legs: dict[tuple[str, str | None], Leg] = {}

    def offered(self, account: str) -> bool:
        """Whether this account may call it by its name."""
        accounts = self.deployment.accounts
        if not accounts:
            return self.provider.kind is not ProviderKind.STUDENT
        return account in accounts or EVERYBODY in accounts

    def at(self, now: Instant, account: str = "", tier: str | None = None) -> Leg:
        """account: who pays, for contracted prices. tier: see Leg."""
        if account and not self._book.contracted(account, self.deployment.priced_as):
            account = ""
        leg = self._legs.get((account, tier))
        if leg is None or now >= leg.until:
            leg = Leg(
                self.deployment,
                self._upstream,
                self._book,
                now,
                account=account,
                tier=tier,
                terms=self._terms,
            )
            if leg.sale is not None or not tier:  # what clients make up is not kept
                self._legs[account, tier] = leg
        return leg


class Routing:
    """deployment name -> its ways in order: itself, then its fallbacks."""

    def __init__(
        self,
        *,
        deployments: Mapping[str, Deployment],
        upstream: Callable[[str], Upstream],
        book: PriceBook,
        terms: Terms = no_terms,
    ) -> None:
        self.ways = ways = {
            name: Way(deployment, upstream(deployment.provider), book, terms)
            for name, deployment in deployments.items()
        }
        self.plans: dict[str, tuple[Way, ...]] = {
            name: (way, *(ways[f] for f in way.deployment.fallbacks)) for name, way in ways.items()
        }

    def names(self) -> list[str]:
        return sorted(self.plans)
