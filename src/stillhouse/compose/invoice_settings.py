"""What invoices are made by: issuers, accounts' own settings, rates, contracts. Checked, then kept.

Nothing that is set here changes a document that was finalised.
"""

from collections.abc import Sequence

from stillhouse.billing import contract as contracts
from stillhouse.billing import fx, settings
from stillhouse.billing.contract import Contract
from stillhouse.billing.fx import StoredRate
from stillhouse.billing.settings import Customer, Issuer, SettingError
from stillhouse.compose.stores import WholeStore
from stillhouse.units.instant import Instant


class InvoiceSettings:
    """Reads and sets. `at` is the shell's clock; `actor` a person or command."""

    def __init__(self, store: WholeStore) -> None:
        self.store = store

    def issuer(self, ident: str) -> Issuer:
        return self.store.issuer(ident)

    def set_issuer(self, issuer: Issuer, *, at: Instant, actor: str) -> Issuer:
        """Raises SettingError: see `billing.settings`, or another issuer has this prefix."""
        settings.check(issuer)
        for other in self.store.issuers():
            if other.id != issuer.id and other.prefix == issuer.prefix:
                raise SettingError(
                    f'the issuer {other.id} numbers with "{other.prefix}" already; give'
                    f" {issuer.id} another prefix, so that no two documents share a number"
                )
        self.store.set_issuer(issuer, at=at, actor=actor)
        return issuer

    def customer(self, account: str) -> Customer:
        return self.store.customer(self.store.find_account(account).id)

    def set_customer(
        self, account: str, customer: Customer, *, at: Instant, actor: str
    ) -> Customer:
        """Raises SettingError: see `billing.settings`, or no such issuer is set."""
        owner = self.store.find_account(account)
        settings.check(customer)
        known = {issuer.id for issuer in self.store.issuers()} | {settings.DEFAULT_ISSUER}
        if customer.issuer not in known:
            raise SettingError(
                f'no issuer is called "{customer.issuer}"; known are {", ".join(sorted(known))}'
            )
        self.store.set_customer(owner.id, customer, at=at, actor=actor)
        return customer

    def rates(self) -> Sequence[StoredRate]:
        return self.store.rates()

    def set_rate(self, rate: StoredRate, *, at: Instant, actor: str) -> bool:
        """False: the same was stored last. Raises FxError or SettingError."""
        fx.check(rate)
        return self.store.set_rate(rate, at=at, actor=actor)

    def contracts(self, account: str | None = None) -> Sequence[Contract]:
        ident = None if account is None else self.store.find_account(account).id
        return self.store.contracts(ident)

    def set_contract(self, contract: Contract, *, at: Instant, actor: str) -> bool:
        """Another version; False: the newest says the same. Raises ContractError, SettingError."""
        self.store.find_account(contract.account)
        contracts.check(contract)
        return self.store.set_contract(contract, at=at, actor=actor)
