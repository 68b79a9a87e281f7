"""Prices that are approved while the service runs are charged within a second, and by contract."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.service import Customer, House, eventually, serving, took, within

from stillhouse.testing.script import Script
from stillhouse.testing.upstream import upstream_thread

ASK: list[Any] = [{"role": "user", "content": "?"}]
SCRIPT = Script(1_000, 100)
MORE = """
[deployments.fresh]
provider = "stub"
model = "fresh"
"""


def ask(house: House, customer: Customer, model: str, **more: object) -> tuple[int, str]:
    """The status, and the charge that the answer says."""
    body = {"model": model, "messages": ASK, "metadata": SCRIPT.metadata(), **more}
    answer = house.post(customer, "/v1/chat/completions", body)
    return answer.status, answer.headers.get("x-stillhouse-charge", "").partition(" ")[0]


def put(house: House, model: str, price_in: str, price_out: str, *more: str) -> None:
    words = ("--model", model, "--input", price_in, "--output", price_out, *more, "--approve")
    house.shell.one("prices", "set", *words)


def until(house: House, customer: Customer, model: str, expected: tuple[int, str]) -> float:
    """Ask until every one of eight calls, over both workers, is answered so; how long that took."""
    return took(lambda: all(ask(house, customer, model) == expected for _ in range(8)))


def charge(price_in: str, price_out: str) -> str:
    amount = SCRIPT.prompt_tokens * Decimal(price_in) + SCRIPT.completion_tokens * Decimal(
        price_out
    )
    return f"{amount / 10**6:.12f}"


def test_an_approved_price_takes_effect_within_a_second_and_a_contract_beats_it(
    tmp_path: Path,
) -> None:
    with upstream_thread() as upstream, serving(tmp_path, upstream.base_url, more=MORE) as house:
        listed, agreed = house.customer("listed"), house.customer("agreed")
        assert 402 == ask(house, listed, "fresh")[0]
        put(house, "fresh", "2.00", "8.00")
        first = until(house, listed, "fresh", (200, charge("2.00", "8.00")))
        agree: list[str] = []

        def contract() -> float:
            price = f"1.5{len(agree)}"
            agree.append(price)
            put(house, "fresh", price, "6.00", "--account", agreed.account)
            return until(house, agreed, "fresh", (200, charge(price, "6.00")))

        assert within(1.0, lambda: max(first, contract()), contract, contract)
        assert (200, charge("2.00", "8.00")) == ask(house, listed, "fresh")
        assert 402 == ask(house, listed, "fresh", service_tier="flex")[0]
        put(house, "fresh", "1.00", "4.00", "--tier", "flex")
        eventually(
            lambda: all(
                ask(house, listed, "fresh", service_tier="flex")[0] == 200 for _ in range(8)
            )
        )
        status, charged = ask(house, listed, "fresh", service_tier="flex")
        # The scripted provider says that it served the call at its ordinary tier.
        assert (200, charge("2.00", "8.00")) == (status, charged)
        [*_, last] = house.receipts(agreed)
        named = house.shell.one("prices", "show", last["sale_tariff"])
        assert (agreed.account, agree[-1]) == (named["account"], named["prices"]["input"])
        assert house.verify()["ok"]
        months = house.service.months()
        again = [house.shell.one("prices", "rerate", "--month", month) for month in months]
        assert [0] * len(months) == [found["changed"] for found in again]
        assert sum(found["receipts"] for found in again) > 16
