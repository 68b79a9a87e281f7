"""A receipt is on the invoice, at its prices, or the customer is told which and why not."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.billing.sold import MONTH, PLAIN, finalised, invoice, total

from stillhouse.billing.document import Document, Proof
from stillhouse.billing.evidence import part_leaf
from stillhouse.billing.inclusion import Included, Inclusion, charge_matches, check_inclusion
from stillhouse.billing.merkle import Tree, leaf, leaf_text
from stillhouse.ledger.receipt import FLAG_NO_CHARGE
from stillhouse.tariff.charge import charge
from stillhouse.units.usage import Usage

SMALL = Usage(input=100, output=10, requests=1)
AT = 1_795_780_800_000_000  # 2026-11-27T12:00:00Z


def receipt(seq: int, **changes: str) -> dict[str, str]:
    return {
        "id": f"w1-{seq}",
        "admitted_at": str(AT + seq),
        "account": "a",
        "project": "p",
        "key": "k",
        "model": "m",
        "workload": "",
        "outcome": "completed",
        "witness": "reported",
        "flags": "0",
        "usage": ",".join(map(str, SMALL)),
        "charge": str(charge(SMALL, PLAIN)),
        "tariff": PLAIN.id,
        **changes,
    }


def issued(
    receipts: Sequence[dict[str, str]], *, per_part: int = 3, **others: Any
) -> tuple[Document, Inclusion]:
    """An invoice whose root is of these receipts, some to a part, and the proof of all of them."""
    split = [receipts[at : at + per_part] for at in range(0, len(receipts), per_part)]
    whole = Tree(frozenset(range(len(split))))
    proven = []
    for place, part in enumerate(split):
        tree = Tree(frozenset(range(len(part))))
        tree.add([leaf(leaf_text(each)) for each in part])
        said: dict[str, Any] = {"segment": f"w1-{place + 1}", "month": MONTH, "count": len(part)}
        whole.add([part_leaf(**said, root=tree.root().hex())])
        proven += [
            Included(
                receipt=each, place=at, path=_hex(tree.paths[at]), part=place, part_path=(), **said
            )
            for at, each in enumerate(part)
        ]
    root = whole.root().hex()
    made = invoice(*(total(SMALL) for _ in receipts), **others)
    count = Proof(count=len(receipts), root=root, parts=len(split))
    document = finalised(msgspec.structs.replace(made, receipts=count))
    proof = Inclusion(
        number=document.number,
        root=root,
        count=len(receipts),
        parts=len(split),
        receipts=tuple(
            msgspec.structs.replace(each, part_path=_hex(whole.paths[each.part])) for each in proven
        ),
    )
    return document, proof


def _hex(path: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(step.hex() for step in path)


def found(receipts: Sequence[dict[str, str]], *wanted: str, **others: Any) -> list[str]:
    document, proof = issued(receipts, **others)
    return [f.what for f in check_inclusion(document, proof, wanted)]


def test_receipts_of_an_invoice_are_proven() -> None:
    assert [] == found([receipt(n) for n in range(1, 8)], "w1-3", "w1-7")


def test_a_receipt_that_is_not_in_the_proof_is_named() -> None:
    assert ["w1-9 is not in the proof: ask the issuer for one that has it"] == found(
        [receipt(1)], "w1-9"
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"charge": "1"}, "w1-1 was charged 1 pico-units, and its tokens at the prices of lines 1"),
        ({"account": "b"}, "is a call of b, not of this customer"),
        ({"model": "other"}, "w1-1 used 100 input; no line charges for them"),
        ({"workload": "w"}, "no line charges for them"),
        ({"admitted_at": "0"}, "no line charges for them"),
        ({"usage": "1,2"}, "cannot be read"),
        ({"charge": "much"}, "cannot be read"),
        ({"flags": str(FLAG_NO_CHARGE)}, "free by rule and charged"),
    ],
)
def test_a_receipt_that_does_not_fit_the_lines_is_named(changes: dict[str, str], says: str) -> None:
    whats = found([receipt(1, **changes), receipt(2)])

    assert 1 == len(whats)
    assert says in whats[0]


def test_a_call_that_was_free_by_rule_is_proven_without_a_line() -> None:
    free = receipt(2, flags=str(FLAG_NO_CHARGE), charge="0", outcome="upstream_cut")

    assert [] == found([receipt(1), free])


def test_a_receipt_that_was_changed_is_not_among_them() -> None:
    document, proof = issued([receipt(1), receipt(2)])
    first = proof.receipts[0]
    for said in (receipt(1, key="other"), receipt(3)):
        moved = msgspec.structs.replace(
            proof, receipts=(msgspec.structs.replace(first, receipt=said),)
        )
        whats = [f.what for f in check_inclusion(document, moved)]

        assert [f"{said['id']} is not among the receipts of INV-000001"] == whats


@given(st.integers(1, 40), st.integers(1, 9))
def test_every_receipt_is_proven_however_they_are_split(n: int, per_part: int) -> None:
    document, proof = issued([receipt(seq) for seq in range(1, n + 1)], per_part=per_part)

    assert [] == check_inclusion(document, proof)


@pytest.mark.parametrize(
    "changes",
    [
        {"segment": "w1-9"},
        {"month": "2026-10"},
        {"count": 2},
        {"part": 1},
        {"place": 1},
        {"path": ()},
        {"part_path": ()},
    ],
)
def test_a_path_through_another_part_leads_nowhere(changes: dict[str, Any]) -> None:
    document, proof = issued([receipt(seq) for seq in range(1, 9)])
    moved = msgspec.structs.replace(proof.receipts[0], **changes)
    whats = check_inclusion(document, msgspec.structs.replace(proof, receipts=(moved,)))

    assert ["w1-1 is not among the receipts of INV-000001"] == [f.what for f in whats]


def test_a_proof_for_another_document_proves_nothing() -> None:
    document, proof = issued([receipt(1)])
    other = msgspec.structs.replace(proof, number="INV-000009")
    old = msgspec.structs.replace(proof, format="other/1")

    assert ["not for this document" in f.what for f in check_inclusion(document, other)] == [True]
    assert ["format" in f.what for f in check_inclusion(document, old)] == [True]
    assert MONTH == document.period


def test_a_charge_from_a_header_is_compared_exactly() -> None:
    said = receipt(1)

    assert charge_matches(said, "0.00035")
    assert charge_matches(said, "0.000350000000 USD")
    assert not charge_matches(said, "0.0004")
    assert not charge_matches(said, "nothing")
