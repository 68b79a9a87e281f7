"""Every check sees what it is for, says what to do, and is silent when all is well."""

from dataclasses import replace

import pytest

from stillhouse.ledger.entries import follow
from stillhouse.ledger.ports import Balance, Entry, Segment
from stillhouse.ledger.verify import (
    Numbers,
    Problem,
    Spending,
    check_balances,
    check_files,
    check_holds,
    check_numbers,
    check_record,
)
from stillhouse.tariff import tariff
from stillhouse.tenants import Budget
from stillhouse.units.instant import Instant
from stillhouse.units.money import Pico
from stillhouse.units.usage import Meter

SEGMENT = Segment(
    id="w1-1",
    writer=1,
    file=1,
    path="segments/2026-11/w1-1.parquet",
    sha256="ab" * 32,
    size=9,
    receipts=2,
    seq_min=1,
    seq_max=2,
    charge=30,
    cost=20,
    sealed_at=Instant(0),
)
BODY = {"id": "w1-1", "sha256": "ab" * 32, "receipts": 2, "charge": "30", "cost": "20"}
ENTRY = follow(None, at=Instant(0), kind="segment", actor="writer:1", body=BODY)
THERE = {SEGMENT.path: (9, "ab" * 32)}
MONTH = Budget(id="b", scope="account", scope_id="a", span="month", limit=Pico(99), hard=True)
DAY = Budget(id="d", scope="key", scope_id="k", span="day", limit=Pico(99), hard=True)
BUDGETS = {"b": MONTH, "d": DAY}
T = Spending(day="2026-11-27", account="a", project="p", key="k", charge=30)
BALANCES = [
    Balance("b", "2026-11", Pico(30), Pico(5)),
    Balance("d", "2026-11-27", Pico(30), Pico(0)),
]
LEASES = {(1, "b", "2026-11"): Pico(2), (2, "b", "2026-11"): Pico(3)}


def kinds(problems: list[Problem]) -> list[str]:
    assert all(p.found and p.remedy for p in problems)
    return [p.kind for p in problems]


def test_all_well_is_silence() -> None:
    assert check_numbers([Numbers(1, 2, 2, 3, frozenset({3}))]) == []
    assert check_files([SEGMENT], THERE, [ENTRY]) == []
    assert check_balances(BUDGETS, BALANCES, LEASES, [T]) == []
    assert check_holds({1: 0}, LEASES, {1: False, 2: False}) == (0, [])
    assert check_record([ENTRY], {}) == []


def test_a_number_that_is_nowhere_is_lost_and_named() -> None:
    numbers = Numbers(1, receipts=2, distinct=2, issued=5, in_flight=frozenset({5}), missing=(2, 4))
    [problem] = check_numbers([numbers])

    assert (numbers.lost, numbers.doubled, problem.kind) == (2, 0, "lost")
    assert "w1-2, w1-4" in problem.found


def test_a_number_that_is_there_twice_is_doubled() -> None:
    numbers = Numbers(1, receipts=4, distinct=3, issued=3)

    assert (
        numbers.lost,
        numbers.doubled,
        kinds(check_numbers([numbers])),
    ) == (0, 1, ["duplicated"])


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (None, "file_missing"),
        ((9, "cd" * 32), "file_changed"),
        ((8, "ab" * 32), "file_changed"),
    ],
)
def test_a_file_must_be_what_was_posted(found: tuple[int, str] | None, kind: str) -> None:
    assert [kind] == kinds(check_files([SEGMENT], {SEGMENT.path: found}, [ENTRY]))


@pytest.mark.parametrize("change", [{"charge": 31}, {"sha256": "cd" * 32}, {"receipts": 3}])
def test_the_table_of_segments_must_be_what_was_chained(change: dict[str, object]) -> None:
    changed = replace(SEGMENT, **change)  # type: ignore[arg-type]
    there = {SEGMENT.path: (changed.size, changed.sha256)}

    assert kinds(check_files([changed], there, [ENTRY])) == ["segment_unchained"]
    assert kinds(check_files([SEGMENT], THERE, [])) == ["segment_unchained"]


def test_what_is_posted_must_be_what_the_receipts_come_to() -> None:
    wrong = [replace(BALANCES[0], posted=Pico(29)), BALANCES[1]]

    assert kinds(check_balances(BUDGETS, wrong, LEASES, [T])) == ["balance"]
    assert kinds(check_balances(BUDGETS, BALANCES[:1], LEASES, [T])) == ["balance"]
    assert kinds(check_balances(BUDGETS, BALANCES, LEASES, [])) == ["balance", "balance"]


def test_what_was_imported_is_no_part_of_a_balance() -> None:
    imported = T._replace(key="import:theirs")

    assert check_balances(BUDGETS, BALANCES, LEASES, [T, imported]) == []


def test_what_is_leased_must_be_the_sum_of_leases() -> None:
    assert kinds(check_balances(BUDGETS, BALANCES, {}, [T])) == ["leases"]
    extra = {**LEASES, (1, "d", "2026-11-28"): Pico(1)}
    assert kinds(check_balances(BUDGETS, BALANCES, extra, [T])) == ["leases"]


def test_a_budget_answers_for_no_period_before_it_was_made() -> None:
    body = {"id": "d", "period": "2026-11-28"}
    made = follow(None, at=Instant(0), kind="budget", actor="cli:x", body=body)

    assert kinds(check_balances(BUDGETS, BALANCES[:1], LEASES, [T])) == ["balance"]
    assert check_balances(BUDGETS, BALANCES[:1], LEASES, [T], [made]) == []


def test_a_members_budget_is_of_his_keys_and_a_providers_of_what_it_served() -> None:
    week = replace(BUDGETS["d"], id="w", scope="member", scope_id="mem", span="week")
    own = replace(week, id="p", scope="provider", scope_id="stub")
    budgets = {"w": week, "p": own}
    later = T._replace(day="2026-12-01")
    served = Spending("2026-12-01", "", "", "", 7, "stub")
    mid = Spending("2026-11-28", "", "", "", 9, "stub")  # before it was made, in the same week
    balances = [
        Balance("w", "2026-W48", Pico(30), Pico(0)),
        Balance("w", "2026-W49", Pico(30), Pico(0)),
        Balance("p", "2026-W48", Pico(0), Pico(0)),
        Balance("p", "2026-W49", Pico(7), Pico(0)),
    ]
    body = {"id": "p", "period": "2026-W48"}
    made = [follow(None, at=Instant(0), kind="budget", actor="cli:x", body=body)]
    told = [T, later, mid, served]

    assert [] == check_balances(budgets, balances, {}, told, made, {"k": "mem"})
    wrong = check_balances(budgets, balances[:-1], {}, told, made, {"k": "mem"})
    assert ["balance"] == kinds(wrong)
    assert ["balance"] * 2 == kinds(check_balances(budgets, balances, {}, told, made))


def test_calls_of_the_dead_and_leases_of_the_released_are_open_holds() -> None:
    count, problems = check_holds({1: 3, 4: 0}, LEASES, {1: False, 2: True})

    assert (count, kinds(problems)) == (4, ["open_holds", "open_holds"])


def test_a_changed_entry_breaks_the_chain() -> None:
    changed: Entry = replace(ENTRY, body={**BODY, "charge": "31"})

    assert kinds(check_record([changed], {})) == ["chain"]


def test_a_price_list_must_be_what_its_id_says() -> None:
    t = tariff(book="sale", model="m", valid_from=Instant(0), prices={Meter.INPUT: 5})
    dearer = replace(t, prices=(6, *t.prices[1:]))

    assert check_record([], {t.id: t}) == []
    assert kinds(check_record([], {t.id: dearer})) == ["tariff"]
