"""What every store does with prices: known when, proposed, approved once, never edited."""

from contextlib import closing
from dataclasses import replace

import pytest
from tests.store.house import AT, WHO, Factory, House, Rules

from stillhouse.ledger.entries import check
from stillhouse.ledger.ports import ConflictError, NotFoundError, Store
from stillhouse.tariff import PriceBook, Tariff, tariff
from stillhouse.tariff.prices import changed
from stillhouse.tariff.version import NOTICE, WHEN_APPROVED, Refused
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Meter

LATER = Instant(AT + 10)
MUCH_LATER = Instant(AT + 20)


def price(each: int, **terms: object) -> Tariff:
    given = {"book": "sale", "model": "m", "valid_from": Instant(5), **terms}
    return tariff(prices={Meter.INPUT: each}, **given)  # type: ignore[arg-type]


def soon(each: int, **terms: object) -> Tariff:
    return price(each, valid_from=WHEN_APPROVED, **terms)


class PriceRules(Rules):
    """Part of `Conformance`."""

    def test_the_configurations_prices_are_known_while_it_names_them(self, store: Store) -> None:
        store.configure_prices([price(1), price(7, model="n")], at=AT)
        store.configure_prices([price(2, valid_from=Instant(6)), price(7, model="n")], at=LATER)

        def known(at: Instant | None) -> set[int | None]:
            return {t.price(Meter.INPUT) for t in store.known_prices(at)}

        assert set() == known(Instant(AT - 1))
        assert {1, 7} == known(AT) == known(Instant(LATER - 1))
        assert {2, 7} == known(LATER) == known(None)
        assert 3 == len(store.tariffs()), "receipts may name what is no longer in force"

    def test_configuring_the_same_again_changes_nothing(self, store: Store) -> None:
        store.configure_prices([price(1)], at=AT)
        before = list(store.entries())
        store.configure_prices([price(1)], at=LATER)

        assert before == list(store.entries())
        assert [price(1)] == store.known_prices(AT)

    def test_a_price_that_left_the_configuration_may_come_back(self, store: Store) -> None:
        for at, rows in ((AT, [price(1)]), (LATER, []), (MUCH_LATER, [price(1)])):
            store.configure_prices(rows, at=at)

        assert [price(1)] == store.known_prices(AT) == store.known_prices()
        assert [] == store.known_prices(LATER)

    def test_a_proposed_price_is_in_force_only_when_it_was_approved(
        self, store: Store, factory: Factory
    ) -> None:
        proposed = store.propose_prices([soon(3)], source="by hand", at=AT, actor="ann")
        assert ("proposed", "ann", AT) == (proposed.state, proposed.author, proposed.proposed_at)
        assert ([], 0) == (store.known_prices(), store.prices_count())
        before = store.version()
        approved = store.approve_prices(proposed.id, at=LATER, actor="bob")
        [made] = store.approved_prices()

        assert ("approved", "bob", LATER) == (
            *(approved.state, approved.decided_by, approved.decided_at),
        )
        assert (LATER + NOTICE, LATER) == (made.valid_from, made.known_from)
        assert 3 == made.price(Meter.INPUT)
        assert {made.id: made} == store.tariffs()
        assert (1, True) == (store.prices_count(), store.version() > before)
        with closing(factory()) as other:
            assert [made] == other.known_prices() == other.known_prices(LATER)
            assert [] == other.known_prices(AT)
        assert check(list(store.entries())) is None

    def test_a_version_says_what_it_changes(self, store: Store) -> None:
        store.configure_prices([price(1)], at=AT)
        rows = [soon(3), soon(9, tier="priority"), soon(1, book="cost")]
        refused = [Refused("x", "priced by the second")]
        version = store.propose_prices(rows, source="s", refused=refused, at=AT, actor=WHO)

        assert version == store.price_version(version.id) == store.price_versions()[0]
        assert tuple(refused) == version.refused
        assert [("cost", "", "new"), ("sale", "", "changed"), ("sale", "priority", "new")] == [
            (c.book, c.tier, c.kind) for c in version.changes
        ]
        assert ({"input": 1}, 3) == (
            {"input": version.changes[1].before["input"]},
            version.changes[1].after["input"],
        )

    def test_proposing_the_same_twice_is_one_version(self, store: Store) -> None:
        one = store.propose_prices([soon(3)], source="s", at=AT, actor=WHO)

        assert one == store.propose_prices([soon(3)], source="s", at=LATER, actor="other")
        assert one != store.propose_prices([soon(3)], source="t", at=LATER, actor=WHO)

    def test_approving_twice_is_approving_once(self, store: Store) -> None:
        version = store.propose_prices([soon(3)], source="s", at=AT, actor=WHO)
        once = store.approve_prices(version.id, at=LATER, actor="bob")
        before = list(store.entries())

        assert once == store.approve_prices(version.id, at=MUCH_LATER, actor="eve")
        assert before == list(store.entries())

    def test_what_was_decided_stays_decided(self, store: Store) -> None:
        yes = store.propose_prices([soon(3)], source="s", at=AT, actor=WHO)
        no = store.propose_prices([soon(4)], source="s", at=AT, actor=WHO)
        store.approve_prices(yes.id, at=LATER, actor="bob")
        store.reject_prices(no.id, reason="too low", at=LATER, actor="bob")

        with pytest.raises(ConflictError, match="was approved by bob"):
            store.reject_prices(yes.id, reason="late", at=LATER, actor="eve")
        with pytest.raises(ConflictError, match="was rejected by bob"):
            store.approve_prices(no.id, at=LATER, actor="eve")
        assert ("rejected", "too low") == (
            store.price_version(no.id).state,
            store.price_version(no.id).reason,
        )

    def test_a_correction_leaves_what_was_known_before_it(self, store: Store) -> None:
        for at, each in ((AT, 3), (LATER, 4)):
            version = store.propose_prices([price(each)], source="s", at=at, actor=WHO)
            store.approve_prices(version.id, at=at, actor=WHO)
        found = {
            at: PriceBook(store.known_prices(at)).at("sale", "m", Instant(7), known_at=at)
            for at in (AT, LATER)
        }

        assert {AT: 3, LATER: 4} == {at: t.price(Meter.INPUT) for at, t in found.items()}

    def test_a_price_that_contradicts_the_configuration_is_refused_whole(
        self, store: Store
    ) -> None:
        rows = [price(3), price(8, model="n")]
        version = store.propose_prices(rows, source="s", at=AT, actor=WHO)
        store.configure_prices([price(2)], at=AT)
        before = list(store.entries())

        with pytest.raises(ConflictError, match="the configuration has another sale price"):
            store.approve_prices(version.id, at=LATER, actor=WHO)
        assert ("proposed", [], before) == (
            store.price_version(version.id).state,
            store.approved_prices(),
            list(store.entries()),
        )

    def test_a_configuration_that_contradicts_an_approved_price_is_refused_whole(
        self, store: Store
    ) -> None:
        version = store.propose_prices([price(3)], source="s", at=AT, actor=WHO)
        store.approve_prices(version.id, at=LATER, actor=WHO)
        store.configure_prices([price(3), price(1, model="n")], at=LATER)

        with pytest.raises(ConflictError, match="than what is approved"):
            store.configure_prices([price(2), price(7, model="o")], at=MUCH_LATER)
        assert {"m", "n"} == {t.model for t in store.known_prices()}

    def test_rows_that_contradict_each_other_are_never_proposed(self, store: Store) -> None:
        for rows in ([soon(1), soon(2)], [soon(1, above=100)], []):
            with pytest.raises(ConflictError):
                store.propose_prices(rows, source="s", at=AT, actor=WHO)
        assert [] == store.price_versions()

    def test_a_contract_is_with_an_account_that_exists(self, house: House) -> None:
        row = soon(1, account=house.account.id)
        version = house.store.propose_prices([row], source="s", at=AT, actor=WHO)
        house.store.approve_prices(version.id, at=LATER, actor=WHO)

        assert [house.account.id] == [t.account for t in house.store.approved_prices()]
        with pytest.raises(NotFoundError, match="acct_none"):
            house.store.propose_prices(
                [changed(row, account="acct_none")], source="s", at=AT, actor=WHO
            )

    def test_sales_are_in_one_currency_and_costs_in_any(self, store: Store) -> None:
        store.configure_prices([price(1)], at=AT)
        store.propose_prices([soon(1, book="cost", currency="EUR")], source="s", at=AT, actor=WHO)

        with pytest.raises(ConflictError, match="EUR and USD"):
            store.propose_prices([soon(1, currency="EUR")], source="s", at=AT, actor=WHO)

    def test_a_version_that_is_not_there_is_said_to_be_missing(self, store: Store) -> None:
        for name in ("pv_1", "1", "pv_", "x", "pv_²"):
            with pytest.raises(NotFoundError, match="no price version"):
                store.price_version(name)
            with pytest.raises(NotFoundError):
                store.approve_prices(name, at=AT, actor=WHO)

    def test_every_term_of_a_tariff_comes_back(self, house: House) -> None:
        rows = [
            soon(1, account=house.account.id, region="eu", also=("flex", "scale")),
            soon(2, account=house.account.id, region="eu", above=200_000),
            soon(3, batch=True, tier="flex"),
            replace(soon(4, model="gone"), source="a page"),
            changed(soon(5, model="old"), prices={}, ends=True),
        ]
        version = house.store.propose_prices(rows, source="s", at=AT, actor=WHO)
        house.store.approve_prices(version.id, at=LATER, actor=WHO)
        expected = [
            changed(row, valid_from=Instant(LATER + NOTICE), known_from=LATER) for row in rows
        ]

        assert tuple(rows) == version.rows
        assert sorted(expected, key=lambda t: t.id) == sorted(
            house.store.approved_prices(), key=lambda t: t.id
        )
