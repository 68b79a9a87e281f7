"""An account's own settings hold over its issuer's; what cannot be is refused by name."""

import pytest

from stillhouse.billing.settings import (
    Customer,
    Issuer,
    SettingError,
    TaxRule,
    check,
    form,
)

ISSUER = Issuer(
    name="Toko", currency="IDR", unit="100", language="id", due_days=14, notes=("Thanks",)
)


def test_what_an_account_does_not_set_is_its_issuers() -> None:
    made = form(ISSUER, Customer(notes=("PO 7",)), account="acct_1", name="Acme")

    assert ("IDR", "100", "id", 14) == (made.currency, made.unit, made.language, made.due_days)
    assert ("Acme", "Toko", ("Thanks", "PO 7")) == (
        made.customer.name,
        made.issuer.name,
        made.notes,
    )


def test_another_currency_takes_its_own_usual_unit() -> None:
    dollars = form(ISSUER, Customer(currency="USD"), account="a", name="A")
    own = form(ISSUER, Customer(currency="USD", unit="0.05"), account="a", name="A")

    assert ("0.01", "0.05") == (dollars.rounding("USD"), own.rounding("USD"))
    assert "1" == form(Issuer(), Customer(), account="a", name="A").rounding("IDR")


def test_an_account_can_be_free_of_its_issuers_taxes() -> None:
    issuer = Issuer(taxes=(TaxRule(name="PPN", rate_bp=1100),))

    assert () == form(issuer, Customer(taxes=()), account="a", name="A").taxes
    assert 1 == len(form(issuer, Customer(), account="a", name="A").taxes)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (Issuer(currency="Rupiah"), "ISO 4217"),
        (Issuer(unit="0"), "no unit"),
        (Issuer(unit="0.0000000000001"), "no unit"),
        (Issuer(unit="x"), "no unit"),
        (Customer(due_days=-1), "due days"),
        (Issuer(taxes=(TaxRule(name=" ", rate_bp=1),)), "needs a name"),
        (Issuer(taxes=(TaxRule(name="PPN", rate_bp=10_001),)), r"11 % is 1100"),
        (Issuer(prefix="INV 2026"), "prefix"),
        (Issuer(name="a\nb"), "printable"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(wrong: Issuer | Customer, says: str) -> None:
    with pytest.raises(SettingError, match=says):
        check(wrong)


def test_usual_settings_pass() -> None:
    check(ISSUER)
    check(Customer(currency="IDR", unit="1", taxes=(TaxRule(name="PPN", rate_bp=1100),)))
