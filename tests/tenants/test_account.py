"""Accounts, keys and budgets are values: equal by content, unchangeable, silent about digests."""

import dataclasses

import pytest

from stillhouse.tenants import Account, Key, Limits, Standing, payment_print
from stillhouse.units.instant import Instant

KEY = Key(
    id="key_1",
    account="acct_1",
    project="proj_1",
    digest=b"\xaa" * 32,
    hint="sk-sh-0123",
    created_at=Instant(0),
)


def test_an_account_begins_active_and_unlimited() -> None:
    account = Account("acct_1", "Acme")

    assert (Standing.ACTIVE, "", Limits()) == (account.standing, account.reason, account.limits)


def test_a_payment_reference_is_equal_to_itself_under_one_key_and_is_not_printed() -> None:
    said = payment_print("pm_1", b"k")

    assert said == payment_print("pm_1", b"k")
    assert len({said, payment_print("pm_2", b"k"), payment_print("pm_1", b"j")}) == 3
    assert said not in repr(Account("acct_1", "Acme", payment=said))
    for word in ("", " ", "pm_1 ", "pm\n1"):
        with pytest.raises(ValueError, match="printable"):
            payment_print(word, b"k")


def test_standing_is_written_as_the_word_it_is() -> None:
    assert ["active", "restricted", "suspended"] == [standing.value for standing in Standing]


def test_a_key_never_prints_its_digest() -> None:
    assert "aa" not in repr(KEY).replace("models", "")
    assert "digest" not in repr(KEY)


def test_values_never_change_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        KEY.revoked_at = Instant(1)  # type: ignore[misc]
