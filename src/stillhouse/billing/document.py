"""An invoice as a document: everything that its reader needs to check it, and nothing else.

A document snapshots every input (names, addresses, prices, rates, taxes), so that no later change
of an account or a price can move it. Its text is canonical JSON (`ledger.entries.canonical`): no
floats, large integers and amounts as decimal text, so that any language reads the same numbers.

    net of a line   = exact_pico x rate x (10,000 - discount_bp) / 10,000
    amount          = net, rounded once to `unit`, half to even
    subtotal        = sum of amounts          tax  = sum of taxes, each rounded once
    total           = subtotal + tax          residue = sum of nets - subtotal, exact

A credit note rounds what was taken from a line so far, so that its parts add up to the line:

    amount          = rounded(net of taken_pico) - rounded(net of taken_pico - exact_pico)

    hash(n) = SHA-256( hash(n-1) + newline + canonical JSON without "hash" )

per issuer, in the order of their numbers. `docs/reference/invoice.md` says the same for somebody
who has only the file.
"""

import hashlib
from typing import Any, Literal

import msgspec

from stillhouse.ledger.entries import UnwritableError, canonical

FORMAT = "stillhouse-invoice/2"

DocumentKind = Literal["invoice", "final_invoice", "credit_note"]
LineKind = Literal[
    "usage",  # receipts of this period: quantity x unit_price
    "capacity",  # provisioned units x hours x rate: the used part
    "capacity_unused",  # the same, paid for and not used
    "covered",  # tokens that ran on provisioned capacity: priced 0
    "minimum",  # what was missing to the minimum of the month
    "commitment",  # drawn from a commitment that was paid before; negative
    "shortfall",  # the rest of a commitment at its end
    "prepaid",  # drawn from prepaid credits; negative
    "correction",  # usage of an earlier, finalised period that came in late
    "saving",  # a release's share, as agreed; negative or zero
    "credit",  # a credit note's line: a finalised line, or a part of it, taken back; negative
    "other",
]


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Who issues or who pays, as on the day of the document. address, bank: lines of text."""

    id: str
    name: str
    address: tuple[str, ...] = ()
    tax_id: str = ""
    email: str = ""
    bank: tuple[str, ...] = ()


class Fx(msgspec.Struct, frozen=True, kw_only=True):
    """A stored rate: units of `quote` for one `base`. policy: why the rate of that day."""

    base: str
    quote: str
    rate: str
    source: str
    date: str
    policy: Literal["month_end", "month_average", "fixed", "given"] = "given"


class LineRef(msgspec.Struct, frozen=True, kw_only=True):
    """A line of another document."""

    number: str
    line: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line; the module says how `amount` follows from the rest.

    id: 1, 2, 3, ... in the document. period: the month in which it was used. quantity: of `unit`s'
    smallest part (tokens, requests, unit-seconds). unit: what `unit_price` is for, like
    "1000000 tokens", "request", "unit-hour". unit_price: decimal text in `price_currency`; None is
    a meter that nobody priced (then `amount` is None and no part of the sums). exact_pico: before
    discount, in pico-units of `price_currency`. rate: `currency` for one `price_currency`.
    receipts: how many calls it is the sum of. estimated: of `quantity`, what we counted because
    the provider reported nothing. item: the capacity, commitment or credit of the contract that it
    comes from. taken_pico: of the line that a credit refers to, what earlier credit notes took.

    A line without a unit_price but with an amount stands on its exact_pico alone.
    """

    id: int
    kind: LineKind
    amount: str | None
    exact_pico: str
    price_currency: str
    rate: str = "1"
    period: str
    description: str = ""
    project: str = ""
    project_name: str = ""
    workload: str = ""
    model: str = ""
    meter: str = ""
    tariff: str = ""
    quantity: str = "0"
    unit: str = ""
    unit_price: str | None = None
    discount_bp: int = 0
    receipts: int = 0
    estimated: str = "0"
    refers: LineRef | None = None
    item: str = ""
    taken_pico: str = "0"


DRAWN = "pico-"
"""How the unit of a line begins that draws on what was paid before; its currency follows."""


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that did not end well, and by which rule they were charged or not."""

    outcome: str
    witness: str
    charged: bool
    receipts: int
    tokens: str
    rule: str
    exact_pico: str = "0"


class Tax(msgspec.Struct, frozen=True, kw_only=True):
    """rate_bp: basis points on `base`, the sum of the lines that it applies to.

    kinds: of which kinds those are; empty means all. before: on a credit note, the base that
    earlier ones took; amount = rounded(tax of before) - rounded(tax of before - base).
    """

    name: str
    rate_bp: int
    base: str
    amount: str
    kinds: tuple[LineKind, ...] = ()
    before: str = "0"


class WriterRange(msgspec.Struct, frozen=True, kw_only=True):
    """This account's receipts of one writer: first and last sequence number, and how many."""

    writer: int
    first: int
    last: int
    count: int


class Cover(msgspec.Struct, frozen=True, kw_only=True):
    """Receipts of a month that the ledger recorded by its entries after+1 ... upto."""

    period: str
    after: int
    upto: int


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The receipts that a document is the first to charge for.

    root: of the tree over their parts (see `billing.evidence`), hex; empty in a draft of what is
    not all there yet. parts: how many those are. covers: which they are.
    """

    count: int
    root: str
    parts: int = 0
    writers: tuple[WriterRange, ...] = ()
    covers: tuple[Cover, ...] = ()


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice or a credit note. number, issued_at, previous, hash: empty until finalised."""

    format: str = FORMAT
    kind: DocumentKind
    number: str = ""
    issuer: Party
    customer: Party
    period: str
    start: str
    end: str
    issued_at: str = ""
    due: str = ""
    currency: str
    unit: str
    language: Literal["en", "id"] = "en"
    fx: tuple[Fx, ...] = ()
    lines: tuple[Line, ...]
    broken: tuple[Broken, ...] = ()
    taxes: tuple[Tax, ...] = ()
    subtotal: str
    tax: str
    total: str
    residue: str = "0"
    unrated: int = 0
    receipts: Proof
    notes: tuple[str, ...] = ()
    refers: str = ""
    """The number of the document that a credit note takes from."""
    previous: str = ""
    hash: str = ""


class Said(msgspec.Struct, frozen=True):
    """What a document says without its lines, which are nearly all of its text."""

    kind: DocumentKind
    issuer: Party
    customer: Party
    period: str
    currency: str
    total: str
    unrated: int
    receipts: Proof


def said(text: str) -> Said:
    """Read only that, in a tenth of the time."""
    return msgspec.json.decode(text, type=Said)


def to_json(document: Document) -> str:
    """The one text of this document, as `ledger.entries.canonical` writes it, ten times as fast.

    Raises:
        UnwritableError: it has text that is not Unicode.
    """
    try:
        return msgspec.json.encode(document, order="sorted").decode()
    except UnicodeEncodeError as error:
        raise UnwritableError(f"a document's text must be Unicode: {error}") from None


def sealed_text(
    text: str, *, number: str, issued_at: str, due: str, previous: str
) -> tuple[str, str]:
    """The text of a document with what it gets when it is finalised, and its hash.

    Args:
        text: of the document without them. In JSON no text holds `,"name":`, for its quotes would
            be escaped: so each of these names is found where the document has it, and only there.
        number: its number.
        issued_at: now.
        due: when it is to be paid.
        previous: the hash to follow.
    """
    given = {"due": due, "hash": "", "issued_at": issued_at, "number": number, "previous": previous}
    pieces, start = [], 0
    for name, value in given.items():  # in the order in which they stand
        empty = f',"{name}":""'
        # Two of them come after the lines, which are nearly all of the text.
        at = text.rfind(empty) if name in {"number", "previous"} else text.find(empty)
        if at < start:
            raise ValueError(f"a document to finalise has an empty {name}")
        pieces += [text[start:at], "" if name == "hash" else f',"{name}":{canonical(value)}']
        start = at + len(empty)
    pieces.append(text[start:])
    found = hashlib.sha256(f"{previous}\n{''.join(pieces)}".encode()).hexdigest()
    pieces[3] = f',"hash":"{found}"'
    return "".join(pieces), found


def from_json(text: str | bytes) -> Document:
    """Read a document.

    Raises:
        msgspec.ValidationError: it is none; the message names the field.
        msgspec.DecodeError: it is not JSON.
    """
    return msgspec.json.decode(text, type=Document)


def digest(document: Document) -> str:
    """What `hash` must be, from everything else in it."""
    rest = to_json(msgspec.structs.replace(document, hash="")).replace(',"hash":""', "")
    return hashlib.sha256(f"{document.previous}\n{rest}".encode()).hexdigest()


def digest_text(text: str | bytes) -> str:
    """The same of a document's own text, with whatever fields the version that wrote it had.

    Raises:
        msgspec.MsgspecError: it is no JSON object.
        UnwritableError: it has a number that no document has.
    """
    return _digest(msgspec.json.decode(text, type=dict[str, Any]))


def _digest(fields: dict[str, Any]) -> str:
    rest = {name: value for name, value in fields.items() if name != "hash"}
    return hashlib.sha256(f"{fields.get('previous', '')}\n{canonical(rest)}".encode()).hexdigest()
