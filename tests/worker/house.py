"""A data folder with a store, a payer and prices, and a writer that a test drives by hand."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from stillhouse.compose.stores import open_store
from stillhouse.ledger.journal import frame
from stillhouse.ledger.ports import Store
from stillhouse.ledger.receipt import Close, Open, Outcome, Receipt
from stillhouse.ledger.rules import settle
from stillhouse.store.folder import JournalFolder
from stillhouse.store.journal import JournalWriter
from stillhouse.store.lake import Lake
from stillhouse.tariff import tariff
from stillhouse.tenants import Budget
from stillhouse.units.instant import SECOND, Instant
from stillhouse.units.money import Pico, pico
from stillhouse.units.usage import NOTHING, Meter, Usage
from stillhouse.worker.recover import recover
from stillhouse.worker.seal import Report, Sealer

NOON = Instant(1_795_780_800 * SECOND)  # 2026-11-27T12:00:00Z
SALE = tariff(
    book="sale",
    model="m",
    valid_from=Instant(0),
    prices={Meter.INPUT: 2_500_000, Meter.CACHE_READ: 1_250_000, Meter.OUTPUT: 10_000_000},
)
COST = tariff(
    book="cost",
    model="m",
    valid_from=Instant(0),
    prices={Meter.INPUT: 2_000_000, Meter.OUTPUT: 8_000_000},
)
SMALL = Usage(input=10, output=2, requests=1)


class Killed(BaseException):
    """The process dies here. Not an Exception: nothing may catch it and go on."""


@dataclass(slots=True)
class House:
    """One data folder. `at` is its clock."""

    data: Path
    store: Store
    account: str
    project: str
    key: str
    at: Instant = NOON
    gateways: list["Gateway"] = field(default_factory=list)

    @classmethod
    def found(cls, data: Path) -> Self:
        store = open_store(data, create=True)
        account = store.create_account("acme", at=NOON, actor="test")
        key = store.create_key(
            digest=bytes(32),
            hint="sk-sh-0000",
            account=account.id,
            project=None,
            models=None,
            expires_at=None,
            at=NOON,
            actor="test",
        )
        store.register_tariffs([SALE, COST], at=NOON)
        return cls(data, store, account.id, key.project, key.id)

    def close(self) -> None:
        for gateway in self.gateways:
            if not gateway.ended:
                gateway.kill()
        self.store.close()

    def gateway(self) -> "Gateway":
        gateway = Gateway(self)
        self.gateways.append(gateway)
        return gateway

    def budget(self, usd: str) -> Budget:
        return self.store.set_budget(
            "account",
            self.account,
            span="month",
            limit=pico(usd),
            hard=True,
            currency="USD",
            amount=usd,
            fx="1",
            at=self.at,
            actor="test",
        )

    @property
    def sealer(self) -> Sealer:
        return Sealer(folder=JournalFolder(self.data), lake=Lake(self.data), books=self.store)

    def seal(self) -> Report:
        return self.sealer.seal_ready(self.at)

    def recover(self) -> Report:
        return recover(self.sealer, self.at)


class Gateway:
    """What a gateway does to a journal, without the network."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.writer = house.store.register_writer(at=house.at)
        self.journal = JournalWriter(
            house.data, writer=self.writer, at=house.at, on_synced=lambda _: None
        )
        self.opens: dict[int, Open] = {}
        self.receipts: list[Receipt] = []
        self.ended = False

    def open(self, *, hold: int = 0, budgets: Iterable[str] = ()) -> int:
        house, seq = self.house, self.journal.next_seq()
        self.opens[seq] = Open(
            seq=seq,
            call=seq,
            admitted_at=house.at,
            account=house.account,
            project=house.project,
            key=house.key,
            deployment="d",
            provider="stub",
            model="m",
            surface="chat",
            stream=False,
            hold=hold,
            sale_tariff=SALE.id,
            cost_tariff=COST.id,
            budgets=tuple(budgets),
            input_bound=100,
        )
        self.journal.append(frame(self.opens[seq]))
        return seq

    def close(
        self,
        seq: int,
        usage: Usage = SMALL,
        outcome: Outcome = "completed",
        **changes: Any,
    ) -> Receipt:
        opened = self.opens.pop(seq)
        by_rule = settle(
            outcome=outcome,
            status=200,
            reported=usage,
            count=lambda: NOTHING,
            hold=opened.hold,
            sale=SALE,
            cost=COST,
        )
        fields = {
            "seq": seq,
            "settled_at": self.house.at + 1000,
            "first_byte_us": 500,
            "latency_us": 1000,
            "status": 200,
            "outcome": outcome,
            "witness": by_rule.witness,
            "flags": by_rule.flags,
            "usage": tuple(by_rule.usage),
            "charge": by_rule.charge,
            "cost": by_rule.cost,
        }
        receipt = Receipt(self.writer, opened, Close(**{**fields, **changes}))
        self.journal.append(frame(receipt.close))
        self.receipts.append(receipt)
        return receipt

    def call(self, usage: Usage = SMALL, **changes: Any) -> Receipt:
        return self.close(self.open(), usage, **changes)

    def rotate(self) -> None:
        self.journal.rotate([frame(o) for o in self.opens.values()], at=self.house.at)

    def stop(self) -> None:
        """The orderly end."""
        self.journal.close()
        self.ended = True

    def kill(self, torn: bytes = b"") -> None:
        """As `kill -9` leaves it: the last flush is whole, `torn` is a part of a next one."""
        self.stop()
        last = max(self.house.data.glob(f"journal/w{self.writer}-*.journal*"))
        with suppress(FileNotFoundError), last.open("ab") as file:
            file.write(torn)

    def lease(self, budget: str, period: str, amount: int) -> int:
        return self.house.store.lease(
            self.writer, budget, period, need=Pico(amount), want=Pico(amount)
        )
