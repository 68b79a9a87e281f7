"""Deployments with their providers and the tariffs in force: what a model name in a request means.

One Routing is built from one Settings and never changes but for the tariffs' dates; a reload builds
another, and calls in flight keep the one they began with.
"""

from collections.abc import Callable, Mapping

from stillhouse.gateway.ports import Upstream
from stillhouse.tariff import PriceBook, Tariff, UnpricedModelError
from stillhouse.tariff.prices import Book
from stillhouse.units.instant import Instant
from stillhouse.wire.deployment import Deployment, ProviderKind
from stillhouse.wire.paths import METERED, Surface

ANTHROPIC_SURFACES = frozenset({Surface.MESSAGES, Surface.COUNT_TOKENS})
OPENAI_SURFACES = METERED - ANTHROPIC_SURFACES


class Leg:
    """One deployment at the prices of one admission, ready to be dispatched to. Never changes.

    sale: None means unpriced: refuse. cost: None means that we do not know what the provider bills.
    until: when these prices may be others.
    """

    __slots__ = (
        "cost",
        "currency",
        "deployment",
        "provider",
        "sale",
        "surfaces",
        "until",
        "upstream",
    )

    def __init__(
        self, deployment: Deployment, upstream: Upstream, book: PriceBook, now: Instant
    ) -> None:
        self.deployment = deployment
        self.upstream = upstream
        self.provider = upstream.provider
        anthropic = self.provider.kind is ProviderKind.ANTHROPIC
        self.surfaces = ANTHROPIC_SURFACES if anthropic else OPENAI_SURFACES
        model = deployment.priced_as
        self.sale = _in_force(book, "sale", model, now)
        self.currency = b"USD" if self.sale is None else self.sale.currency.encode()
        self.cost = _in_force(book, "cost", model, now)
        self.until = min(book.valid_until("sale", model, now), book.valid_until("cost", model, now))


class Way:
    """One deployment through time: its leg of now is looked up again when a price may change.

    A call in flight keeps the leg that it was admitted with, and so its prices.
    """

    __slots__ = ("_book", "_leg", "_upstream", "deployment", "provider")

    def __init__(self, deployment: Deployment, upstream: Upstream, book: PriceBook) -> None:
        self.deployment = deployment
        self.provider = upstream.provider
        self._upstream = upstream
        self._book = book
        self._leg = Leg(deployment, upstream, book, Instant(0))

    def at(self, now: Instant) -> Leg:
        leg = self._leg
        if now >= leg.until:
            leg = self._leg = Leg(self.deployment, self._upstream, self._book, now)
        return leg


def _in_force(book: PriceBook, which: Book, model: str, now: Instant) -> Tariff | None:
    try:
        return book.at(which, model, now)
    except UnpricedModelError:
        return None


class Routing:
    """deployment name -> its ways in order: itself, then its fallbacks."""

    def __init__(
        self,
        *,
        deployments: Mapping[str, Deployment],
        upstream: Callable[[str], Upstream],
        book: PriceBook,
    ) -> None:
        ways = {
            name: Way(deployment, upstream(deployment.provider), book)
            for name, deployment in deployments.items()
        }
        self.plans: dict[str, tuple[Way, ...]] = {
            name: (way, *(ways[f] for f in way.deployment.fallbacks)) for name, way in ways.items()
        }

    def names(self) -> list[str]:
        return sorted(self.plans)
