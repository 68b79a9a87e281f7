"""A public list becomes rows exactly or not at all, and says what it left out."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.tariff import PriceBook
from stillhouse.tariff.catalogue import NotACatalogueError, Rows, Wanted, rows
from stillhouse.tariff.prices import changed
from stillhouse.tariff.version import WHEN_APPROVED
from stillhouse.units.instant import Instant, instant, moment
from stillhouse.units.usage import Meter

NOW = instant(moment(0).replace(year=2026, month=11, day=24, hour=9))
PRICES = {"input_mtok": Decimal("2.5"), "output_mtok": Decimal(10)}


def read(prices: Any, variants: Any = None, **wanted: Any) -> Rows:
    made = Wanted(**{"book": "cost", "source": "list 1", "now": NOW, **wanted})
    return rows([("m", {"prices": prices, "price_variants": variants})], made)


def only(found: Rows) -> dict[Meter, int]:
    [row] = found.rows
    return row.by_meter


def refusals(found: Rows) -> list[str]:
    return [f"{r.what}: {r.reason}" for r in found.refused]


def test_a_listed_price_becomes_a_row_that_says_where_it_is_from() -> None:
    found = read(PRICES)
    [row] = found.rows

    assert [] == found.refused
    assert ("cost", "m", "list 1", WHEN_APPROVED) == (
        *(row.book, row.model),
        *(row.source, row.valid_from),
    )
    assert (2_500_000, 10_000_000) == (row.price(Meter.INPUT), row.price(Meter.OUTPUT))


@given(st.integers(0, 10**9), st.integers(-9_999, 100_000))
def test_a_markup_is_exact_or_refused(price: int, markup: int) -> None:
    found = read({"input_mtok": Decimal(price).scaleb(-6)}, markup_bp=markup)
    exact, rest = divmod(price * (10_000 + markup), 10_000)

    if rest:
        assert not found.rows
        assert "no whole number of pico-units" in refusals(found)[0]
    else:
        assert exact == only(found)[Meter.INPUT]


@pytest.mark.parametrize(
    ("price", "why"),
    [
        (Decimal("0.0000001"), "no whole number"),
        (0.1, "a float is not exact"),
        (Decimal(-1), "negative"),
    ],
)
def test_what_cannot_be_charged_exactly_is_no_row(price: object, why: str) -> None:
    found = read({**PRICES, "cache_read_mtok": price})

    assert [] == found.rows
    assert why in refusals(found)[0]


def test_a_tier_of_a_price_is_a_band_of_the_whole_call() -> None:
    tiered = {
        "input_mtok": {
            "base": Decimal(1),
            "tiers": [
                {"start": 272_000, "price": Decimal(4)},
                {"start": 128_000, "price": Decimal(2)},
            ],
        },
        "output_mtok": {"base": Decimal(5), "tiers": [{"start": 272_000, "price": Decimal(7)}]},
        "cache_read_mtok": Decimal("0.1"),
    }
    found = {
        row.above: (*(row.price(m) for m in (Meter.INPUT, Meter.OUTPUT, Meter.CACHE_READ)),)
        for row in read(tiered).rows
    }

    assert {
        0: (1_000_000, 5_000_000, 100_000),
        128_000: (2_000_000, 5_000_000, 100_000),
        272_000: (4_000_000, 7_000_000, 100_000),
    } == found


def test_a_variant_replaces_the_meters_that_it_names() -> None:
    variants = [
        {"when": {"service_tier": "default"}, "prices": {}},
        {"when": {"service_tier": "flex"}, "prices": {"input_mtok": Decimal("1.25")}},
        {"when": {"processing": "batch"}, "prices": {"output_mtok": Decimal(5)}},
        {"when": {"speed": "fast"}, "prices": {"input_mtok": Decimal(9)}},
        {"when": {"processing": "stream"}, "prices": {"input_mtok": Decimal(9)}},
    ]
    found = read(PRICES, variants)
    told = {
        (row.tier, row.batch): (row.price(Meter.INPUT), row.price(Meter.OUTPUT))
        for row in found.rows
    }

    assert {
        ("", False): (2_500_000, 10_000_000),
        ("flex", False): (1_250_000, 10_000_000),
        ("", True): (2_500_000, 5_000_000),
    } == told
    assert [
        "m: no price here is by speed=fast: that price is left out",
        "m: no price here is by processing=stream: that price is left out",
    ] == refusals(found)


BLOCKS = [
    {"prices": {"input_mtok": Decimal(1)}},
    {"constraint": {"start_date": "2026-06-01"}, "prices": {"input_mtok": Decimal(2)}},
    {"constraint": {"start_date": "2026-12-01"}, "prices": {"input_mtok": Decimal(3)}},
]


def test_what_holds_now_begins_at_approval_and_what_is_announced_on_its_day() -> None:
    found = [(row.valid_from, row.price(Meter.INPUT)) for row in read(BLOCKS).rows]

    december = instant(moment(0).replace(year=2026, month=12, day=1))
    assert [(WHEN_APPROVED, 2_000_000), (december, 3_000_000)] == found


def test_history_is_each_price_on_its_own_day() -> None:
    book = PriceBook(changed(row, known_from=Instant(1)) for row in read(BLOCKS, history=True).rows)
    days = [(2021, 1, 1), (2026, 5, 31), (2026, 6, 1), (2026, 11, 30), (2026, 12, 1)]
    found = [
        book.at("cost", "m", instant(moment(0).replace(year=y, month=m, day=d))) for y, m, d in days
    ]

    assert [1, 1, 2, 2, 3] == [(t.price(Meter.INPUT) or 0) // 10**6 for t in found]


def test_a_variant_begins_no_earlier_than_it_says() -> None:
    variant = {
        "when": {"service_tier": "flex"},
        "constraint": {"start_date": "2026-12-24"},
        "prices": {"input_mtok": Decimal(1)},
    }
    found = [(row.tier, moment(row.valid_from).day) for row in read(PRICES, [variant]).rows]

    assert [("", 1), ("flex", 24)] == found


def test_units_that_nobody_meters_here_are_named_once() -> None:
    variants = [{"when": {"service_tier": "flex"}, "prices": {"input_mtok": Decimal(1)}}]
    found = read({**PRICES, "web_searches_kcount": Decimal(10)}, variants)

    assert 2 == len(found.rows)
    assert ["m: web_searches_kcount is not metered here: that price is left out"] == refusals(found)


def test_cached_audio_is_a_cache_read_where_it_costs_as_much() -> None:
    both = {**PRICES, "cache_read_mtok": Decimal(1), "cache_audio_read_mtok": Decimal(1)}

    assert [] == refusals(read(both))
    assert 1 == len(refusals(read({**both, "cache_audio_read_mtok": Decimal(2)})))


def test_a_request_is_priced_by_the_thousand() -> None:
    found = only(read({**PRICES, "requests_kcount": Decimal(5)}))

    assert 5 * 10**9 == found[Meter.REQUESTS]


def test_a_model_without_a_price_per_token_is_left_out() -> None:
    for prices in ({}, {"audio_hours": Decimal(1)}, {"requests_kcount": Decimal(1)}):
        found = read(prices)
        assert ([], True) == (found.rows, "m: no price per token: not taken" in refusals(found))


def test_prices_by_the_time_of_day_are_left_out() -> None:
    timed = {
        "constraint": {"start_time": "16:30", "end_time": "00:30"},
        "prices": {"input_mtok": Decimal(1)},
    }

    assert ["m: priced by the time of day, which no price here is: not taken"] == refusals(
        read([{"prices": PRICES}, timed])
    )


@pytest.mark.parametrize(
    "prices", [7, "x", [], [{}], {"input_mtok": "x"}, {"input_mtok": {"base": Decimal(1)}}]
)
def test_another_shape_is_a_named_error(prices: object) -> None:
    with pytest.raises(NotACatalogueError, match="m: "):
        read(prices)
