"""What the receipts behind a document say, part by part. Pure.

A *part* is an account's receipts of one month in one sealed segment. Segments never change, so a
part is worked out once, when nobody waits for it, and a document is made from parts alone:

    receipts of a segment ──► parts: count, first, last, root, odd calls      (once per segment)
    parts of a document   ──► root, writers, broken calls, estimated use      (per document)

The root in a document is a tree of trees, both as in `billing.merkle`:

    receipt ── leaf ──► part's root ── in the part's own leaf ──► document's root

Leaves of a part are in order of sequence number; parts are in order of (writer, file, month). A
part's leaf binds its count as well, so that a place in it means what it says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

import msgspec

from stillhouse.billing.capacity import UsageKey
from stillhouse.billing.document import Broken, Cover, Proof, WriterRange
from stillhouse.billing.draft import Evidence
from stillhouse.billing.merkle import leaf, root_of
from stillhouse.ledger.fold import FLAGS_FREE
from stillhouse.ledger.receipt import FLAG_UNRATED, Outcome, Receipt
from stillhouse.ledger.rules import rule
from stillhouse.ledger.segment import segment_id
from stillhouse.tenants.key import is_imported
from stillhouse.units.usage import METERS, Meter

_REQUESTS = METERS.index(Meter.REQUESTS)


class Odd(msgspec.Struct, frozen=True, array_like=True):
    """Calls of one kind that are not simply completed, reported and priced. charge: pico-units."""

    project: str
    workload: str
    model: str
    tariff: str
    outcome: str
    witness: str
    flags: int
    receipts: int
    charge: str
    usage: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One account's receipts of one month in one segment. first, last: sequence numbers."""

    writer: int
    file: int
    month: str
    account: str
    count: int
    first: int
    last: int
    root: bytes
    odd: tuple[Odd, ...] = ()

    @property
    def segment(self) -> str:
        return segment_id(self.writer, self.file)

    @property
    def order(self) -> tuple[int, int, str]:
        return (self.writer, self.file, self.month)


def part_leaf(*, segment: str, month: str, count: int, root: str) -> bytes:
    """The hash of a part's leaf in a document's tree. root: hex."""
    return leaf(f"{segment}\n{month}\n{count}\n{root}")


def leaves_of(parts: Iterable[Part]) -> list[bytes]:
    """Their leaves in a document's tree."""
    return [
        part_leaf(segment=p.segment, month=p.month, count=p.count, root=p.root.hex()) for p in parts
    ]


def root_of_parts(parts: Iterable[Part]) -> str:
    """The root that stands in a document; `parts` in their order."""
    return root_of(b"".join(leaves_of(parts))).hex()


def evidence(
    parts: Sequence[Part],
    covers: Sequence[Cover] = (),
    *,
    month: str = "",
    waiting: Sequence[Receipt] = (),
    prove: bool = False,
) -> Evidence:
    """What a document says of these parts.

    Args:
        parts: in their order.
        covers: where they were recorded.
        month: of the receipts that wait.
        waiting: receipts of it that are in no segment yet; for a draft.
        prove: for good: with the root.
    """
    told = _Told()
    for part in parts:
        told.count(part.writer, part.first, part.last, part.count)
        for odd in part.odd:
            told.add(part.month, odd)
    for receipt in waiting:
        if not is_imported(receipt.open.key):
            told.count(receipt.writer, receipt.open.seq, receipt.open.seq, 1)
            if (odd_one := _odd(receipt)) is not None:
                told.add(month, odd_one)
    writers = tuple(told.writers[writer] for writer in sorted(told.writers))
    return Evidence(
        proof=Proof(
            count=sum(w.count for w in writers),
            root=root_of_parts(parts) if prove else "",
            parts=len(parts) if prove else 0,
            writers=writers,
            covers=tuple(covers) if prove else (),
        ),
        broken=told.broken(),
        estimated=told.estimated,
        unrated=told.unrated,
    )


@dataclass(slots=True)
class _Told:
    """Sums of what the parts say."""

    writers: dict[int, WriterRange] = field(default_factory=dict)
    estimated: dict[tuple[str, UsageKey], int] = field(default_factory=dict)
    unrated: int = 0
    _broken: dict[tuple[str, str, bool], tuple[int, int, int]] = field(default_factory=dict)

    def count(self, writer: int, first: int, last: int, n: int) -> None:
        have = self.writers.get(writer)
        if have is not None:
            first, last, n = min(first, have.first), max(last, have.last), n + have.count
        self.writers[writer] = WriterRange(writer=writer, first=first, last=last, count=n)

    def add(self, month: str, odd: Odd) -> None:
        charged = not odd.flags & FLAGS_FREE
        if odd.flags & FLAG_UNRATED:
            self.unrated += odd.receipts
        if odd.outcome != "completed":
            tokens = sum(odd.usage) - odd.usage[_REQUESTS]
            have = self._broken.get((odd.outcome, odd.witness, charged), (0, 0, 0))
            row = (have[0] + odd.receipts, have[1] + tokens, have[2] + int(odd.charge))
            self._broken[odd.outcome, odd.witness, charged] = row
        if charged and odd.witness != "reported":
            for meter, n in zip(METERS, odd.usage, strict=True):
                if n:
                    key = (month, (odd.project, odd.workload, odd.model, odd.tariff, meter))
                    self.estimated[key] = self.estimated.get(key, 0) + n

    def broken(self) -> tuple[Broken, ...]:
        """By how they ended and who says what they used."""
        return tuple(
            Broken(
                outcome=outcome,
                witness=witness,
                charged=charged,
                receipts=n,
                tokens=str(tokens),
                rule=rule(cast("Outcome", outcome), reported=witness == "reported").because,
                exact_pico=str(charge),
            )
            for (outcome, witness, charged), (n, tokens, charge) in sorted(self._broken.items())
        )


def _odd(receipt: Receipt) -> Odd | None:
    o, c = receipt.open, receipt.close
    if (
        c.outcome == "completed"
        and c.witness not in {"counted", "lower_bound"}
        and not c.flags & FLAG_UNRATED
    ):
        return None
    return Odd(
        project=o.project,
        workload=o.workload,
        model=o.model,
        tariff=o.sale_tariff,
        outcome=c.outcome,
        witness=c.witness,
        flags=c.flags,
        receipts=1,
        charge=str(c.charge),
        usage=tuple(c.usage),
    )
