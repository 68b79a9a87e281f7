"""The package's prices, charged by our function, are what the package itself calculates."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from genai_prices import Usage as TheirUsage
from genai_prices.data import providers

from stillhouse.compose.catalogue import Catalogue, from_file, from_package, taken
from stillhouse.ledger.ports import ConflictError, NotFoundError, UnavailableError
from stillhouse.tariff import Tariff, charge
from stillhouse.tariff.book import band, lists
from stillhouse.units.instant import instant
from stillhouse.units.usage import Usage

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
AT = instant(NOW)
CALLS = [(1_000, 300, 200), (128_001, 0, 7), (200_000, 1, 1), (200_001, 0, 9), (900_000, 5, 3)]
"""input tokens, how many of them were cached, output tokens: on both sides of the usual bands"""


@pytest.fixture(scope="module")
def listed() -> Catalogue:
    return from_package()


@pytest.mark.parametrize("provider", ["openai", "anthropic", "google", "azure", "x-ai", "mistral"])
def test_a_charge_is_what_the_package_calculates(listed: Catalogue, provider: str) -> None:
    found = taken(listed, book="cost", providers=[provider], at=AT)
    models = {m.id: m for p in providers if p.id == provider for m in p.models}
    [theirs] = [p for p in providers if p.id == provider]
    checked = 0
    for bands in lists(found.rows).values():
        first = bands[0]
        if first.valid_from or not (first.by_meter.keys() >= {"input", "output"}):
            continue
        model = models[first.model]
        context = context_of(first)
        for tokens_in, cached, tokens_out in CALLS:
            usage = Usage(input=tokens_in - cached, cache_read=cached, output=tokens_out)
            due = model.calc_price(
                TheirUsage(
                    input_tokens=tokens_in, cache_read_tokens=cached, output_tokens=tokens_out
                ),
                theirs,
                genai_request_timestamp=NOW,
                price_context=context,
            ).total_price
            assert due * 10**12 == charge(usage, band(bands, tokens_in)), (first.model, context)
            checked += 1

    assert checked >= len(CALLS)


def context_of(row: Tariff) -> dict[str, str] | None:
    context = {"service_tier": row.tier} if row.tier else {}
    return context | ({"processing": "batch"} if row.batch else {}) or None


def test_every_provider_can_be_read_and_nothing_is_lost_without_a_word(listed: Catalogue) -> None:
    taken_, refused = 0, 0
    for name, provider in listed.providers.items():
        found = taken(listed, book="cost", providers=[name], at=AT)
        said = {r.what.split(" in batches")[0] for r in found.refused}
        rows = {row.model for row in found.rows}
        for model in provider["models"]:
            told = model["id"] in rows or any(what.startswith(model["id"]) for what in said)
            assert told, (name, model["id"])
        taken_, refused = taken_ + len(found.rows), refused + len(found.refused)

    assert taken_ > 2_000
    assert refused > 0


def test_a_model_is_found_by_any_of_its_names_and_priced_under_that_one(listed: Catalogue) -> None:
    found = taken(listed, book="sale", providers=["openai"], models=["gpt-4o-2024-08-06"], at=AT)

    assert {"gpt-4o-2024-08-06"} == {row.model for row in found.rows}
    assert found.rows[0].source.startswith("genai-prices ")
    assert " sha256:" in found.rows[0].source


def test_what_is_not_there_or_not_clear_is_a_named_error(listed: Catalogue) -> None:
    with pytest.raises(NotFoundError, match="no provider nobody"):
        taken(listed, book="cost", providers=["nobody"], at=AT)
    with pytest.raises(NotFoundError, match="no model of-nobody"):
        taken(listed, book="cost", models=["of-nobody"], at=AT)
    with pytest.raises(ConflictError, match="--provider"):
        taken(listed, book="cost", models=["gpt-4o"], at=AT)
    with pytest.raises(ConflictError, match="--provider"):
        taken(listed, book="cost", at=AT)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "genai_prices.data", None)

    with pytest.raises(UnavailableError, match=r"stillhouse\[prices\]"):
        from_package()


def written(path: Path, value: Any) -> Path:
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_a_file_of_the_same_shape_is_read_exactly(tmp_path: Path) -> None:
    models = [{"id": "m", "prices": {"input_mtok": 0.1, "output_mtok": 3}}]
    path = written(tmp_path / "list.json", [{"id": "p", "models": models}])
    [row] = taken(from_file(path), book="cost", at=AT).rows

    assert Decimal("0.1") * 10**6 == row.prices[0]
    assert row.source.startswith("list.json sha256:")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is not JSON"),
        ("[NaN]", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("7", "no list of providers"),
        ('[{"id": "p"}]', "no list of providers"),
        ('[{"id": "p", "models": [{"id": "m"}]}]', "no list of providers"),
        ('[{"id": "p", "models": [{"id": "m", "prices": 7}]}]', "m: "),
    ],
)
def test_another_file_is_a_named_error(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ConflictError, match=why):
        taken(from_file(written(tmp_path / "list.json", text)), book="cost", at=AT)


def test_a_file_that_is_not_there_is_a_named_error(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="cannot be read"):
        from_file(tmp_path / "none.json")
