"""What is set is checked first, and numbers of two issuers cannot meet."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.billing.sold import rate
from tests.compose.sales import NOW, WHO, Sales

from stillhouse.billing.contract import Contract, ContractError
from stillhouse.billing.fx import FxError
from stillhouse.billing.settings import Customer, Issuer, SettingError
from stillhouse.compose.invoice_settings import InvoiceSettings
from stillhouse.ledger.ports import NotFoundError


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[Sales]:
    made = Sales.found(tmp_path)
    yield made
    made.close()


def test_what_is_set_is_what_is_read(sales: Sales) -> None:
    known, account = InvoiceSettings(sales.store), sales.account("acme")
    known.set_issuer(Issuer(id="other", name="Toko", prefix="T-"), at=NOW, actor=WHO)
    known.set_customer("acme", Customer(issuer="other"), at=NOW, actor=WHO)

    assert known.set_rate(rate(), at=NOW, actor=WHO)
    assert known.set_contract(Contract(account=account, since="2026-01"), at=NOW, actor=WHO)
    assert ("Toko", "other") == (known.issuer("other").name, known.customer(account).issuer)
    assert ([rate()], 1, 0) == (
        list(known.rates()),
        len(known.contracts("acme")),
        len(known.contracts(sales.account("else"))),
    )


def test_what_cannot_be_is_not_kept(sales: Sales) -> None:
    known = InvoiceSettings(sales.store)
    account = sales.account("acme")
    before = list(sales.store.entries())
    known_issuer = Issuer(name="Toko")
    with pytest.raises(SettingError):
        known.set_issuer(Issuer(currency="x"), at=NOW, actor=WHO)
    with pytest.raises(SettingError, match="no issuer is called"):
        known.set_customer(account, Customer(issuer="x"), at=NOW, actor=WHO)
    with pytest.raises(FxError):
        known.set_rate(rate("0"), at=NOW, actor=WHO)
    with pytest.raises(ContractError):
        known.set_contract(Contract(account=account, since="x"), at=NOW, actor=WHO)
    with pytest.raises(NotFoundError):
        known.set_contract(Contract(account="nobody", since="2026-01"), at=NOW, actor=WHO)

    assert before == list(sales.store.entries())
    known.set_issuer(known_issuer, at=NOW, actor=WHO)
    with pytest.raises(SettingError, match="another prefix"):
        known.set_issuer(Issuer(id="other", name="Other"), at=NOW, actor=WHO)
