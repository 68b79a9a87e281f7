"""The first-request guide: a key, calls to copy, what would stop them, and what came of them."""

import re

import pytest
from tests.console.pages.conftest import Ada
from tests.console.pages.reading import Page
from tests.console.real import AT, Real


def made(ada: Ada, **fields: str) -> Page:
    return ada.once("/first", model="gpt", **fields)


def test_it_mints_a_key_and_prints_the_calls(real: Real, ada: Ada) -> None:
    page = made(ada, account=real.alice.id)

    assert re.search(r"Bearer sk-sh-[0-9a-f]{64}", page.words)
    assert "from openai import OpenAI" in page.words


def test_it_can_make_the_account_too(ada: Ada) -> None:
    made(ada, name="newcomer")

    assert "newcomer" in ada.see("/accounts").words


def test_what_would_stop_the_call_is_named_with_its_remedy(real: Real, ada: Ada) -> None:
    ada.do(f"/accounts/{real.alice.id}/standing", standing="suspended", reason="unpaid")
    page = made(ada, account=real.alice.id)

    assert "good gpt-4o has a price" in page.words
    assert "stops it The account may call. Set its standing to active" in page.words
    assert f"/accounts/{real.alice.id}" in page.links


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        ({"outcome": "completed"}, "It works"),
        ({"outcome": "refused", "status": 401}, "stub refused its key"),
        ({"outcome": "refused", "status": 404}, "does not know gpt-4o"),
        ({"outcome": "refused", "status": 429}, "too many requests"),
        ({"outcome": "refused", "status": 500}, "with status 500"),
        ({"outcome": "unreachable", "status": 0}, "cannot be reached"),
        ({"outcome": "timeout", "status": 0}, "silent for too long"),
        ({"outcome": "upstream_cut"}, "broke off"),
    ],
)
def test_it_names_what_came_of_the_call(
    real: Real, ada: Ada, ended: dict[str, object], said: str
) -> None:
    key = real.keys[real.alice.id]
    path = f"/first/{key.id}/watch"
    before = ada.see(path).words
    real.seal(real.receipts(1, account=real.alice, writer=real.writer(), at=AT, **ended))

    assert before.startswith("Waiting for a call")
    assert said in ada.see(path).words
