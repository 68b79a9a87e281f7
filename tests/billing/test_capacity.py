"""Tokens on provisioned capacity cost nothing more; what is paid for is used or shown as unused."""

from hypothesis import given
from hypothesis import strategies as st
from tests.billing.sold import BOOK, CHEAP, MONTH, PLAIN, invoice, total, totals

from stillhouse.billing.capacity import cover
from stillhouse.billing.check import check
from stillhouse.billing.contract import Capacity, Contract
from stillhouse.ledger.ports import Total
from stillhouse.units.usage import METERS, Meter, Usage

HOURS = 30 * 24


def ptu(**changes: object) -> Contract:
    fields: dict[str, object] = {
        "id": "ptu",
        "model": "m",
        "units": 10,
        "unit_price": "1.00",
        "tokens_per_unit_hour": 1_000,
        "start": "2026-01-01T00:00:00Z",
    }
    capacity = Capacity(**{**fields, **changes})  # type: ignore[arg-type]
    return Contract(account="a", since="2026-01", capacity=(capacity,))


def test_a_day_covers_its_own_tokens_and_the_rest_spills_over() -> None:
    """Ten units give 240,000 tokens a day; 300,000 on one day leave 60,000 to be paid for."""
    made = invoice(
        total(Usage(input=200_000, output=100_000), day="2026-11-01"),
        total(Usage(input=5), day="2026-11-02"),
        contracts={MONTH: ptu()},
    )

    assert [
        ("usage", "output", "60000", "0.60"),
        ("covered", "input", "200005", "0.00"),
        ("covered", "output", "40000", "0.00"),
        ("capacity", "", str(240_005 * 3_600 // 1_000), "240.00"),
        ("capacity_unused", "", str(HOURS * 36_000 - 240_005 * 36 // 10), "6960.00"),
    ] == [(e.kind, e.meter, e.quantity, e.amount) for e in made.lines]
    assert "7200.60" == made.total
    assert ["it has no number: it is a draft, and nothing is owed by a draft"] == [
        f.what for f in check(made)
    ]


def test_capacity_is_prorated_by_the_second() -> None:
    late = ptu(start="2026-11-30T23:59:00Z", end="2027-01-01T00:00:00Z")
    _, [each] = cover(late, [], BOOK, period=MONTH)

    assert (0, 600) == (each.used, each.unused)
    assert cover(late, [], BOOK, period="2027-02") == ({}, [])


def test_only_its_model_and_deployment_are_covered() -> None:
    rows = [
        total(Usage(input=5), deployment="ptu"),
        total(Usage(input=7), deployment="standard"),
        total(Usage(input=9), CHEAP, deployment="ptu"),
    ]
    covered, _ = cover(ptu(deployment="ptu"), rows, BOOK, period=MONTH)

    assert {("p", "", "m", PLAIN.id, Meter.INPUT): 5} == covered


def test_two_capacities_do_not_cover_a_token_twice() -> None:
    [one] = ptu(units=1).capacity
    [other] = ptu(id="more", units=1).capacity
    both = Contract(account="a", since="2026-01", capacity=(one, other))
    covered, [first, second] = cover(both, [total(Usage(input=30_000))], BOOK, period=MONTH)

    assert [30_000] == list(covered.values())
    assert (24_000 * 36 // 10, 6_000 * 36 // 10) == (first.used, second.used)


@given(totals, st.integers(1, 10**9), st.integers(1, 10**12))
def test_covered_and_charged_are_what_was_used(rows: list[Total], units: int, pace: int) -> None:
    contract = ptu(units=units, tokens_per_unit_hour=pace)
    made = invoice(*rows, contracts={MONTH: contract})
    used = sum(
        n
        for t in rows
        if t.sale_tariff
        for n, price, meter in zip(t.usage, BOOK[t.sale_tariff].prices, METERS, strict=True)
        if price != 0 or meter is not Meter.REQUESTS
    )
    whole = sum(int(e.quantity) for e in made.lines if e.kind in {"capacity", "capacity_unused"})

    assert used == sum(int(e.quantity) for e in made.lines if e.kind in {"usage", "covered"})
    assert units * HOURS * 3_600 == whole
    assert 1 >= len(check(made))
