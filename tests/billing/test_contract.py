"""A contract that an invoice could not be written by is refused when it is set, by name."""

import pytest

from stillhouse.billing.contract import (
    Capacity,
    Commitment,
    Contract,
    ContractError,
    Discount,
    Prepaid,
    check,
    ends_in,
    in_force,
    serves,
)

UNIT = Capacity(
    id="ptu",
    model="m",
    units=10,
    unit_price="1.00",
    tokens_per_unit_hour=1_000,
    start="2026-11-01T00:00:00Z",
)
YEAR = Commitment(id="year", amount="100", start="2026-01-01", end="2027-01-01")


def contract(**parts: object) -> Contract:
    return Contract(account="a", **{"since": "2026-01", **parts})  # type: ignore[arg-type]


def test_a_usual_contract_passes() -> None:
    check(
        contract(
            discounts=(Discount(bp=500), Discount(bp=1_000, model="m")),
            minimum="1000",
            capacity=(UNIT,),
            commitments=(YEAR,),
            prepaid=(Prepaid(id="cash", amount="10", bought="2026-01-01"),),
        )
    )


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"since": "January"}, "no month"),
        ({"discounts": (Discount(bp=10_001),)}, "basis points"),
        ({"discounts": (Discount(bp=1), Discount(bp=2))}, "two discounts"),
        ({"minimum": "-1"}, "below zero"),
        ({"minimum": "x"}, "the minimum"),
        ({"commitments": (YEAR, YEAR)}, "two items"),
        ({"prepaid": (Prepaid(id="a b", amount="1", bought="2026-01-01"),)}, "no id"),
        ({"prepaid": (Prepaid(id="p", amount="1", bought="1 May"),)}, "no day"),
        (
            {"prepaid": (Prepaid(id="p", amount="1", bought="2026-02-01", end="2026-01-01"),)},
            "ends before",
        ),
        (
            {"commitments": (Commitment(id="c", amount="1", start="2026-01-01", end=""),)},
            "no day",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(parts: dict[str, object], says: str) -> None:
    with pytest.raises(ContractError, match=says):
        check(contract(**parts))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"units": 0}, "above zero"),
        ({"tokens_per_unit_hour": 0}, "above zero"),
        ({"unit_price": "-1"}, "below zero"),
        ({"start": "2026-11-01"}, "no time"),
        ({"start": "2026-11-01T00:00:00.5Z"}, "whole second"),
        ({"end": "2026-10-01T00:00:00Z"}, "ends before"),
    ],
)
def test_capacity_that_cannot_be_is_refused(changes: dict[str, object], says: str) -> None:
    fields = {name: getattr(UNIT, name) for name in UNIT.__struct_fields__}

    with pytest.raises(ContractError, match=says):
        check(contract(capacity=(Capacity(**{**fields, **changes}),)))


def test_a_models_own_discount_holds_over_the_general_one() -> None:
    some = contract(discounts=(Discount(bp=900), Discount(bp=100, model="m")))

    assert (100, 900, 0) == (some.discount("m"), some.discount("n"), contract().discount("m"))


def test_the_latest_version_up_to_a_month_is_in_force() -> None:
    old, new, mended = (
        contract(since="2026-01", minimum="1"),
        contract(since="2026-06", minimum="2"),
        contract(since="2026-01", minimum="3"),
    )

    assert in_force([old, new, mended], "2025-12") is None
    assert mended == in_force([old, new, mended], "2026-05")
    assert new == in_force([old, new, mended], "2026-11")


def test_an_item_serves_the_months_in_which_it_is_alive() -> None:
    assert [False, True, True, False] == [
        serves(YEAR, month) for month in ("2025-12", "2026-01", "2026-12", "2027-01")
    ]
    assert [False, True, False] == [ends_in(YEAR, m) for m in ("2026-11", "2026-12", "2027-01")]
    assert serves(Prepaid(id="p", amount="1", bought="2026-01-01"), "2099-01")
