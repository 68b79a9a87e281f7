"""Whether receipts are among those that a document charges for, and at its prices. Pure.

A proof file holds, for each receipt that a customer asked for, what the receipt says and two paths
of hashes: from its leaf to the root of its part (the account's receipts of one month in one of the
ledger's segments), and from that part's leaf to the root that stands in the document. A customer
knows the receipt's id, and often its charge, from the headers of its own response; it needs nothing
from us but the files.
"""

from collections.abc import Iterable, Mapping

import msgspec

from stillhouse.billing.arithmetic import due
from stillhouse.billing.check import Finding
from stillhouse.billing.document import Document, Line
from stillhouse.billing.evidence import part_leaf
from stillhouse.billing.merkle import FIELDS, LeafError, leaf, leaf_text, reaches
from stillhouse.ledger.receipt import FLAG_NO_CHARGE, FLAG_ZERO_RATED
from stillhouse.units.instant import period
from stillhouse.units.money import InexactAmountError, pico
from stillhouse.units.usage import METERS, Meter

PROOF_FORMAT = "stillhouse-proof/2"


class Included(msgspec.Struct, frozen=True, kw_only=True):
    """One receipt of a document: what it says, and its way to the root.

    place: among the `count` leaves of its part, which is that of `segment` and `month`; path: from
    there to the part's root. part: the part's place among those of the document; part_path: from
    there to the document's root.
    """

    receipt: dict[str, str]
    place: int
    path: tuple[str, ...]
    segment: str
    month: str
    count: int
    part: int
    part_path: tuple[str, ...]

    def root(self, leaf_hash: bytes, parts: int) -> str | None:
        """Where the two paths lead; None: they fit no tree. Raises ValueError: not hashes."""
        own = reaches(leaf_hash, place=self.place, count=self.count, path=_hashes(self.path))
        if own is None:
            return None
        above = part_leaf(segment=self.segment, month=self.month, count=self.count, root=own.hex())
        top = reaches(above, place=self.part, count=parts, path=_hashes(self.part_path))
        return None if top is None else top.hex()


def _hashes(path: Iterable[str]) -> list[bytes]:
    return [bytes.fromhex(step) for step in path]


class Inclusion(msgspec.Struct, frozen=True, kw_only=True):
    """A proof file: receipts of the document called `number`."""

    format: str = PROOF_FORMAT
    number: str
    root: str
    count: int
    parts: int
    receipts: tuple[Included, ...]


def check_inclusion(
    document: Document, proof: Inclusion, wanted: Iterable[str] = ()
) -> list[Finding]:
    """That each of these receipts is among those that the document charges for, and at its prices.

    wanted: ids that must be in the proof, like "w7-1234".
    """
    if proof.format != PROOF_FORMAT:
        return [Finding(None, f'the proof\'s format is "{proof.format}", not {PROOF_FORMAT}')]
    said = document.receipts
    if (proof.number, proof.root, proof.count, proof.parts) != (
        document.number,
        said.root,
        said.count,
        said.parts,
    ):
        return [Finding(None, f"the proof is for {proof.number}, not for this document")]
    found: list[Finding] = []
    prices = _prices(document)
    for each in proof.receipts:
        found += _included(document, each, prices)
    held = {each.receipt.get("id") for each in proof.receipts}
    found += [
        Finding(None, f"{ident} is not in the proof: ask the issuer for one that has it")
        for ident in wanted
        if ident not in held
    ]
    return found


LineKey = tuple[str, str, str, str, str, str]
"""month, project, workload, model, tariff, meter"""


def _prices(document: Document) -> dict[LineKey, Line]:
    """The line that charges for a kind of use; a covered one only where there is no other."""
    found: dict[LineKey, Line] = {}
    for line in document.lines:
        key = (line.period, line.project, line.workload, line.model, line.tariff, line.meter)
        if line.kind in {"usage", "correction"} or (line.kind == "covered" and key not in found):
            found[key] = line
    return found


def _included(
    document: Document, each: Included, prices: Mapping[LineKey, Line]
) -> Iterable[Finding]:
    said = each.receipt
    ident = said.get("id", "a receipt")
    try:
        text = leaf_text(said)
        root = each.root(leaf(text), document.receipts.parts)
        usage = [int(n) for n in said["usage"].split(",")]
        charge, flags = int(said["charge"]), int(said["flags"])
        rows = list(zip(METERS, usage, strict=True))
    except (LeafError, ValueError) as error:
        yield Finding(None, f"{ident} cannot be read: {error}")
        return
    if set(said) != set(FIELDS):
        yield Finding(None, f"{ident} has fields that are no part of its leaf")
    if root is None or root != document.receipts.root:
        yield Finding(None, f"{ident} is not among the receipts of {document.number}")
        return
    if said["account"] != document.customer.id:
        yield Finding(None, f"{ident} is a call of {said['account']}, not of this customer")
    if flags & (FLAG_NO_CHARGE | FLAG_ZERO_RATED):
        if charge:
            yield Finding(None, f"{ident} is free by rule and charged {charge} pico-units")
        return
    yield from _charged(said, rows, charge, prices)


def _charged(
    said: Mapping[str, str],
    rows: Iterable[tuple[Meter, int]],
    charge: int,
    prices: Mapping[LineKey, Line],
) -> Iterable[Finding]:
    """Its tokens at the prices of their lines are its charge.

    Tokens that ran on capacity stand on a line of their own at 0; where all of a line's tokens did,
    the document does not say their price, and the charge cannot be worked out from it.
    """
    expected, lines, known = 0, [], True
    month = period(int(said["admitted_at"]), "month")
    for meter, n in rows:
        key = (month, said["project"], said["workload"], said["model"], said["tariff"], meter.value)
        line = prices.get(key)
        if line is None and n and meter is not Meter.REQUESTS:
            yield Finding(None, f"{said['id']} used {n} {meter.value}; no line charges for them")
            return
        if line is None or not n or line.unit_price is None:
            continue
        expected += due(n, line.unit, line.unit_price)
        lines.append(line.id)
        known = known and line.kind != "covered"
    if known and expected != charge:
        named = ", ".join(map(str, lines)) or "no line"
        yield Finding(
            lines[0] if lines else None,
            f"{said['id']} was charged {charge} pico-units, and its tokens at the prices of lines"
            f" {named} come to {expected}",
        )


def charge_matches(receipt: Mapping[str, str], charge: str) -> bool:
    """Whether a charge from a response's header, "0.0000123" or "0.0000123 USD", is the receipt's.

    The currency is that of the price list, which the lines say.
    """
    try:
        return pico(charge.partition(" ")[0]) == int(receipt["charge"])
    except (InexactAmountError, KeyError, ValueError):
        return False
