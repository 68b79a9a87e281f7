"""Cases over a real store: what is decided is written with what it does, once, by the rules."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.guard.cases import ADA, BEN, CAI, CUSTOMER, T0, WHY, evidence

from stillhouse.compose import cases
from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.guard.case import Case
from stillhouse.guard.decisions import found
from stillhouse.guard.ladder import THROTTLE_US, Level
from stillhouse.ledger.entries import check
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.tenants import Standing
from stillhouse.units.instant import Instant


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WholeStore]:
    with closing(open_store(tmp_path, create=True)) as opened:
        yield opened


def opened(store: WholeStore, e_value: float = 2e5, name: str = "acme") -> Case:
    account = store.create_account(name, at=T0, actor="test").id
    events = found(None, cases.new_id(), (account,), evidence(e_value, level=Level.SUSPEND))
    case = cases.write(store, None, events)
    assert case is not None
    return case


def standing(store: WholeStore, case: Case) -> Standing:
    return store.find_account(case.accounts[0]).standing


def test_two_suspend_an_appeal_restores_and_the_chain_holds(store: WholeStore) -> None:
    case = opened(store)
    assert Standing.RESTRICTED == standing(store, case)
    case = cases.decide(store, case, "suspend", ADA, WHY, T0)
    assert Standing.RESTRICTED == standing(store, case)
    case = cases.decide(store, case, "suspend", BEN, WHY, T0)
    assert Standing.SUSPENDED == standing(store, case)
    case = cases.contest(store, case, CUSTOMER, "we evaluate our own model", T0)
    with pytest.raises(ConflictError, match="somebody else answers"):
        cases.reply(store, case, BEN, WHY, T0, granted=True)

    case = cases.reply(store, case, CAI, WHY, T0, granted=True)

    assert Standing.ACTIVE == standing(store, case)
    assert case == cases.read(store, case.id)
    assert None is check(store.entries())


def test_who_decides_on_what_has_changed_is_told_to_look_again(store: WholeStore) -> None:
    case = opened(store)
    cases.decide(store, case, "lift", ADA, WHY, T0)

    with pytest.raises(ConflictError, match="look at it again"):
        cases.decide(store, case, "hold", BEN, WHY, T0)
    assert Standing.ACTIVE == standing(store, case)


def test_a_step_that_is_none_is_told_those_there_are(store: WholeStore) -> None:
    with pytest.raises(ConflictError, match="hold, suspend, lift, dismiss"):
        cases.decide(store, opened(store), "ban", ADA, WHY, T0)


def test_what_has_lapsed_is_lifted_for_every_account(store: WholeStore) -> None:
    first, second = opened(store, 2e3), opened(store, 2e3, "bravo")
    later = Instant(T0 + THROTTLE_US)

    assert 2 == cases.lapse(store, later, lambda *_, **__: None)
    assert [Standing.ACTIVE] * 2 == [standing(store, c) for c in (first, second)]
    assert 0 == cases.lapse(store, later, lambda *_, **__: None)


def test_a_clock_that_went_back_lapses_nothing_and_says_so(store: WholeStore) -> None:
    case = opened(store, 2e3)
    early = Instant(T0 - 1)
    assert 0 == cases.lapse(store, early, lambda *_, **__: None)
    assert Standing.RESTRICTED == standing(store, case)


def test_the_list_begins_with_what_needs_somebody_most(store: WholeStore) -> None:
    low = opened(store, 30.0)
    high = opened(store, 2e5, "bravo")
    done = cases.decide(store, opened(store, 2e5, "charlie"), "dismiss", ADA, WHY, T0)

    assert [high.id, low.id, done.id] == [c.id for c in cases.listed(store)]
    assert [high.id, low.id] == [c.id for c in cases.listed(store, open_only=True)]
    assert [low.id] == [c.id for c in cases.listed(store, account=low.accounts[0])]


def test_an_open_case_is_found_by_its_accounts_and_a_closed_one_by_what_it_forgave(
    store: WholeStore,
) -> None:
    case = opened(store)
    [account] = case.accounts
    known = cases.listed(store)
    assert case == cases.open_case(known, (account,))
    assert case == cases.open_case(known, (account, "acct_2"))
    assert None is cases.open_case(known, ("acct_2",))
    assert 1.0 == cases.forgiven(known, (account,))

    cases.decide(store, case, "dismiss", ADA, WHY, T0)

    known = cases.listed(store)
    assert None is cases.open_case(known, (account,))
    assert 2e5 == cases.forgiven(known, (account,))


def test_training_is_held_from_a_hold_on_and_not_by_a_throttle(store: WholeStore) -> None:
    case = opened(store)
    assert None is cases.held(store, case.accounts[0])
    held = cases.decide(store, case, "hold", ADA, WHY, T0)
    assert held == cases.held(store, case.accounts[0])

    cases.decide(store, held, "lift", ADA, WHY, T0)

    assert None is cases.held(store, case.accounts[0])


def test_a_case_that_is_not_there_says_where_to_look(store: WholeStore) -> None:
    with pytest.raises(NotFoundError, match="guard cases"):
        cases.read(store, "case_none")
