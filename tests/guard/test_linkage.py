"""Links: strong ones alone, weak ones in two kinds, the same again from a cluster's own calls."""

from msgspec.structs import replace
from tests.guard.traffic import DAY, desk, harvest, see

from stillhouse.guard.linkage import clusters
from stillhouse.guard.signals import Signal


def accounts(**each: dict[str, str]) -> dict[str, list[Signal]]:
    return {
        name: see(desk(name, seed=n, calls=20, **more))
        for n, (name, more) in enumerate(each.items())
    }


def test_a_payment_alone_links() -> None:
    found = clusters(accounts(a={"payment": "p"}, b={"payment": "p"}, c={"payment": "q"}))

    assert [("a", "b")] == [c.accounts for c in found]
    strong = {(link.kind, link.strength) for link in found[0].links if link.strength == "strong"}
    assert {("payment", "strong")} == strong


def test_a_network_or_a_client_alone_does_not() -> None:
    late = [replace(s, at=s.at + 9 * DAY) for s in see(desk("b", seed=1, ip="192.0.2.9"))]

    assert [] == clusters({**accounts(a={"ip": "192.0.2.1"}), "b": late})
    assert [] == clusters(accounts(a={"client": "x"}, b={"client": "x"}))


def test_a_network_and_a_client_do() -> None:
    same = {"ip": "192.0.2.1", "client": "x"}

    assert [("a", "b")] == [c.accounts for c in clusters(accounts(a=same, b=same))]


def test_addresses_that_name_nobody_link_nobody() -> None:
    same = {"ip": "10.0.0.1", "client": "x"}

    assert [] == clusters(accounts(a=same, b=same))


def test_shards_in_the_same_hours_link_without_any_infrastructure() -> None:
    heads = {f"h{n}": see(harvest(f"h{n}", seed=n, calls=20)) for n in range(12)}

    assert [tuple(sorted(heads))] == [c.accounts for c in clusters(heads)]


def test_a_cluster_is_found_again_from_its_own_calls() -> None:
    heads = {f"h{n}": see(harvest(f"h{n}", seed=n, calls=20, payment="p")) for n in range(70)}
    others = {f"b{n}": see(desk(f"b{n}", seed=n, calls=20)) for n in range(20)}
    whole = next(c for c in clusters({**heads, **others}) if "h0" in c.accounts)

    assert [whole.accounts] == [c.accounts for c in clusters({n: heads[n] for n in whole.accounts})]
