"""`bill`, `receipts`, `verify` from the outside: JSON for machines, tables for people."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.worker.house import COST, SALE, House
from tests.worker.test_seal import wait_for

from stillhouse.cli import main
from stillhouse.units.usage import Usage


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Three calls sealed, one in the journal, one broken and one in flight."""
    built = House.found(tmp_path / "data")
    gateway = built.gateway()
    for n in range(3):
        gateway.call(Usage(input=1_000_000 + n, output=7, requests=1))
    gateway.rotate()
    wait_for(built, "w1-000002.journal")
    built.seal()
    gateway.call(Usage(input=3, cache_read=5, requests=1))
    gateway.close(gateway.open(), outcome="upstream_cut")
    gateway.open()
    gateway.journal.flush()
    yield built
    built.close()


def run(house: House, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--data", str(house.data)])


def bill(house: House, *more: str) -> Result:
    return run(house, "bill", "--account", "acme", "--month", "2026-11", *more)


def charged(house: House) -> int:
    return sum(r.close.charge for r in house.gateways[0].receipts)


def test_a_bill_for_machines(house: House) -> None:
    got = json.loads(bill(house, "--json").stdout)

    assert (house.account, "acme", "2026-11", "USD") == (
        got["account"],
        got["account_name"],
        got["period"],
        got["currency"],
    )
    assert str(charged(house)) == got["exact_pico"]
    assert Decimal(got["total"]) == sum(Decimal(line["amount"]) for line in got["lines"])
    assert [
        tuple(line[n] for n in ("project", "model", "meter", "quantity", "unit_price", "amount"))
        for line in got["lines"]
    ] == [
        ("default", "m", "input", 3_000_006, "2.50", "7.50"),
        ("default", "m", "cache_read", 5, "1.25", "0.00"),
        ("default", "m", "output", 21, "10.00", "0.00"),
    ]
    assert [(free["receipts"], free["usage"]) for free in got["not_charged"]] == [
        (1, {"input": 10, "output": 2, "requests": 1})
    ]


def test_a_bill_in_rupiah_keeps_the_rate_and_its_source(house: House) -> None:
    words = ("--currency", "idr", "--fx", "16100", "--fx-source", "a bank", "--json")
    got = json.loads(bill(house, *words).stdout)

    assert (got["currency"], got["fx"]) == ("IDR", {"rate": "16100", "source": "a bank"})
    assert str(charged(house)) == got["exact_pico"]
    assert got["total"] == "120753"  # 120750.2415 + 0.10 + 3.38, each line rounded once
    assert Decimal(got["residue"]) == Decimal(charged(house)) * 16100 / 10**12 - 120753


def test_a_bill_for_people_shows_the_total_and_what_nobody_pays(house: House) -> None:
    shown = bill(house).stdout

    assert "Total USD 7.50" in shown
    assert "not charged: receipts 1" in shown


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--currency", "IDR"], 1, "needs a rate"),
        (["--currency", "IDR", "--fx", "0"], 2, "above zero"),
        (["--currency", "IDR", "--fx", "many"], 2, "above zero"),
        (["--fx", "2"], 1, "no rate applies"),
        (["--month", "2026-13"], 2, "not a month"),
        (["--account", "nobody"], 1, "nobody"),
    ],
)
def test_a_bill_that_cannot_be_written_says_why(
    house: House, words: list[str], code: int, says: str
) -> None:
    got = bill(house, *words)

    assert code == got.exit_code
    assert says in got.stderr


def test_receipts_are_one_json_object_a_line(house: House) -> None:
    shown = run(house, "receipts", "--account", "acme", "--month", "2026-11", "--json")
    rows = [json.loads(text) for text in shown.stdout.splitlines()]

    assert [row["id"] for row in rows] == ["w1-1", "w1-2", "w1-3", "w1-4", "w1-5"]
    assert str(charged(house)) == str(sum(int(row["charge_pico"]) for row in rows))
    assert {
        "id": "w1-5",
        "call": "w1-5",
        "admitted_at": "2026-11-27T12:00:00.000000Z",
        "account": house.account,
        "project": house.project,
        "key": house.key,
        "deployment": "d",
        "provider": "stub",
        "model": "m",
        "surface": "chat",
        "stream": False,
        "status": 200,
        "outcome": "upstream_cut",
        "witness": "reported",
        "flags": ["no_charge"],
        "usage": {"input": 10, "output": 2, "requests": 1},
        "charge": "0.000000000000",
        "charge_pico": "0",
        "currency": "USD",
        "cost": "0.000036000000",
        "cost_pico": "36000000",
        "hold_pico": "0",
        "budgets": [],
        "sale_tariff": SALE.id,
        "cost_tariff": COST.id,
        "workload": "",
        "cohort": "",
        "terms": None,
        "first_byte_us": 500,
        "latency_us": 1000,
    } == rows[-1]


def test_receipts_for_people_name_each_call(house: House) -> None:
    shown = run(house, "receipts", "--account", house.account, "--month", "2026-11")

    assert "w1-5" in shown.stdout
    assert "upstream_cut" in shown.stdout


def test_verify_says_that_all_is_well_and_exits_0(house: House) -> None:
    got = run(house, "verify", "--json")

    assert (got.exit_code, got.stderr) == (0, "")
    assert json.loads(got.stdout) == {
        "ok": True,
        "receipts": 5,
        "lost": 0,
        "duplicated": 0,
        "mispriced": 0,
        "open_holds": 0,
        "in_flight": 1,
        "problems": [],
    }
    assert "Everything adds up." in run(house, "verify").stdout


def test_verify_says_what_is_wrong_and_what_to_do_and_exits_1(house: House) -> None:
    house.gateways[0].kill()
    got = run(house, "verify", "--json")
    answer = json.loads(got.stdout)
    shown = run(house, "verify")

    assert (got.exit_code, answer["ok"], answer["open_holds"]) == (1, False, 1)
    assert [p["kind"] for p in answer["problems"]] == ["open_holds"]
    assert shown.exit_code == 1
    assert "start the service" in shown.stdout
