"""Prices as the command line and the admin API ask for them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stillhouse.compose import prices
from stillhouse.compose.stores import open_store
from stillhouse.ledger.ports import ConflictError, NotFoundError, Store
from stillhouse.tariff import Tariff, UnpricedModelError, tariff
from stillhouse.tariff.version import WHEN_APPROVED, Refused
from stillhouse.units.instant import SECOND, Instant
from stillhouse.units.usage import Meter, Usage

T0, T1, T2 = (Instant(seconds * SECOND) for seconds in (1_000, 2_000, 3_000))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path, create=True)) as made:
        yield made


def price(each: int, **terms: object) -> Tariff:
    given = {"book": "sale", "model": "m", "valid_from": WHEN_APPROVED, **terms}
    return tariff(prices={Meter.INPUT: each}, **given)  # type: ignore[arg-type]


def put(store: Store, at: Instant, *rows: Tariff) -> str:
    made = prices.propose(store, rows, source="s", at=at, actor="ann").version
    assert made is not None
    return prices.approve(store, made.id, at=at, actor="bob").id


def test_a_quote_is_by_what_was_known_then(store: Store) -> None:
    put(store, T0, price(1, valid_from=T0))
    put(store, T1, price(5, valid_from=T0))
    usage = Usage(input=10)

    def quoted(at: Instant, known_at: Instant | None) -> int:
        return prices.quote(store, usage, model="m", at=at, known_at=known_at).charge

    assert [10, 50, 50] == [quoted(T0, T0), quoted(T0, T1), quoted(T0, None)]
    with pytest.raises(UnpricedModelError):
        quoted(T0, Instant(T0 - 1))


def test_what_is_in_force_is_told_by_account_book_and_model(store: Store) -> None:
    account = store.create_account("a", at=T0, actor="ann").id
    other = store.create_account("b", at=T0, actor="ann").id
    rows = [
        price(10),
        price(7, account=account),
        price(8, account=other),
        price(4, book="cost"),
        price(3, model="n"),
    ]
    put(store, T0, *rows)

    def told(**which: object) -> list[int]:
        found = prices.in_force(store, at=T1, **which)  # type: ignore[arg-type]
        return sorted(t.price(Meter.INPUT) or 0 for t in found)

    assert [3, 4, 7, 8, 10] == told()
    assert [3, 4, 7, 10] == told(account=account)
    assert [4] == told(book="cost")
    assert [3] == told(model="n")
    assert [] == told(known_at=Instant(T0 - 1))


def test_what_is_in_force_already_is_not_proposed(store: Store) -> None:
    put(store, T0, price(1), price(2, model="n"))
    refused = [Refused("x", "by the second")]
    both = prices.propose(
        store, [price(1), price(2, model="n")], source="s", refused=refused, at=T1, actor="ann"
    )
    one = prices.propose(store, [price(1), price(3, model="n")], source="s", at=T1, actor="ann")

    assert (None, 2, tuple(refused)) == (both.version, both.same, both.refused)
    assert one.version is not None
    assert (1, ["n"]) == (one.same, [row.model for row in one.version.rows])


def test_a_diff_follows_what_is_in_force_until_it_is_decided(store: Store) -> None:
    first = prices.propose(store, [price(5)], source="s", at=T0, actor="ann").version
    assert first is not None
    put(store, T1, price(2))

    def told() -> list[tuple[str, int | None]]:
        return [(c.kind, c.before.get("input")) for c in prices.diff(store, first.id, at=T2)]

    assert [("changed", 2)] == told()
    prices.reject(store, first.id, reason="no", at=T2, actor="bob")
    assert [("new", None)] == told(), "as it was when it was proposed"


def test_rows_that_contradict_each_other_are_a_conflict(store: Store) -> None:
    with pytest.raises(ConflictError, match="two sale prices"):
        prices.propose(store, [price(1), price(2)], source="s", at=T0, actor="ann")
    with pytest.raises(ConflictError, match="above = 0"):
        prices.propose(store, [price(1, above=5)], source="s", at=T0, actor="ann")


def test_a_price_that_no_receipt_can_name_is_not_found(store: Store) -> None:
    with pytest.raises(NotFoundError, match="no price t_none"):
        prices.find(store, "t_none")
