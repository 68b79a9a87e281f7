"""Numbers, amounts and dates are written as readers of the language write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.printing.figures import Figures

EN, ID = Figures("en"), Figures("id")


@pytest.mark.parametrize(
    ("text", "currency", "english", "indonesian"),
    [
        ("2324843", "IDR", "IDR 2,324,843", "Rp 2.324.843"),
        ("1234.50", "USD", "USD 1,234.50", "US$ 1.234,50"),
        ("-0.05", "USD", "USD \u22120.05", "US$ \u22120,05"),
        ("403086417500.16", "IDR", "IDR 403,086,417,500.16", "Rp 403.086.417.500,16"),
    ],
)
def test_an_amount_has_its_currency_and_all_its_digits(
    text: str, currency: str, english: str, indonesian: str
) -> None:
    assert english == EN.money(text, currency).replace("\u00a0", " ")
    assert indonesian == ID.money(text, currency).replace("\u00a0", " ")


@given(st.integers(-(10**60), 10**60), st.integers(0, 20))
def test_no_digit_is_lost_however_large(n: int, places: int) -> None:
    digits = f"{abs(n):0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    shown = EN.number(text).replace(",", "")

    assert text.lstrip("0").rjust(1, "0") == shown.lstrip("0").rjust(1, "0")


def test_a_unit_price_has_two_decimals_at_least_and_no_zeros_to_spare() -> None:
    assert ["2.50", "0.075", "16,100.00"] == [EN.price(p) for p in ("2.5000", "0.075", "16100")]
    assert "0,0001" == ID.price("0.0001")


def test_hours_come_from_seconds() -> None:
    assert ["0.5", "720", "0.333"] == [EN.hours(s) for s in ("1800", "2592000", "1200")]


def test_a_discount_is_a_percentage() -> None:
    assert ["5%", "12.5%", "0.01%"] == [EN.percent(bp) for bp in (500, 1250, 1)]
    assert "12,5%" == ID.percent(1250)


def test_days_and_months_have_names() -> None:
    assert "24 November 2026" == EN.date("2026-11-24") == ID.date("2026-11-24T09:00:00Z")
    assert ("May 2026", "Mei 2026") == (EN.month("2026-05"), ID.month("2026-05"))


def test_what_is_no_date_is_shown_as_it_is() -> None:
    assert ("on receipt", "2026-Q1") == (EN.date("on receipt"), EN.month("2026-Q1"))
