"""Columns in memory say what the ledger's totals say, whatever was posted since."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.store.house import AT, PAST_64_BITS, WHO, House

from stillhouse.ledger.ports import Total
from stillhouse.store.rollups import COARSER, Rolled, Rollups
from stillhouse.store.sqlite import SQLiteStore
from stillhouse.tenants.key import IMPORTED
from stillhouse.units.usage import METERS

FIRST, LAST = "2026-01-01", "2026-12-31"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(SQLiteStore(tmp_path / "store.sqlite")) as store:
        account = store.create_account("a", at=AT, actor=WHO)
        key = store.create_key(
            digest=b"1" * 32,
            hint="sk-1",
            account=account.id,
            project=None,
            models=None,
            expires_at=None,
            at=AT,
            actor=WHO,
        )
        yield House(store, account, key, store.register_writer(at=AT))


def of(t: Total, name: str) -> str:
    match name:
        case "month":
            return t.day[:7]
        case "imported":
            return "yes" if t.key.startswith(IMPORTED) else ""
        case _:
            return str(getattr(t, name))


def added(totals: Sequence[Total], by: Sequence[str]) -> dict[tuple[str, ...], Rolled]:
    """The same by plain Python."""
    sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0] * 15)
    for t in totals:
        keys = tuple(of(t, name) for name in by)
        parts = (t.receipts, t.charge, t.cost, t.unrated, *t.usage)
        sums[keys] = [a + b for a, b in zip(sums[keys], parts, strict=True)]
    return {keys: Rolled(keys, n[0], tuple(n[4:]), n[1], n[2], n[3]) for keys, n in sums.items()}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2026-10-31", "2026-11-01", "2026-11-23"]),
            st.sampled_from(["gpt-4o", "o3", "it's"]),
            st.sampled_from(["", "triage"]),
            st.integers(0, 2**64),
            st.booleans(),
        ),
        max_size=12,
    ),
    st.lists(
        st.sampled_from(
            ["day", "month", "deployment", "workload", "account", "key", "imported", "sale_tariff"]
        ),
        unique=True,
        max_size=3,
    ),
)
@settings(max_examples=40, deadline=None)
def test_sums_are_those_of_the_totals_posted_and_not_yet_posted(
    rows: list[tuple[str, str, str, int, bool]], by: list[str]
) -> None:
    totals = [
        Total(
            day=day,
            account="acct_1",
            project="proj_1",
            key=f"{IMPORTED}{place}" if place % 3 else f"key_{place}",
            deployment=model,
            model=model,
            sale_tariff="t_sale",
            cost_tariff="",
            receipts=1,
            usage=tuple(range(place, place + len(METERS))),
            charge=charge,
            cost=charge // 3,
            workload=workload,
        )
        for place, (day, model, workload, charge, _) in enumerate(rows)
    ]
    posted = [t for t, row in zip(totals, rows, strict=True) if row[4]]
    tail = [t for t, row in zip(totals, rows, strict=True) if not row[4]]
    with TemporaryDirectory() as folder, closing(SQLiteStore(Path(folder) / "s.sqlite")) as store:
        writer = store.register_writer(at=AT)
        for file, t in enumerate(posted, 1):
            house = House(store, None, None, writer)  # type: ignore[arg-type]
            store.post_segment(house.segment(t, spent={}, file=file), at=AT)
        with closing(Rollups(store)) as rollups:
            rollups.refresh()
            found = rollups.sums(by, first=FIRST, last=LAST, tail=tail)
            kept = rollups.sums(
                by, first="2026-11-01", last=LAST, only={"workload": "triage"}, tail=tail
            )

    assert added(totals, by) == {row.keys: row for row in found}
    some = [t for t in totals if t.day >= "2026-11-01" and t.workload == "triage"]
    assert added(some, by) == {row.keys: row for row in kept}


def test_a_dimension_that_does_not_exist_is_refused_by_name(house: House) -> None:
    with closing(Rollups(house.store)) as rollups, pytest.raises(ValueError, match="colour"):
        rollups.sums(["colour"], first=FIRST, last=LAST)


def test_only_days_that_changed_are_read_again(house: House) -> None:
    house.store.post_segment(
        house.segment(house.total(5), house.total(6, day="2026-10-01"), spent={}), at=AT
    )
    with closing(Rollups(house.store)) as rollups:
        assert 2 == rollups.refresh()
        assert 0 == rollups.refresh()
        house.store.post_segment(house.segment(house.total(PAST_64_BITS), spent={}, file=2), at=AT)

        assert 11 == rollups.sums([], first=FIRST, last=LAST)[0].charge
        assert 1 == rollups.refresh()
        assert 11 + PAST_64_BITS == rollups.sums([], first=FIRST, last=LAST)[0].charge


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 10])
def test_the_dearest_are_the_first_of_all_and_equals_go_by_name(house: House, limit: int) -> None:
    charges = {"b": 5, "a": 5, "d": 9, "c": 5}
    totals = [house.total(charge, workload=name) for name, charge in charges.items()]
    house.store.post_segment(house.segment(*totals, spent={}), at=AT)
    with closing(Rollups(house.store)) as rollups:
        rollups.refresh()
        every = rollups.sums(["workload"], first=FIRST, last=LAST)
        some = rollups.sums(["workload"], first=FIRST, last=LAST, limit=limit)

    assert ["d", "a", "b", "c"] == [row.keys[0] for row in every]
    assert every[:limit] == some


@pytest.mark.parametrize("names", COARSER.values(), ids=COARSER)
def test_a_smaller_table_follows_each_posting_and_gives_the_same_sums(
    house: House, names: tuple[str, ...]
) -> None:
    first = [house.total(5), house.total(6, day="2026-10-01")]
    house.store.post_segment(house.segment(*first, spent={}), at=AT)
    with closing(Rollups(house.store)) as rollups:
        rollups.refresh()
        house.store.post_segment(house.segment(house.total(7), spent={}, file=2), at=AT)
        rollups.refresh()
        by_few = rollups.sums(names, first=FIRST, last=LAST)
        by_all = rollups.sums([*names, "cohort", "account"], first=FIRST, last=LAST)

    assert 18 == sum(row.charge for row in by_few)
    assert [(r.charge, r.usage) for r in by_all] == [(r.charge, r.usage) for r in by_few]


def test_of_each_value_the_dearest_of_another_is_named_and_all_are_counted(house: House) -> None:
    posted = [
        house.total(5, deployment="x", workload="a"),
        house.total(9, deployment="y", workload="a"),
        house.total(1, deployment="x", workload="b"),
    ]
    house.store.post_segment(house.segment(*posted, spent={}), at=AT)
    tail = [house.total(6, deployment="x", workload="a"), house.total(3, workload="c")]
    with closing(Rollups(house.store)) as rollups:
        rollups.refresh()
        sealed = rollups.leading("workload", "deployment", first=FIRST, last=LAST)
        both = rollups.leading("workload", "deployment", first=FIRST, last=LAST, tail=tail)
        some = rollups.leading(
            "workload", "account", first=FIRST, last=LAST, only={"workload": ["b"]}
        )

    assert {"a": ("y", 2), "b": ("x", 1)} == sealed
    assert {"a": ("x", 2), "b": ("x", 1), "c": ("gpt-4o", 1)} == both
    assert {"b": (house.account.id, 1)} == some
