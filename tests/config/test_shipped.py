"""What ships keeps out of an operator's way, and every price in it has a source."""

from pathlib import Path

import pytest
from tests.config.test_load import IN_2026, loaded

from stillhouse.config.load import load
from stillhouse.config.settings import Settings
from stillhouse.config.shipped import shipped
from stillhouse.tariff import PriceBook, UnpricedModelError
from stillhouse.units.instant import instant
from stillhouse.units.usage import Meter

AZURE = {
    "AZURE_OPENAI_API_KEY": "k",
    "AZURE_OPENAI_ENDPOINT": "https://name.openai.azure.com/",
    "AZURE_OPENAI_API_VERSION": "2024-10-21",
}


def started(folder: Path, **env: str) -> Settings:
    return load(env=env, folder=folder)


def test_a_configuration_has_the_builtin_model_too() -> None:
    settings = loaded("[server]\n")

    assert ["builtin"] == list(settings.providers) == list(settings.deployments)


def test_a_configuration_can_do_without_it() -> None:
    settings = loaded("[server]\nbuiltin = false\n")

    assert ({}, {}, ()) == (settings.providers, settings.deployments, settings.tariffs)


def test_a_configuration_can_price_it_in_one_book() -> None:
    settings = loaded(
        """
        [[prices]]
        model = "builtin"
        valid_from = 2026-01-01T00:00:00Z
        usd_per_million = { input = "7" }
        """
    )
    book = PriceBook(settings.tariffs)

    assert 7_000_000 == book.at("sale", "builtin", IN_2026).bound_in
    assert 0 == book.at("cost", "builtin", IN_2026).bound_in


def test_ours_is_not_in_force_before_theirs_begins() -> None:
    settings = loaded(
        """
        [[prices]]
        model = "builtin"
        valid_from = 2030-01-01T00:00:00Z
        usd_per_million = { input = "7" }
        """
    )

    with pytest.raises(UnpricedModelError):
        PriceBook(settings.tariffs).at("sale", "builtin", IN_2026)


def test_a_configuration_can_put_another_model_in_its_place() -> None:
    settings = loaded(
        """
        [providers.p]
        kind = "openai"
        base_url = "http://127.0.0.1:1/v1"
        [deployments.builtin]
        provider = "p"
        model = "other"
        """
    )

    assert "other" == settings.deployments["builtin"].model


@pytest.mark.parametrize(
    ("env", "provider", "deployment"),
    [
        ({"OPENAI_API_KEY": "k"}, "openai", "gpt-4o"),
        (AZURE, "azure", "gpt-4o"),
        ({"ANTHROPIC_API_KEY": "k"}, "anthropic", "claude-haiku-4-5"),
    ],
)
def test_the_usual_variables_bring_a_provider_with_priced_models(
    tmp_path: Path, env: dict[str, str], provider: str, deployment: str
) -> None:
    settings = started(tmp_path, **env)

    assert {"builtin", provider} == set(settings.providers)
    assert "k" == settings.providers[provider].api_key
    assert provider == settings.deployments[deployment].provider
    assert () == settings.warnings


def test_azure_takes_its_address_and_version_from_the_environment(tmp_path: Path) -> None:
    azure = started(tmp_path, **AZURE).providers["azure"]

    assert "https://name.openai.azure.com" == azure.base_url
    assert "2024-10-21" == azure.api_version


def test_half_of_azures_variables_bring_nothing(tmp_path: Path) -> None:
    settings = started(tmp_path, AZURE_OPENAI_API_KEY="k")

    assert ["builtin"] == list(settings.providers)


def test_two_providers_of_one_model_have_two_names_and_one_price(tmp_path: Path) -> None:
    settings = started(tmp_path, OPENAI_API_KEY="k", **AZURE)
    models = {
        settings.deployments[name].priced_as: settings.deployments[name].provider
        for name in ("gpt-4o", "azure-gpt-4o")
    }

    assert {"gpt-4o": "azure"} == models
    assert "openai" == settings.deployments["gpt-4o"].provider


def test_a_configuration_brings_no_well_known_model() -> None:
    settings = loaded("[server]\n", OPENAI_API_KEY="k")

    assert ["builtin"] == list(settings.providers)


def test_every_shipped_price_has_a_source_and_both_books(
    tmp_path: Path,
) -> None:
    settings = started(tmp_path, OPENAI_API_KEY="k", ANTHROPIC_API_KEY="k")
    books = {
        book: {t.model for t in settings.tariffs if t.book == book} for book in ("sale", "cost")
    }

    assert books["sale"] == books["cost"]
    assert all(len(t.source) > 10 for t in settings.tariffs)


def test_a_cached_token_is_never_dearer_than_a_fresh_one(tmp_path: Path) -> None:
    settings = started(tmp_path, OPENAI_API_KEY="k", ANTHROPIC_API_KEY="k")
    for t in settings.tariffs:
        read, fresh = t.price(Meter.CACHE_READ), t.price(Meter.INPUT)

        assert read is not None
        assert fresh is not None
        assert read <= fresh


def test_what_ships_is_in_force_today() -> None:
    dates = [price["valid_from"] for price in shipped()["prices"]]
    dates.append(shipped()["first_start_prices"]["valid_from"])

    assert all(instant(date) < IN_2026 for date in dates)
