"""Joining records: every receipt whole, every contradiction told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.ledger.test_fold import MANY
from tests.store.test_journal import NOW, close, opened

from stillhouse.ledger import segment as module
from stillhouse.ledger.fold import fold
from stillhouse.ledger.receipt import Receipt, Record, Start
from stillhouse.ledger.segment import (
    JournalName,
    Receipts,
    join,
    segment,
    segment_id,
    spent,
    totals,
)
from stillhouse.tenants import Account, Budget, Directory, Key, Project
from stillhouse.units.instant import Instant
from stillhouse.units.money import Pico

START = Start(writer=7, file=2, next_seq=5, started_at=NOW, carried=1)


def test_opens_and_closes_become_receipts_in_order_and_the_rest_is_in_flight() -> None:
    records: list[Record] = [START, opened(3), opened(5), close(5), opened(6), close(3)]
    joined = join(7, records)

    assert [r.id for r in joined.receipts] == ["w7-3", "w7-5"]
    assert {6: opened(6)} == joined.opens
    assert joined.whole
    assert joined.problems == []


def test_a_file_that_carries_less_than_it_says_is_not_whole() -> None:
    assert not join(7, [START]).whole
    assert not join(7, [START, close(3)]).whole
    assert not join(7, [opened(3)]).whole


def test_contradictions_are_told() -> None:
    other = replace(close(3), cost=9)
    records: list[Record] = [START, opened(3), close(3), close(3), other, close(9), START]

    assert join(7, records).problems == [
        "w7-3 was closed twice",
        "w7-9 was closed but never opened",
        "a second Start frame at record 6",
    ]


@given(st.builds(JournalName, st.integers(0, 10**9), st.integers(0, 10**9), st.booleans()))
def test_a_name_is_read_as_it_was_written(name: JournalName) -> None:
    assert name == JournalName.parse(str(name))
    assert JournalName.parse(f"{name}.part") is None


def budget(ident: str, scope_id: str, span: str) -> Budget:
    scopes = {"a": "account", "p": "project", "k": "key", "x": "account"}
    return Budget(
        id=ident,
        scope=scopes[scope_id],  # type: ignore[arg-type]  # short names for the three
        scope_id=scope_id,
        span=span,  # type: ignore[arg-type]
        limit=Pico(1),
        hard=True,
    )


def test_a_charge_goes_to_every_budget_on_its_path_and_no_other() -> None:
    directory = Directory(
        accounts=[Account("a", "a")],
        projects=[Project("p", "a", "p")],
        keys=[Key("k", "a", "p", b"", "", Instant(0))],
        budgets=[
            budget("ba", "a", "month"),
            budget("bp", "p", "day"),
            budget("bk", "k", "total"),
            budget("bx", "x", "month"),
        ],
    )
    held = replace(opened(1), budgets=("ba@2026-11",))
    receipts = join(7, [START, held, opened(2), close(1), close(2)]).receipts

    assert spent(receipts, directory) == {
        ("ba", "2026-11", True): 5,
        ("ba", "2026-11", False): 5,
        ("bp", "2026-11-27", False): 10,
        ("bk", "total", False): 10,
    }


def test_a_segment_says_what_its_receipts_say() -> None:
    receipts = join(7, [START, opened(3), opened(5), close(5), close(3)]).receipts
    made = segment(receipts, file=2, path="p", sha256="h", size=9, sealed_at=Instant(NOW), spent={})

    assert (made.id, made.receipts, made.seq_min, made.seq_max, made.charge, made.cost) == (
        segment_id(7, 2),
        2,
        3,
        5,
        10,
        8,
    )
    assert sum(t.charge for t in made.totals) == made.charge


@given(MANY, st.integers(1, 5))
def test_totals_by_kind_are_the_fold_to_the_last_pico_unit(rows: list[Receipt], block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK", block)

        assert fold(rows) == totals(rows)


def test_receipts_are_a_sequence_of_their_halves() -> None:
    rows = [Receipt(7, opened(seq), close(seq)) for seq in range(1, 6)]
    receipts = Receipts.of(rows)

    assert (rows, 5, rows[2]) == (list(receipts), len(receipts), receipts[2])
    assert rows[1:3] == list(receipts[1:3])
    assert receipts is Receipts.of(receipts)


@pytest.mark.parametrize("meters", [0, 10, 12])
def test_a_receipt_that_does_not_count_every_meter_is_refused(meters: int) -> None:
    odd = Receipt(7, opened(2), replace(close(2), usage=(1,) * meters))

    for rows in ([odd], [Receipt(7, opened(1), close(1)), odd]):
        with pytest.raises(ValueError, match="argument"):
            totals(rows)


def test_a_number_beyond_64_bits_is_refused() -> None:
    with pytest.raises(OverflowError):
        totals([Receipt(7, opened(1), replace(close(1), charge=2**63))])
