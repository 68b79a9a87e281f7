"""The audit: the same answers as the plain fold, from Parquet, and it sees every kind of wrong."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from msgspec.structs import replace
from tests.ledger.test_fold import MANY
from tests.store.test_journal import NOW, close, opened

from stillhouse.ledger.fold import fold
from stillhouse.ledger.ports import Total
from stillhouse.ledger.receipt import FLAG_NO_CHARGE, Receipt
from stillhouse.store import audit
from stillhouse.store.audit import Audit, Count, Mispriced, Spread
from stillhouse.store.lake import SCHEMA, Lake, table
from stillhouse.store.rollups import columns
from stillhouse.store.sqlite_rows import total_row
from stillhouse.tariff import Tariff, charge, tariff
from stillhouse.tariff.prices import changed
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Meter, Usage

SALE = tariff(
    book="sale", model="m", valid_from=Instant(0), prices={Meter.INPUT: 5, Meter.OUTPUT: 7}
)
COST = tariff(book="cost", model="m", valid_from=Instant(0), prices={Meter.INPUT: 2})
BOOK: dict[str, Tariff] = {SALE.id: SALE, COST.id: COST}
EMPTY = SCHEMA.empty_table()


def claims(totals: Sequence[Total]) -> pa.Table:
    return columns([total_row(total) for total in totals])


def receipt(seq: int, *, charge: int = 57, cost: int = 20, flags: int = 0) -> Receipt:
    return Receipt(
        7,
        replace(opened(seq), sale_tariff=SALE.id, cost_tariff=COST.id),
        replace(
            close(seq),
            usage=tuple(Usage(input=10, output=1, audio_in=3, requests=1)),
            charge=charge,
            cost=cost,
            flags=flags,
        ),
    )


def labelled(of: Receipt) -> Receipt:
    return of._replace(open=replace(of.open, workload="w", cohort="c", terms="t@1"))


def bounded(rows: list[Receipt]) -> list[Receipt]:
    """At most what a column of the lake holds."""
    return [
        Receipt(w, o, replace(c, charge=c.charge % 10**18, cost=c.cost % 10**18))
        for w, o, c in rows
    ]


@settings(max_examples=15, deadline=None)
@given(MANY)
def test_rebuilt_totals_are_the_plain_fold(rows: list[Receipt]) -> None:
    rows = bounded(rows)
    with Audit([], table(rows), {}) as asked:
        assert fold(rows) == asked.totals("tail")


def test_sealed_and_tail_are_counted_together_and_totals_are_of_sealed(tmp_path: Path) -> None:
    sealed = [receipt(1), receipt(2), receipt(5)]
    path = tmp_path / Lake(tmp_path).write(sealed, file=1).path
    with Audit([path], table([receipt(5), receipt(6)]), BOOK) as asked:
        assert [Count(7, 5, 4, 1, 6)] == asked.counts()
        assert asked.missing(7, 6, limit=9) == [3, 4]
        assert asked.doubled(limit=9) == [(7, 5, 2)]
        assert fold(sealed) == asked.totals()
        assert asked.differing(claims(fold(sealed)), limit=9) == []


def test_files_from_before_a_column_came_are_read_as_if_it_were_empty(tmp_path: Path) -> None:
    old, new = [receipt(1), receipt(2)], [labelled(receipt(3)), receipt(4)]
    sealed = tmp_path / Lake(tmp_path).write(new, file=2).path
    before = tmp_path / "old.parquet"
    pq.write_table(table(old).drop_columns(["workload", "cohort", "terms"]), before)
    with Audit([before, sealed], EMPTY, BOOK) as asked:
        assert fold(old + new) == asked.totals()
        assert [("", "", ""), ("", "", ""), ("w", "c", "t@1"), ("", "", "")] == [
            (row["workload"], row["cohort"], row["terms"])
            for row in asked.rows(account="a", start=Instant(0), end=Instant(2**60))
        ]
    with Audit([before], table(new), BOOK) as asked:
        assert fold(old) == asked.totals()
        assert asked.differing(claims(fold(old)), limit=9) == []
        assert [Count(7, 4, 4, 1, 4)] == asked.counts()


def test_calls_are_spread_by_group_and_tariff_sealed_or_not(tmp_path: Path) -> None:
    rows = [
        Receipt(
            7,
            replace(opened(n), workload="w" if n % 2 else "x", sale_tariff=f"t{n % 3}"),
            replace(
                close(n),
                latency_us=n,
                usage=tuple(Usage(input=1000 + n, cache_read=5)),
                outcome="completed" if n < 201 else "timeout",
            ),
        )
        for n in range(1, 251)
    ]
    path = tmp_path / Lake(tmp_path).write(rows[:100], file=1).path
    with Audit([path], table(rows[100:]), BOOK) as asked:
        groups = {("a", "w"): "one", ("a", "x"): "one", ("b", "w"): "other"}
        found = asked.spread(groups, start=Instant(0), end=Instant(2**60))
        by_name = asked.spread({("a", "w"): "w"}, start=Instant(0), end=Instant(2**60), account="a")

        assert [] == asked.spread(groups, start=Instant(0), end=Instant(5))
        assert [] == asked.spread(groups, start=Instant(0), end=Instant(2**60), account="b")
    whole = next(s for s in found if s.tariff is None)
    inputs = sum(1005 + n for n in range(1, 201))
    assert Spread("one", None, 200, inputs, 1000, 1007, 100, 190) == whole
    assert ["t0", "t1", "t2"] == sorted(s.tariff for s in found if s.tariff is not None)
    assert 200 == sum(s.calls for s in found if s.tariff is not None)
    assert [100] == [s.calls for s in by_name if s.tariff is None]


def test_counting_in_parts_is_counting_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [receipt(seq) for seq in (1, 2, 2, 3, 5, 8, 13, 13)]
    monkeypatch.setattr(audit, "DISTINCT_AT_ONCE", 3)
    with Audit([], table(rows), BOOK) as asked:
        assert [Count(7, 8, 6, 1, 13)] == asked.counts()


def test_a_total_that_is_changed_missing_or_made_up_is_named(tmp_path: Path) -> None:
    sealed = [receipt(1), receipt(2, flags=FLAG_NO_CHARGE, charge=0)]
    path = tmp_path / Lake(tmp_path).write(sealed, file=1).path
    free, paid = fold(sealed)
    changed = fold([receipt(1, charge=58)])
    made_up = fold([Receipt(7, replace(opened(1), account="x"), close(1))])
    with Audit([path], EMPTY, BOOK) as asked:
        assert [(paid.account, "2026-11-27")] == [
            (row[0], row[-1]) for row in asked.differing(claims([free, *changed]), limit=9)
        ]
        assert len(asked.differing(claims([paid]), limit=9)) == 1
        assert [row[0] for row in asked.differing(claims([free, paid, *made_up]), limit=9)] == ["x"]


def test_a_charge_or_cost_that_does_not_follow_from_usage_and_prices_is_named() -> None:
    good = [receipt(1), receipt(2, charge=0, flags=FLAG_NO_CHARGE)]
    bad = [
        receipt(3, charge=58),
        receipt(4, cost=0),
        receipt(5, flags=FLAG_NO_CHARGE),
        Receipt(7, replace(receipt(6).open, sale_tariff="t_gone"), receipt(6).close),
    ]
    with Audit([], table(good + bad), BOOK) as asked:
        assert asked.mispriced(limit=9) == [
            Mispriced(7, 3, 58, 57, 20, 20),
            Mispriced(7, 4, 57, 57, 0, 20),
            Mispriced(7, 5, 57, 0, 20, 20),
            Mispriced(7, 6, 57, None, 20, 20),
        ]


def test_rows_of_an_account_and_time_come_in_order_of_admission(tmp_path: Path) -> None:
    def at(seq: int, when: int, account: str = "a") -> Receipt:
        r = receipt(seq)
        return Receipt(7, replace(r.open, admitted_at=when, account=account), r.close)

    sealed = [at(1, NOW + 9), at(2, NOW), at(3, NOW, "b"), at(4, NOW - 1), at(5, NOW + 10)]
    path = tmp_path / Lake(tmp_path).write(sealed, file=1).path
    with Audit([path], table([at(6, NOW + 5)]), BOOK) as asked:
        rows = list(asked.rows(account="a", start=Instant(NOW), end=Instant(NOW + 10)))

    assert [(r["seq"], r["admitted_at"]) for r in rows] == [(2, NOW), (6, NOW + 5), (1, NOW + 9)]


def test_nothing_at_all_is_an_answer() -> None:
    with Audit([], EMPTY, {}) as asked:
        assert (asked.totals(), asked.counts(), asked.mispriced(limit=1)) == ([], [], [])


def test_nothing_is_drawn_on_stdout_of_a_program() -> None:
    """With `python -c` DuckDB would take a long question for a person's and draw its progress."""
    program = (
        "from stillhouse.store.audit import Audit\n"
        "from stillhouse.store.lake import SCHEMA\n"
        "with Audit([], SCHEMA.empty_table(), {}) as asked:\n"
        "    print(asked._all(\"SELECT current_setting('enable_progress_bar')\"))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[(False,)]\n"


def banded(seq: int, tokens_in: int, named: Tariff, *, at: int = 0) -> Receipt:
    usage = Usage(input=tokens_in, output=1, requests=1)
    return Receipt(
        7,
        replace(opened(seq), sale_tariff=named.id, cost_tariff="", admitted_at=NOW + at),
        replace(close(seq), usage=tuple(usage), charge=charge(usage, named), cost=0, flags=0),
    )


SHORT = tariff(
    book="sale", model="n", valid_from=Instant(0), prices={Meter.INPUT: 5, Meter.OUTPUT: 7}
)
LONG = changed(SHORT, prices={Meter.INPUT: 9, Meter.OUTPUT: 8}, above=100)
BANDS: dict[str, Tariff] = {**BOOK, SHORT.id: SHORT, LONG.id: LONG}


def test_a_receipt_that_names_the_wrong_band_is_mispriced_however_right_its_sum() -> None:
    good = [banded(1, 100, SHORT), banded(2, 101, LONG), receipt(3)]
    bad = [banded(4, 101, SHORT), banded(5, 100, LONG)]
    with Audit([], table(good + bad), BANDS) as asked:
        assert [
            Mispriced(7, 4, 101 * 5 + 7, 101 * 9 + 8, 0, 0),
            Mispriced(7, 5, 100 * 9 + 8, 100 * 5 + 7, 0, 0),
        ] == asked.mispriced(limit=9)


def test_bands_that_a_configuration_was_edited_to_in_place_still_price_their_receipts() -> None:
    edited = changed(SHORT, prices={Meter.INPUT: 6, Meter.OUTPUT: 7})
    rows = [banded(1, 101, SHORT), banded(2, 101, edited), banded(3, 50, LONG)]
    with Audit([], table(rows), {**BANDS, edited.id: edited}) as asked:
        assert [] == asked.mispriced(limit=9)


def test_totals_are_cut_at_moments_and_edges() -> None:
    rows = [
        banded(1, 100, SHORT),
        banded(2, 101, SHORT),
        banded(3, 102, SHORT, at=50),
        banded(4, 400, LONG, at=50),
        banded(5, 100, SHORT)._replace(close=replace(close(5), flags=FLAG_NO_CHARGE, charge=0)),
    ]
    with Audit([], table(rows), {}) as asked:
        found = asked.cut(
            tariffs={SHORT.id},
            start=Instant(NOW),
            end=Instant(NOW + 100),
            account=rows[0].open.account,
            moments=[Instant(NOW + 50)],
            edges=[100, 300],
        )
        assert [(0, 0, [rows[0]]), (0, 1, [rows[1]]), (1, 1, [rows[2]])] == [
            (after, above, [r for r in rows if fold([r]) == [t]]) for after, above, t in found
        ]
        nobody = {"moments": [], "edges": [], "account": "nobody"}
        assert [] == asked.cut(
            tariffs={SHORT.id},
            start=Instant(NOW),
            end=Instant(NOW + 100),
            **nobody,  # type: ignore[arg-type]
        )


def test_totals_may_be_read_while_they_are_rebuilt() -> None:
    with Audit([], EMPTY, {}) as asked:
        assert [] == asked.differing(lambda: claims([]), limit=1)
        assert 1 == len(asked.differing(lambda: claims(fold([receipt(1)])), limit=1))
