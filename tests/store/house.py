"""A house to test stores with: one account, one key, one writer, and what always holds."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from stillhouse.ledger.entries import check
from stillhouse.ledger.ports import Segment, Store, Total
from stillhouse.tenants import Account, Budget, Key, Scope
from stillhouse.units.instant import Instant, Span, instant, moment
from stillhouse.units.money import Pico
from stillhouse.units.usage import METERS

AT = instant(moment(0).replace(year=2026, month=11, day=23, hour=12))
DAY, MONTH = "2026-11-23", "2026-11"
WHO = "test"
PAST_64_BITS = 2**63

Factory = Callable[[], Store]
"""Opens the same store again whenever it is called, as another process would."""


@dataclass(frozen=True)
class House:
    """One account with one key, and a writer, which is what most properties need."""

    store: Store
    account: Account
    key: Key
    writer: int

    def budget(
        self,
        limit: int,
        *,
        scope: Scope = "account",
        span: Span = "month",
        at: Instant = AT,
        hard: bool = True,
    ) -> Budget:
        ident = {
            "account": self.account.id,
            "project": self.key.project,
            "key": self.key.id,
        }[scope]
        return self.store.set_budget(
            scope,
            ident,
            span=span,
            limit=Pico(limit),
            hard=hard,
            currency="USD",
            amount=str(limit),
            fx="1",
            at=at,
            actor=WHO,
        )

    def total(
        self,
        charge: int,
        *,
        day: str = DAY,
        deployment: str = "gpt-4o",
        workload: str = "",
        cohort: str = "",
    ) -> Total:
        return Total(
            day=day,
            account=self.account.id,
            project=self.key.project,
            key=self.key.id,
            deployment=deployment,
            model="gpt-4o",
            sale_tariff="t_sale",
            cost_tariff="t_cost",
            receipts=1,
            usage=(7,) * len(METERS),
            charge=charge,
            cost=charge // 2,
            unrated=0,
            workload=workload,
            cohort=cohort,
        )

    def segment(
        self,
        *totals: Total,
        spent: Mapping[tuple[str, str, bool], int],
        file: int = 1,
        writer: int | None = None,
    ) -> Segment:
        writer = self.writer if writer is None else writer
        return Segment(
            id=f"w{writer}-{file}",
            writer=writer,
            file=file,
            path=f"receipts/w{writer}-{file}.parquet",
            sha256=hashlib.sha256(str(file).encode()).hexdigest(),
            size=1_000,
            receipts=sum(t.receipts for t in totals),
            seq_min=1,
            seq_max=max(1, len(totals)),
            charge=sum(t.charge for t in totals),
            cost=sum(t.cost for t in totals),
            sealed_at=AT,
            totals=totals,
            spent=spent,
        )

    def spend(self, budget: Budget, amount: int, *, file: int = 1, period: str = MONTH) -> Segment:
        """A segment of one receipt whose hold came from this writer's lease."""
        return self.segment(
            self.total(amount), spent={(budget.id, period, True): amount}, file=file
        )

    def lease(self, budget: Budget, amount: int, *, writer: int | None = None) -> int:
        return self.store.lease(
            self.writer if writer is None else writer,
            budget.id,
            MONTH,
            need=Pico(amount),
            want=Pico(amount),
        )

    def balance(self, budget: Budget, period: str = MONTH) -> tuple[int, int]:
        found = [
            (b.posted, b.leased)
            for b in self.store.balances()
            if (b.budget, b.period) == (budget.id, period)
        ]
        return found[0] if found else (0, 0)


def check_books(store: Store) -> None:
    """What holds between any two transactions."""
    sums: Counter[tuple[str, str]] = Counter()
    for (_, budget, period), amount in store.leases().items():
        sums[budget, period] += amount
    limits = {b.id: b.limit for b in store.directory().budgets.values()}
    for balance in store.balances():
        assert sums.pop((balance.budget, balance.period), 0) == balance.leased
        assert balance.budget in limits
    assert {} == dict(sums)
    assert check(store.entries()) is None


def snapshot(store: Store) -> Any:
    return (
        store.version(),
        store.balances(),
        store.leases(),
        store.totals(),
        store.segments(),
        list(store.entries()),
    )


class Rules:
    """Fixtures of every part of the suite; `factory` is given by whoever is tested."""

    @pytest.fixture
    def factory(self) -> Factory:
        raise NotImplementedError

    @pytest.fixture
    def store(self, factory: Factory) -> Iterator[Store]:
        with closing(factory()) as store:
            yield store

    @pytest.fixture
    def house(self, store: Store) -> House:
        account = store.create_account("Acme", at=AT, actor=WHO)
        key = self.new_key(store, account.id)
        return House(store, account, key, store.register_writer(at=AT))

    @staticmethod
    def new_key(store: Store, account: str, **other: Any) -> Key:
        given: dict[str, Any] = {
            "digest": os.urandom(32),
            "hint": "sk-sh-0123",
            "account": account,
            "project": None,
            "models": None,
            "expires_at": None,
            "at": AT,
            "actor": WHO,
        }
        return store.create_key(**(given | other))
