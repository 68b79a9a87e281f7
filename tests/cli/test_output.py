"""JSON for machines loses nothing; tables for people break no id and show all digits that count."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.cli.output import Failure, plain, show
from stillhouse.units.money import pico


@given(st.integers(-(2**100), 2**100))
def test_an_amount_for_people_is_still_exact(amount: int) -> None:
    assert amount == pico(plain(amount))
    assert len(plain(amount).partition(".")[2]) >= 2


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("10", "10.00"), ("0.000003", "0.000003"), ("-1.5", "-1.50"), ("0", "0.00")],
)
def test_amounts_for_people(amount: str, expected: str) -> None:
    assert expected == plain(pico(amount))


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, object]] = [{"a": "é\n", "b": None}, {"a": "2", "b": [1]}]
    show(rows, as_json=True, columns=("a",))

    assert rows == [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_table_never_breaks_a_word_when_it_is_piped(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 300
    rows = [{"id": long, "models": ["a", "b"], "none": None, "yes": True, "markup": "[red]x[/]"}]
    show(rows, as_json=False, columns=("id", "models", "none", "yes", "markup"))
    header, row = capsys.readouterr().out.splitlines()

    assert ["id", "models", "none", "yes", "markup"] == header.split()
    assert [long, "a", "b", "-", "yes", "[red]x[/]"] == row.split()


def test_a_failure_is_exit_code_1() -> None:
    assert 1 == Failure("x").exit_code
