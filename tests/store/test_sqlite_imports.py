"""Imported lines are counted once and whole; a provider's newest word on a day holds."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from tests.store.house import AT, DAY, MONTH, WHO, Factory, House, Rules, snapshot

from stillhouse.ledger.ports import ConflictError, LogCost, Statement, StatementLine
from stillhouse.store.sqlite import SQLiteStore

ONE, TWO = (b"1" * 16, b"a" * 8), (b"2" * 16, b"b" * 8)
SPEND = LogCost(DAY, "acct_1", "proj_1", "openai", "gpt-4o", "", "USD", 1, Decimal("0.1"))


def stated(*amounts: str, day: str = DAY, source: str = "openai") -> Statement:
    return Statement(
        source=source,
        kind="costs",
        format="csv",
        timezone="UTC",
        lines=tuple(
            StatementLine(day, f"item {n}", "gpt-4o", "input", "USD", Decimal(amount))
            for n, amount in enumerate(amounts)
        ),
    )


class TestImports(Rules):
    @pytest.fixture
    def factory(self, tmp_path: Path) -> Factory:
        return lambda: SQLiteStore(tmp_path / "stillhouse.sqlite")

    def test_an_importer_is_a_writer_and_its_entry_says_who_began_it(self, house: House) -> None:
        writer = house.store.register_importer(
            source="a.jsonl", log_format="openai", at=AT, actor=WHO
        )
        [*_, entry] = house.store.entries()

        assert [writer] == house.store.importers()
        assert not house.store.writers()[writer]
        assert ("import", WHO) == (entry.kind, entry.actor)
        assert {"writer": writer, "source": "a.jsonl", "format": "openai"} == entry.body

    def test_lines_and_their_segment_are_posted_together(self, house: House) -> None:
        segment = house.segment(house.total(5), spent={})
        house.store.post_import(segment, lines=[TWO, ONE], costs=[SPEND], at=AT)

        assert dict([ONE, TWO]) == house.store.known_lines([ONE[0], TWO[0], b"3" * 16, ONE[0]])
        assert [5] == [t.charge for t in house.store.totals()]
        assert [SPEND] == house.store.log_costs(month=MONTH)

    def test_a_line_that_is_there_undoes_all_of_its_batch(self, house: House) -> None:
        house.store.post_import(
            house.segment(house.total(5), spent={}), lines=[ONE], costs=[SPEND], at=AT
        )
        before = snapshot(house.store)
        with pytest.raises(ConflictError, match="run the import again"):
            house.store.post_import(
                house.segment(house.total(6), spent={}, file=2),
                lines=[TWO, ONE],
                costs=[SPEND],
                at=AT,
            )

        assert before == snapshot(house.store)
        assert dict([ONE]) == house.store.known_lines([ONE[0], TWO[0]])
        assert [SPEND] == house.store.log_costs()

    def test_a_segment_that_is_there_undoes_all_of_its_batch(self, house: House) -> None:
        segment = house.segment(house.total(5), spent={})
        house.store.post_segment(segment, at=AT)
        with pytest.raises(ConflictError, match="posted before"):
            house.store.post_import(segment, lines=[ONE], costs=[SPEND], at=AT)

        assert {} == house.store.known_lines([ONE[0]])
        assert [] == house.store.log_costs()

    def test_reported_costs_add_up_exactly(self, house: House) -> None:
        for file, amount in enumerate(["0.1", "0.20000000000000001", "1e-30"], 1):
            house.store.post_import(
                house.segment(house.total(1), spent={}, file=file),
                lines=[],
                costs=[replace(SPEND, amount=Decimal(amount))],
                at=AT,
            )
        [found] = house.store.log_costs()

        assert 3 == found.receipts
        assert Decimal("0.300000000000000010000000000001") == found.amount

    def test_a_statement_is_imported_once(self, house: House) -> None:
        first = house.store.add_statement(stated("1.5", "2"), digest="d1", at=AT, actor=WHO)
        before = snapshot(house.store)
        again = house.store.add_statement(stated("1.5", "2"), digest="d1", at=AT, actor=WHO)

        assert (1, None) == (first, again)
        assert before == snapshot(house.store)
        assert [replace(stated("1.5", "2"), imported_at=AT)] == house.store.statements(month=MONTH)

    def test_of_a_day_the_newest_statement_of_a_source_holds(self, house: House) -> None:
        other_day = "2026-11-24"
        for digest, said in {
            "d1": stated("1", "2"),
            "d2": stated("9", day=other_day),
            "d3": stated("3"),
            "d4": stated("7", source="azure"),
        }.items():
            house.store.add_statement(said, digest=digest, at=AT, actor=WHO)
        held = {
            (s.source, x.day, x.amount)
            for s in house.store.statements(month=MONTH)
            for x in s.lines
        }

        assert {
            ("openai", DAY, Decimal(3)),
            ("openai", other_day, Decimal(9)),
            ("azure", DAY, Decimal(7)),
        } == held
        assert [] == house.store.statements(month="2026-10")
