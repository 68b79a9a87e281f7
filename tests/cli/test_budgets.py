"""Budgets and limits from the command line."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.at_the_desk import Shell

from stillhouse.cli.budgets import in_dollars
from stillhouse.units.money import exact, pico


def test_a_hard_budget_is_kept_in_dollars_and_listed_with_what_is_free(acme: Shell) -> None:
    options = ("--account", "Acme", "--period", "month", "--hard", "10.00", "--currency", "USD")
    made = acme.one("budgets", "set", *options)
    [listed] = acme.rows("budgets", "list")

    assert ("hard", "10.000000000000", "10.00", "1") == tuple(
        made[name] for name in ("kind", "limit", "amount", "fx")
    )
    assert made == {name: listed[name] for name in made}
    assert ("0.000000000000", "0.000000000000", "10.000000000000", "Acme") == tuple(
        listed[name] for name in ("posted", "leased", "free", "for")
    )


def test_the_articles_budget_in_rupiah_is_twenty_million_dollars(acme: Shell) -> None:
    rupiah = ("--hard", "322000000000", "--currency", "idr", "--fx", "16100")
    made = acme.one("budgets", "set", "--account", "Acme", "--period", "month", *rupiah)

    assert ("20000000.000000000000", "IDR", "322000000000", "16100") == tuple(
        made[name] for name in ("limit", "currency", "amount", "fx")
    )


@given(st.integers(0, 2**90).map(exact), st.decimals("0.000001", "100000", places=6))
def test_a_limit_is_never_above_what_the_operator_wrote(amount: str, fx: object) -> None:
    limit, rate = in_dollars(amount, currency="IDR", fx=str(fx))

    assert limit * Fraction(rate) <= pico(amount) < (limit + 1) * Fraction(rate)


def test_setting_again_changes_the_budget_and_removing_it_ends_it(acme: Shell) -> None:
    first = acme.one("budgets", "set", "--account", "Acme", "--period", "day", "--hard", "10")
    again = acme.one("budgets", "set", "--account", "Acme", "--period", "day", "--soft", "5")

    assert (first["id"], "soft") == (again["id"], again["kind"])
    assert 1 == len(acme.rows("budgets", "list"))
    acme.run("budgets", "remove", first["id"])
    assert [] == acme.rows("budgets", "list")
    assert first["id"] in acme.refused("budgets", "remove", first["id"])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), "either --hard or --soft"),
        (("--hard", "1", "--soft", "1"), "either --hard or --soft"),
        (("--hard", "ten"), "not a decimal number"),
        (("--hard", "-1"), "cannot be negative"),
        (("--hard", "0.0000000000001"), "more decimals"),
        (("--hard", "1", "--currency", "IDR"), "--fx 16100"),
        (("--hard", "1", "--currency", "IDR", "--fx", "0"), "above zero"),
        (("--hard", "1", "--currency", "IDR", "--fx", "NaN"), "not a decimal number"),
        (("--hard", "1", "--currency", "IDR", "--fx", "x"), "not a decimal number"),
        (("--hard", "1", "--fx", "2"), "a US dollar is a US dollar"),
        (("--hard", "1", "--currency", "rupiah"), "ISO 4217"),
    ],
)
def test_an_amount_that_could_be_misread_is_wrong_usage(
    acme: Shell, options: tuple[str, ...], expected: str
) -> None:
    said = acme.refused("budgets", "set", "--account", "Acme", "--period", "day", *options, code=2)

    assert expected in said
    assert [] == acme.rows("budgets", "list")


def test_budgets_and_limits_fit_on_account_project_and_key(acme: Shell) -> None:
    project = acme.one("projects", "create", "web", "--account", "Acme")["id"]
    key = acme.one("keys", "create", "--account", "Acme", "--project", "web")["id"]
    for scope in (
        ("--account", "Acme"),
        ("--account", "Acme", "--project", "web"),
        ("--project", project),
        ("--key", key),
    ):
        acme.run("budgets", "set", *scope, "--period", "total", "--hard", "1")
        acme.run("limits", "set", *scope, "--concurrent", "3")

    assert {"account", "project", "key"} == {row["scope"] for row in acme.rows("budgets", "list")}
    assert {"Acme", "Acme/web"} < {row["for"] for row in acme.rows("budgets", "list")}
    assert [3, 3, 3] == [row["concurrent"] for row in acme.rows("limits", "show")]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ((), "name one of --account, --project, --key"),
        (("--project", "web"), "needs --account"),
        (("--key", "key_1", "--account", "Acme"), "--key stands alone"),
    ],
)
def test_a_scope_that_is_not_clear_is_wrong_usage(
    acme: Shell, scope: tuple[str, ...], expected: str
) -> None:
    assert expected in acme.refused("limits", "set", *scope, "--rpm", "1", code=2)


def test_a_limit_that_is_not_named_stays_and_none_lifts_it(acme: Shell) -> None:
    acme.run("limits", "set", "--account", "Acme", "--rpm", "5", "--tpm", "100")
    told = acme.one("limits", "set", "--account", "Acme", "--rpm", "none", "--concurrent", "2")

    assert (None, 100, 2) == (told["rpm"], told["tpm"], told["concurrent"])
    [shown] = acme.rows("limits", "show")
    assert told == {name: shown[name] for name in told}


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "9" * 20, "²"])
def test_a_rate_is_a_whole_number_of_at_least_one(acme: Shell, value: str) -> None:
    said = acme.refused("limits", "set", "--account", "Acme", "--rpm", value, code=2)

    assert "is not a whole number of at least 1" in said
    assert "at least one of" in acme.refused("limits", "set", "--account", "Acme", code=2)


def test_a_member_and_a_provider_are_named_alone(acme: Shell) -> None:
    made = acme.one("budgets", "set", "--provider", "openai", "--period", "week", "--hard", "5")
    [listed] = acme.rows("budgets", "list")

    assert ("provider", "openai", "week") == (made["scope"], made["scope_id"], made["span"])
    assert ("openai", "0.000000000000") == (listed["for"], listed["posted"])
    week = ("--period", "week", "--hard", "5")
    assert "no member" in acme.refused("budgets", "set", "--member", "ada@example.com", *week)
    both = ("--provider", "openai", "--account", "Acme")
    assert "stand alone" in acme.refused("budgets", "set", *both, *week, code=2)


def test_what_new_members_get_is_set_listed_and_removed(acme: Shell) -> None:
    acme.one("members", "defaults", "set", "--period", "week", "--hard", "20")
    [row] = acme.rows("members", "defaults", "list")

    assert ("week", "hard", "20.000000000000") == (row["span"], row["kind"], row["limit"])
    acme.one("members", "defaults", "remove", "--period", "week")
    assert [] == acme.rows("members", "defaults", "list")
