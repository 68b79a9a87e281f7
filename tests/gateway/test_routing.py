"""Routing: what a name leads to, in which order, and at whose prices."""

from hypothesis import given
from hypothesis import strategies as st
from tests.gateway.rig import Rig, Stub

from stillhouse.gateway.routing import Leg, Routing, Way
from stillhouse.tariff import PriceBook, Tariff, tariff
from stillhouse.tariff.book import FAR
from stillhouse.tariff.prices import Book, changed
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


def test_a_leg_names_the_terms_in_force_until_others_are() -> None:
    asked = []

    def terms(path: str, model: str, weights: str, now: Instant) -> tuple[str, Instant]:
        asked.append((path, model, weights))
        return ("t@1", Instant(10)) if now < 10 else ("t@2", FAR)

    found = Provider(name="p", kind=ProviderKind.OPENAI, base_url="http://h", path="self-hosted")
    deployment = Deployment(name="d", provider="p", model="m", weights="llama-3.1")
    way = Way(deployment, Stub(Rig(), found), PriceBook([]), terms)

    assert ["t@1", "t@1", "t@2"] == [way.at(Instant(now)).terms for now in (1, 9, 10)]
    assert [("self-hosted", "m", "llama-3.1")] * 2 == asked


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


def leg_of(*tariffs: Tariff, tier: str | None = None, account: str = "", region: str = "") -> Leg:
    deployment = Deployment(name="d", provider="p", model="m", region=region)
    return Way(deployment, stub(), PriceBook(tariffs)).at(Instant(50), account, tier)


def test_a_contracted_price_is_in_the_leg_of_its_account_alone() -> None:
    book = PriceBook([price("sale", 0, 10), changed(price("sale", 0, 7), account="acct_1")])
    way = Way(Deployment(name="d", provider="p", model="m"), stub(), book)

    found = [way.at(Instant(1), account).sale for account in ("acct_1", "acct_2", "acct_3")]
    assert [7, 10, 10] == [sale and sale.price(Meter.INPUT) for sale in found]
    assert way.at(Instant(1), "acct_2") is way.at(Instant(1), "acct_3")


def test_a_deployments_region_chooses_its_price() -> None:
    rows = (price("sale", 0, 10), changed(price("sale", 0, 11), region="eu"))

    found = [leg_of(*rows, region=region).sale for region in ("", "eu", "us")]
    assert [10, 11, 10] == [sale and sale.price(Meter.INPUT) for sale in found]


def test_a_leg_says_what_a_call_ended_at_in_both_books() -> None:
    dear = changed(price("sale", 0, 30), tier="priority")
    long, cost = changed(price("sale", 0, 20), above=100), price("cost", 0, 5)
    leg = leg_of(price("sale", 0, 10), dear, long, cost)

    assert (price("sale", 0, 10), cost, True) == leg.ended(100, "default")
    assert (long, cost, True) == leg.ended(101, None)
    assert (dear, cost, True) == leg.ended(101, "priority")
    assert (price("sale", 0, 10), cost, False) == leg.ended(1, "flex")
    assert 30 * 200 == leg.bound(200, 0)


def test_what_clients_make_up_is_not_kept() -> None:
    way = Way(
        Deployment(name="d", provider="p", model="m"), stub(), PriceBook([price("sale", 0, 1)])
    )
    for n in range(100):
        assert way.at(Instant(1), "", f"tier-{n}").sale is None

    assert 0 == len(way._legs)
