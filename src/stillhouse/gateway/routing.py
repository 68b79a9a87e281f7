"""Deployments with their providers and the tariffs in force: what a model name in a request means.

One Routing is built from one Settings and never changes but for the tariffs' dates; a reload builds
another, and calls in flight keep the one they began with.
"""

from collections.abc import Callable, Mapping

from stillhouse.gateway.ports import Upstream
from stillhouse.tariff import PriceBook, Tariff, UnpricedModelError
from stillhouse.units.instant import Instant
from stillhouse.wire.deployment import Deployment, ProviderKind
from stillhouse.wire.paths import METERED, Surface

ANTHROPIC_SURFACES = frozenset({Surface.MESSAGES, Surface.COUNT_TOKENS})
OPENAI_SURFACES = METERED - ANTHROPIC_SURFACES


class Leg:
    """One deployment, ready to be dispatched to. Tariffs are looked up again when they may change.

    sale: None means unpriced: refuse. cost: None means that we do not know what the provider bills.
    """

    __slots__ = (
        "_book",
        "_until",
        "cost",
        "deployment",
        "provider",
        "sale",
        "surfaces",
        "upstream",
    )

    def __init__(self, deployment: Deployment, upstream: Upstream, book: PriceBook) -> None:
        self.deployment = deployment
        self.upstream = upstream
        self.provider = upstream.provider
        anthropic = self.provider.kind is ProviderKind.ANTHROPIC
        self.surfaces = ANTHROPIC_SURFACES if anthropic else OPENAI_SURFACES
        self.sale: Tariff | None = None
        self.cost: Tariff | None = None
        self._book = book
        self._until = Instant(-1)

    def at(self, now: Instant) -> "Leg":
        if now >= self._until:
            self._look_up(now)
        return self

    def _look_up(self, now: Instant) -> None:
        model, book = self.deployment.priced_as, self._book
        self.sale = self.cost = None
        try:
            self.sale = book.at("sale", model, now)
        except UnpricedModelError:
            self.sale = None
        try:
            self.cost = book.at("cost", model, now)
        except UnpricedModelError:
            self.cost = None
        self._until = min(
            book.valid_until("sale", model, now), book.valid_until("cost", model, now)
        )


class Routing:
    """deployment name -> its legs in order: itself, then its fallbacks."""

    def __init__(
        self,
        *,
        deployments: Mapping[str, Deployment],
        upstream: Callable[[str], Upstream],
        book: PriceBook,
    ) -> None:
        legs = {
            name: Leg(deployment, upstream(deployment.provider), book)
            for name, deployment in deployments.items()
        }
        self.plans: dict[str, tuple[Leg, ...]] = {
            name: (leg, *(legs[f] for f in leg.deployment.fallbacks)) for name, leg in legs.items()
        }

    def names(self) -> list[str]:
        return sorted(self.plans)
