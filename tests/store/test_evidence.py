"""What the engine says of a segment's receipts is what they say, one by one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.compose.sales import PLAIN, Sales, at

from stillhouse.billing.evidence import Part
from stillhouse.billing.merkle import EMPTY, Tree, leaf, leaf_text
from stillhouse.ledger.receipt import FLAG_UNRATED
from stillhouse.store.evidence import SegmentReceipts
from stillhouse.units.usage import Usage

SMALL = Usage(input=10, output=2, requests=1)
NOVEMBER = at("2026-11-15")


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[Sales]:
    made = Sales.found(tmp_path)
    yield made
    made.close()


def last(sales: Sales) -> SegmentReceipts:
    segment = sales.store.segments()[-1]
    return SegmentReceipts(
        sales.data / segment.path, writer=segment.writer, file=segment.file, threads=2
    )


def parts(sales: Sales) -> list[Part]:
    with last(sales) as receipts:
        return receipts.parts()


def test_every_account_and_month_of_a_segment_is_a_part(sales: Sales) -> None:
    mine, other = sales.account("mine"), sales.account("other")
    sold = [
        (mine, NOVEMBER, None),
        (other, NOVEMBER, None),
        (mine, at("2026-11-16"), None),
        (mine, at("2026-11-16"), "import:x"),
        (mine, at("2026-10-31"), None),
        (mine, at("2026-12-01"), None),
    ]
    sales.post([sales.receipt(account, when, SMALL, key=key) for account, when, key in sold])
    expected = [
        ("2026-10", mine, 1, 5, 5),
        ("2026-11", mine, 2, 1, 3),
        ("2026-11", other, 1, 2, 2),
        ("2026-12", mine, 1, 6, 6),
    ]

    assert sorted(expected) == sorted(
        (p.month, p.account, p.count, p.first, p.last) for p in parts(sales)
    )


def test_a_parts_root_is_of_its_receipts_texts_in_order(sales: Sales) -> None:
    mine = sales.account("mine")
    for n in (1, 2, 3, 7):
        ids = sales.sell(mine, NOVEMBER, *[SMALL] * n, workload="chat é")
        with last(sales) as receipts:
            numbers, leaves = receipts.of(mine, "2026-11")
            fields = [receipts.fields(mine, seq) for seq in numbers]
            [part] = receipts.parts()
        tree = Tree()
        tree.add([leaf(leaf_text(each)) for each in fields])

        assert ids == [each["id"] for each in fields]
        assert b"".join(leaf(leaf_text(each)) for each in fields) == leaves
        assert (tree.root(), n) == (part.root, part.count)
    first = fields[0]
    assert ("10,0,0,0,2,0,0,0,0,0,1", "45000000") == (first["usage"], first["charge"])
    assert (PLAIN.id, "chat é", str(NOVEMBER)) == (
        first["tariff"],
        first["workload"],
        first["admitted_at"],
    )


def test_only_calls_that_are_not_whole_reported_and_priced_are_odd(sales: Sales) -> None:
    mine = sales.account("mine")
    sales.post(
        [
            sales.receipt(mine, NOVEMBER, SMALL),
            sales.receipt(mine, NOVEMBER, SMALL, reported=False),
            sales.receipt(mine, NOVEMBER, SMALL, reported=False),
            sales.receipt(mine, NOVEMBER, SMALL, outcome="upstream_cut"),
            sales.receipt(mine, NOVEMBER, Usage(audio_in=5)),
        ]
    )
    [part] = parts(sales)

    assert [
        ("completed", "counted", 2, "90000000", 20),
        ("completed", "reported", 1, "0", 0),
        ("upstream_cut", "reported", 1, "0", 10),
    ] == [(o.outcome, o.witness, o.receipts, o.charge, o.usage[0]) for o in part.odd]
    assert [False, True, False] == [bool(o.flags & FLAG_UNRATED) for o in part.odd]


def test_a_segment_of_imported_calls_has_no_parts(sales: Sales) -> None:
    sales.sell(sales.account("mine"), NOVEMBER, SMALL, key="import:x")

    assert [] == parts(sales)
    with last(sales) as receipts:
        assert ([], b"") == receipts.of("mine", "2026-11")
    assert EMPTY == Tree().root()
