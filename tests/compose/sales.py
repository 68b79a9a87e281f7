"""Receipts of any account, day and price, sealed at once: a month to invoice without a gateway."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self

from stillhouse.compose.invoices import Invoices
from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.ledger.receipt import Close, Open, Outcome, Receipt, Witness
from stillhouse.ledger.rules import settle
from stillhouse.ledger.segment import segment
from stillhouse.store.lake import Lake
from stillhouse.tariff import Tariff, tariff
from stillhouse.units.instant import Instant, instant
from stillhouse.units.usage import NOTHING, Meter, Usage

WHO = "test"


def at(text: str) -> Instant:
    """2026-11-27 or 2026-11-27T12:00."""
    return instant(datetime.fromisoformat(f"{text}+00:00" if "T" in text else f"{text}T00:00Z"))


def sale(model: str = "m", currency: str = "USD", **prices: int) -> Tariff:
    return tariff(
        book="sale",
        model=model,
        valid_from=Instant(0),
        prices={Meter(name): price for name, price in prices.items()},
        currency=currency,
    )


PLAIN = sale(input=2_500_000, output=10_000_000)
NOW = at("2027-01-10")


@dataclass(slots=True)
class Sales:
    """A data folder that is written to by one writer, a segment for each sale."""

    data: Path
    store: WholeStore
    writer: int
    now: Instant = NOW
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    """account -> (project, key)"""
    _seq: int = 0
    _file: int = 0

    @classmethod
    def found(cls, data: Path, *tariffs: Tariff) -> Self:
        store = open_store(data, create=True)
        store.register_tariffs([PLAIN, *tariffs], at=Instant(0))
        return cls(data, store, store.register_writer(at=Instant(0)))

    def close(self) -> None:
        self.store.close()

    @property
    def invoices(self) -> Invoices:
        return Invoices(self.data, self.store)

    def account(self, name: str) -> str:
        made = self.store.create_account(name, at=Instant(0), actor=WHO)
        key = self.store.create_key(
            digest=len(self.keys).to_bytes(32, "big"),
            hint="sk-sh-0000",
            account=made.id,
            project=None,
            models=None,
            expires_at=None,
            at=Instant(0),
            actor=WHO,
        )
        self.keys[made.id] = (key.project, key.id)
        return made.id

    def sell(
        self,
        account: str,
        when: Instant,
        *usages: Usage,
        price: Tariff = PLAIN,
        outcome: Outcome = "completed",
        reported: bool = True,
        workload: str = "",
        key: str | None = None,
    ) -> list[str]:
        """Calls at one moment, as one segment; their receipts' ids."""
        receipts = [
            self.receipt(
                *(account, when, usage),
                price=price,
                outcome=outcome,
                workload=workload,
                key=key,
                reported=reported,
            )
            for usage in usages
        ]
        return self.post(receipts)

    def post(self, receipts: Sequence[Receipt]) -> list[str]:
        self._file += 1
        written = Lake(self.data).write(receipts, file=self._file)
        sealed = segment(
            receipts,
            file=self._file,
            path=written.path,
            sha256=written.sha256,
            size=written.size,
            sealed_at=self.now,
            spent={},
        )
        self.store.post_segment(sealed, at=self.now)
        return [receipt.id for receipt in receipts]

    def receipt(
        self,
        account: str,
        when: Instant,
        usage: Usage,
        *,
        price: Tariff = PLAIN,
        outcome: Outcome = "completed",
        workload: str = "",
        key: str | None = None,
        reported: bool = True,
    ) -> Receipt:
        self._seq += 1
        project, own_key = self.keys[account]
        settled = settle(
            outcome,
            200,
            usage if reported else None,
            lambda: usage if not reported else NOTHING,
            0,
            price,
            None,
        )
        witness: Witness = settled.witness
        opened = Open(
            seq=self._seq,
            call=self._seq,
            admitted_at=when,
            account=account,
            project=project,
            key=own_key if key is None else key,
            deployment="d",
            provider="stub",
            model=price.model,
            surface="chat",
            stream=False,
            hold=0,
            sale_tariff=price.id,
            cost_tariff="",
            budgets=(),
            input_bound=0,
            workload=workload,
        )
        closed = Close(
            seq=self._seq,
            settled_at=when + 1_000,
            first_byte_us=1,
            latency_us=2,
            status=200,
            outcome=outcome,
            witness=witness,
            flags=settled.flags,
            usage=tuple(settled.usage),
            charge=settled.charge,
            cost=0,
        )
        return Receipt(self.writer, opened, closed)
