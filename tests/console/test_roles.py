"""Who may do what: the table says it, and what it does not say is refused."""

import pytest

from stillhouse.console.roles import TABLE, Permission, Role, Who

MONEY = {Permission.INVOICES_WRITE, Permission.PRICES_WRITE, Permission.BUDGETS_WRITE}


def someone(role: Role, accounts: frozenset[str] | None = None) -> Who:
    return Who(id="m1", actor="user:a@b", name="A", email="a@b", role=role, accounts=accounts)


@pytest.mark.parametrize("role", Role)
def test_each_role_has_a_row(role: Role) -> None:
    assert Permission.SELF in TABLE[role]


def test_only_an_owner_touches_members_and_provider_keys() -> None:
    for permission in (Permission.MEMBERS_WRITE, Permission.PROVIDERS_WRITE):
        allowed = {role for role in Role if permission in TABLE[role]}

        assert {Role.OWNER} == allowed


def test_a_reviewer_moves_no_money_and_a_member_changes_only_keys_and_appeals() -> None:
    member = {p for p in TABLE[Role.MEMBER] if p.value.endswith(":write")}

    assert set() == MONEY & TABLE[Role.REVIEWER]
    assert {Permission.KEYS_WRITE, Permission.NOTICES_WRITE} == member


def test_an_owner_alone_moves_a_release_on_and_whoever_reads_it_sends_it_back() -> None:
    on = {role for role in Role if Permission.RELEASES_WRITE in TABLE[role]}
    reads = {role for role in Role if Permission.RELEASES_READ in TABLE[role]}

    assert {Role.OWNER} == on
    assert {Role.OWNER, Role.BILLING, Role.REVIEWER} == reads
    assert reads == {role for role in Role if Permission.ROLLBACK in TABLE[role]}


def test_what_needs_no_sign_in_is_nobodys_to_have() -> None:
    assert all(Permission.EVERYONE not in row for row in TABLE.values())
    assert all(someone(role).may(Permission.EVERYONE) for role in Role)


def test_an_owner_may_all_that_anybody_may() -> None:
    assert all(TABLE[role] <= TABLE[Role.OWNER] for role in Role)


def test_a_person_with_accounts_sees_only_those() -> None:
    who = someone(Role.MEMBER, frozenset({"acct_1"}))

    assert (True, False) == (who.sees("acct_1"), who.sees("acct_2"))
    assert someone(Role.OWNER).sees("acct_2")
