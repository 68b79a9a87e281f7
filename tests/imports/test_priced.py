"""An imported call costs what the prices of its moment say, and is never free for want of one."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.imports.test_stillhouse import parsed

from stillhouse.imports.call import Call
from stillhouse.imports.priced import NO_PRICE, Priced
from stillhouse.ledger.receipt import FLAG_NO_CHARGE, FLAG_UNRATED, FLAG_ZERO_RATED, Close, Open
from stillhouse.ledger.rules import charge_due, cost_due
from stillhouse.tariff import Book, PriceBook, Tariff, tariff
from stillhouse.tariff.prices import UNPRICED
from stillhouse.tenants.key import is_imported
from stillhouse.units.instant import Instant
from stillhouse.units.usage import NOTHING, Meter, Usage

CALL = parsed()
SOON = Instant(CALL.at + 1_000_000)


def priced(book: Book, price: int, since: int = 0, **more: object) -> Tariff:
    return tariff(
        book=book,
        model="gpt-4o",
        valid_from=Instant(since),
        prices={Meter.INPUT: price, Meter.OUTPUT: 4 * price},
        **more,  # type: ignore[arg-type]
    )


BOOK = [priced("sale", 5), priced("sale", 7, SOON), priced("cost", 3)]


def halves(call: Call, *tariffs: Tariff) -> tuple[Open, Close]:
    return Priced(PriceBook(tariffs)).halves(
        call, seq=1, account="acct_1", project="proj_1", workload="w"
    )


def test_a_call_is_priced_at_its_own_moment() -> None:
    pricing = Priced(PriceBook(BOOK))
    charges = [
        pricing.halves(
            msgspec.structs.replace(CALL, at=at), seq=1, account="a", project="p", workload=""
        )[1].charge
        for at in (SOON - 1, SOON, SOON - 1, SOON + 10**9)
    ]

    assert [(9 + 4 * 3) * price for price in (5, 7, 5, 7)] == charges


@given(st.integers(0, 5_000), st.integers(0, 5_000), st.booleans(), st.booleans())
def test_money_follows_from_the_record_as_verify_asks(
    tokens_in: int,
    tokens_out: int,
    known: bool,  # noqa: FBT001 # drawn
    free: bool,  # noqa: FBT001 # drawn
) -> None:
    used = Usage(input=tokens_in, output=tokens_out, requests=1)
    call = msgspec.structs.replace(CALL, usage=used, free=free)
    opened, closed = halves(call, *(BOOK if known else ()))
    by_id = {t.id: t for t in (*BOOK, NO_PRICE)}
    sale, cost = by_id[opened.sale_tariff], by_id.get(opened.cost_tariff)  # type: ignore[index, call-overload]

    assert charge_due(used, closed.flags, sale) == closed.charge
    assert cost_due(used, closed.flags, cost) == closed.cost
    assert bool(closed.flags & FLAG_UNRATED) == (not known and not free)
    assert bool(closed.flags & FLAG_ZERO_RATED) == free


def test_no_price_prices_nothing() -> None:
    opened, closed = halves(CALL)

    assert {UNPRICED} == set(NO_PRICE.prices)
    assert (NO_PRICE.id, "", 0, 0) == (
        opened.sale_tariff,
        opened.cost_tariff,
        closed.charge,
        closed.cost,
    )


def test_a_refused_call_costs_nobody_anything_and_misses_no_price() -> None:
    refused = msgspec.structs.replace(
        CALL, outcome="refused", status=400, usage=NOTHING, witness="none"
    )
    _, closed = halves(refused)

    assert (FLAG_NO_CHARGE, 0, 0, 400) == (
        closed.flags,
        closed.charge,
        closed.cost,
        closed.status,
    )


def test_contracts_batches_tiers_and_bands_have_their_own_prices() -> None:
    book = [
        priced("sale", 10),
        priced("sale", 20, above=100),
        priced("sale", 1, account="acct_1"),
        priced("sale", 5, batch=True),
        priced("sale", 6, tier="flex"),
    ]
    pricing = Priced(PriceBook(book))
    large = Usage(input=101, requests=1)

    def charged(account: str, **changes: object) -> int:
        call = msgspec.structs.replace(CALL, **changes)
        return pricing.halves(call, seq=1, account=account, project="p", workload="")[1].charge

    assert [210, 21, 105, 126, 101 * 20] == [
        charged("acct_2"),
        charged("acct_1"),
        charged("acct_2", batch=True),
        charged("acct_2", tier="flex"),
        charged("acct_2", usage=large),
    ]


@pytest.mark.parametrize("key", ["k1", ""])
def test_its_key_says_that_it_was_imported(key: str) -> None:
    opened, _ = halves(msgspec.structs.replace(CALL, key=key))

    assert f"import:{key or '-'}" == opened.key
    assert is_imported(opened.key)
    assert (0, (), "w") == (opened.hold, opened.budgets, opened.workload)
