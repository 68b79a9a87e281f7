"""Budgets of members and of providers, by the week too; and what a new member gets."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.store.house import AT, WHO, House

from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.store.migrations import migrate, steps
from stillhouse.store.sqlite import SQLiteStore
from stillhouse.store.sqlite_desk import SQLiteDesk
from stillhouse.tenants import Budget, MemberDefault, Scope
from stillhouse.tenants.people import Role, digest
from stillhouse.units.instant import Instant, Span
from stillhouse.units.money import Pico

TEAM = "Team"
FIRST = MemberDefault("week", Pico(50), hard=True, amount="0.00000000005")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stillhouse.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(path)) as found:
        found.create_account(TEAM, at=AT, actor=WHO)
        yield found


def join(path: Path, email: str, role: Role = Role.MEMBER) -> str:
    """A member who used an invitation; his id."""
    with closing(SQLiteDesk(path)) as desk:
        token = digest(email)
        accounts = [TEAM] if role is Role.MEMBER else []
        until = Instant(AT + 10**9)
        desk.add_link(
            "invitation",
            digest=token,
            role=role,
            accounts=accounts,
            expires_at=until,
            at=AT,
            actor=WHO,
        )
        return desk.use_link(token, email=email, name="", at=AT).id


def house(store: SQLiteStore, member: str = "") -> House:
    account = store.create_account("Acme", at=AT, actor=WHO)
    key = store.create_key(
        digest=b"1" * 32,
        hint="sk",
        account=account.id,
        project=None,
        models=None,
        expires_at=None,
        member=member,
        at=AT,
        actor=WHO,
    )
    return House(store, account, key, store.register_writer(at=AT))


def limit(
    store: SQLiteStore, scope: Scope, ident: str, span: Span = "week", most: int = 100
) -> Budget:
    return store.set_budget(
        *(scope, ident),
        span=span,
        limit=Pico(most),
        hard=True,
        currency="USD",
        amount="1",
        fx="1",
        at=AT,
        actor=WHO,
    )


def test_a_members_budget_counts_all_of_his_keys_and_nobody_elses(
    path: Path, store: SQLiteStore
) -> None:
    ada = join(path, "ada@example.com")
    home = house(store, member=ada)
    theirs = store.create_key(
        digest=b"2" * 32,
        hint="sk",
        account=home.account.id,
        project=None,
        models=None,
        expires_at=None,
        at=AT,
        actor=WHO,
    )
    monday, sunday = home.total(4, day="2026-11-23"), home.total(1, day="2026-11-22")
    stranger = replace(home.total(1000), key=theirs.id)
    store.post_segment(home.segment(monday, sunday, stranger, spent={}), at=AT)
    budget = limit(store, "member", ada)

    assert (4, 0) == home.balance(budget, "2026-W48")
    # One that was made while a segment was on its way is charged all the same.
    store.post_segment(home.segment(monday, stranger, file=2, spent={}), at=AT)
    assert (8, 0) == home.balance(budget, "2026-W48")
    found = store.directory()
    assert [budget] == found.budgets_of(account="", project="", key=home.key.id)
    assert [] == found.budgets_of(account="", project="", key=theirs.id)


def test_a_providers_budget_begins_with_nothing_and_is_of_no_key(store: SQLiteStore) -> None:
    home = house(store)
    store.post_segment(home.segment(home.total(4), spent={}), at=AT)
    budget = limit(store, "provider", "openai")

    assert (0, 0) == home.balance(budget, "2026-W48")
    assert {"openai": (budget,)} == store.directory().provided
    found = store.directory().budgets_of(account="", project="", key="", provider="openai")
    assert [budget] == found
    with pytest.raises(ConflictError, match="a day, a week or a month"):
        limit(store, "provider", "openai", "total")
    with pytest.raises(NotFoundError, match="no provider"):
        limit(store, "provider", "no provider at all")


def test_whoever_joins_as_member_gets_what_new_members_get(path: Path, store: SQLiteStore) -> None:
    before = join(path, "old@example.com")
    store.set_member_default(FIRST, at=AT, actor=WHO)
    store.set_member_default(replace(FIRST, span="day", limit=Pico(9)), at=AT, actor=WHO)
    ada, boss = join(path, "ada@example.com"), join(path, "boss@example.com", Role.OWNER)
    store.remove_member_default("day", at=AT, actor=WHO)
    bo = join(path, "bo@example.com")

    budgets = {(b.scope_id, b.span, b.limit) for b in store.directory().budgets.values()}
    assert {(ada, "week", 50), (ada, "day", 9), (bo, "week", 50)} == budgets
    assert [FIRST] == store.member_defaults()
    assert {before, ada, boss, bo} == {*store.directory().members}
    with pytest.raises(NotFoundError):
        store.remove_member_default("day", at=AT, actor=WHO)


def test_a_key_of_nobody_known_is_refused(store: SQLiteStore) -> None:
    with pytest.raises(NotFoundError, match="no member mem_1"):
        house(store, member="mem_1")


def test_balances_and_leases_of_an_older_database_are_kept(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        migrate(old, steps()[:10])
        old.execute("INSERT INTO accounts (id, name, created_at) VALUES ('acct_1', 'a', 0)")
        old.execute(
            "INSERT INTO budgets VALUES"
            " ('bud_1', 'account', 'acct_1', 'month', '100', 1, 'USD', '1', '1')"
        )
        old.execute("INSERT INTO balances VALUES ('bud_1', '2026-11', '7', '30')")
        old.execute("INSERT INTO writers VALUES (1, 0, NULL)")
        old.execute("INSERT INTO leases VALUES ('bud_1', '2026-11', 1, '30')")
        old.execute("INSERT INTO recalls VALUES ('bud_1', '2026-11', 3)")
    with closing(SQLiteStore(path)) as store:
        [balance] = store.balances()
        assert ("bud_1", "2026-11", 7, 30) == (
            *(balance.budget, balance.period),
            *(balance.posted, balance.leased),
        )
        assert {(1, "bud_1", "2026-11"): 30} == store.leases()
        store.remove_budget("bud_1", at=AT, actor=WHO)
        assert ([], {}) == (store.balances(), store.leases())
