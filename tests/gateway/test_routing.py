"""Routing: what a name leads to, in which order, and at whose prices."""

from hypothesis import given
from hypothesis import strategies as st
from tests.gateway.rig import Rig, Stub

from stillhouse.gateway.routing import Routing, Way
from stillhouse.tariff import PriceBook, Tariff, tariff
from stillhouse.tariff.prices import Book
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Meter
from stillhouse.wire.deployment import Deployment, Provider, ProviderKind
from stillhouse.wire.paths import METERED, Surface


def stub(kind: ProviderKind = ProviderKind.OPENAI) -> Stub:
    return Stub(Rig(), Provider(name="p", kind=kind, base_url="http://h"))


def price(book: Book, day: int, each: int) -> Tariff:
    return tariff(book=book, model="m", valid_from=Instant(day), prices={Meter.INPUT: each})


@given(
    st.dictionaries(st.integers(0, 20), st.integers(1, 9), max_size=6),
    st.dictionaries(st.integers(0, 20), st.integers(1, 9), max_size=6),
    st.lists(st.integers(0, 25), min_size=1, max_size=12),
)
def test_a_leg_has_the_prices_in_force_and_keeps_them(
    sale: dict[int, int], cost: dict[int, int], moments: list[int]
) -> None:
    book = PriceBook(
        [price("sale", day, each) for day, each in sale.items()]
        + [price("cost", day, each) for day, each in cost.items()]
    )
    way = Way(Deployment(name="d", provider="p", model="m"), stub(), book)
    seen = []
    for now in sorted(moments):
        leg = way.at(Instant(now))
        expected = [
            dated[max(day for day in dated if day <= now)]
            if min(dated, default=99) <= now
            else None
            for dated in (sale, cost)
        ]
        found = [None if t is None else t.price(Meter.INPUT) for t in (leg.sale, leg.cost)]
        assert expected == found
        assert leg is way.at(Instant(now)), "nothing is looked up twice"
        seen.append((leg, found))

    for leg, found in seen:
        assert found == [None if t is None else t.price(Meter.INPUT) for t in (leg.sale, leg.cost)]


def test_a_plan_is_the_deployment_and_its_fallbacks_in_order() -> None:
    deployments = {
        "a": Deployment(name="a", provider="p", model="m", fallbacks=("c", "b")),
        "b": Deployment(name="b", provider="p", model="m"),
        "c": Deployment(name="c", provider="p", model="m"),
    }
    one = stub()
    routing = Routing(deployments=deployments, upstream=lambda _: one, book=PriceBook())

    assert ["a", "c", "b"] == [way.deployment.name for way in routing.plans["a"]]
    assert ["b"] == [way.deployment.name for way in routing.plans["b"]]
    assert ["a", "b", "c"] == routing.names()


def test_every_metered_surface_has_a_kind_of_provider_that_answers_it() -> None:
    answered: set[Surface] = set()
    for kind in ProviderKind:
        way = Way(Deployment(name="d", provider="p", model="m"), stub(kind), PriceBook())
        surfaces = way.at(Instant(0)).surfaces
        assert (Surface.MESSAGES in surfaces) == (kind is ProviderKind.ANTHROPIC)
        answered |= surfaces

    assert METERED == answered
