"""A saving is what the teacher would have charged, less what was charged, and nothing else."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.billing.saving import Moved, savings
from stillhouse.ledger.ports import Total
from stillhouse.tariff import Tariff, tariff
from stillhouse.units.instant import Instant
from stillhouse.units.usage import METERS, Meter

MOVED = Moved("rel_1", "a", "w", frozenset({"w", "t:1"}), "s", "gpt-4o", "2026-11-10", "2026-11-20")
PRICES = {Meter.INPUT: 2_500_000, Meter.OUTPUT: 10_000_000}
TEACHER = tariff(book="sale", model="gpt-4o", valid_from=Instant(0), prices=PRICES)
CHEAPER = tariff(
    book="sale",
    model="gpt-4o",
    valid_from=Instant(1),
    prices={m: p // 2 for m, p in PRICES.items()},
)


def total(
    *,
    day: str = "2026-11-15",
    calls: int = 10,
    used: tuple[int, int] = (1000, 20),
    charge: int = 7,
    **changes: object,
) -> Total:
    usage = {Meter.INPUT: used[0], Meter.OUTPUT: used[1], Meter.REQUESTS: calls}
    return Total(**{  # type: ignore[arg-type]
        "day": day, "account": "a", "project": "p", "key": "k", "deployment": "s", "model": "s-1",
        "sale_tariff": "t", "cost_tariff": "", "receipts": calls,
        "usage": tuple(usage.get(m, 0) for m in METERS), "charge": charge, "cost": 0,
        "workload": "w", **changes,
    })  # fmt: skip


def by(*tariffs: Tariff) -> object:
    def teacher(_moved: Moved, _day: str) -> Sequence[Tariff]:
        return tariffs

    return teacher


def test_it_is_exact_and_says_so_in_words() -> None:
    [one] = savings([total(), total(workload="t:1")], [MOVED], by(TEACHER), month="2026-11")  # type: ignore[arg-type]
    would = 2 * (1000 * 2_500_000 + 20 * 10_000_000)

    assert (20, would, 14) == (one.calls, one.would_have, one.charged)
    assert would - 14 == one.saved
    assert "USD 0.005399999986 (20 calls; gpt-4o would have charged at least 0.0054" in one.words


@pytest.mark.parametrize(
    "other",
    [
        {"day": "2026-11-09"},
        {"day": "2026-11-21"},
        {"day": "2026-10-15"},
        {"account": "b"},
        {"workload": "v"},
        {"deployment": "gpt-4o"},
        {"sale_tariff": ""},
    ],
)
def test_what_the_student_did_not_answer_for_pay_saves_nothing(other: dict[str, object]) -> None:
    assert [] == savings([total(**other)], [MOVED], by(TEACHER), month="2026-11")  # type: ignore[arg-type]


def test_on_a_day_of_two_prices_the_lower_one_counts() -> None:
    both = savings([total()], [MOVED], by(TEACHER, CHEAPER), month="2026-11")  # type: ignore[arg-type]
    low = savings([total()], [MOVED], by(CHEAPER), month="2026-11")  # type: ignore[arg-type]

    assert low == both
    assert [] == savings([total()], [MOVED], by(), month="2026-11")  # type: ignore[arg-type]


def test_calls_of_two_releases_on_one_day_are_counted_once() -> None:
    other = Moved("rel_2", "a", "w", frozenset({"w"}), "s", "mini", "2026-11-15", "2026-11-30")

    def teacher(moved: Moved, _day: str) -> Sequence[Tariff]:
        return (CHEAPER,) if moved.release == "rel_2" else (TEACHER,)

    [one] = savings([total()], [MOVED, other], teacher, month="2026-11")

    assert ("rel_2", 10) == (one.release, one.calls)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**4), st.integers(0, 10**9))))
def test_a_month_is_the_sum_of_its_calls(calls: list[tuple[int, int, int]]) -> None:
    rows = [total(calls=1, used=(i, o), charge=c) for i, o, c in calls]
    found = savings(rows, [MOVED], by(TEACHER), month="2026-11")  # type: ignore[arg-type]

    assert sum(i * 2_500_000 + o * 10_000_000 - c for i, o, c in calls) == sum(
        each.saved for each in found
    )
    assert len(calls) == sum(each.calls for each in found)
