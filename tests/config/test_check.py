"""What no single table can know: names, dialects, contradicting prices."""

import pytest
from tests.config.test_load import loaded, refused

from stillhouse.config.check import Tables, check
from stillhouse.config.document import PriceTable

THREE = """
    [providers.o]
    kind = "openai"
    base_url = "http://127.0.0.1:1/v1"
    [providers.a]
    kind = "anthropic"
    [deployments.one]
    provider = "o"
    model = "m"
    fallbacks = {one}
    [deployments.two]
    provider = "o"
    model = "m"
    fallbacks = ["one"]
    [deployments.claude]
    provider = "a"
    model = "c"
"""
PRICE = """
    [[prices]]
    model = "m"
    book = "{book}"
    valid_from = {valid_from}
    usd_per_million = {{ input = "{price}" }}
"""


def test_two_deployments_may_stand_in_for_each_other() -> None:
    settings = loaded(THREE.replace("{one}", '["two", "builtin"]'))

    assert ("two", "builtin") == settings.deployments["one"].fallbacks


@pytest.mark.parametrize(
    ("fallbacks", "message"),
    [
        ('["one"]', "a deployment cannot fall back to itself"),
        ('["tow"]', 'no deployment is called "tow"'),
        ('["two", "two"]', '"two" is named twice'),
        ('["claude"]', '"claude" speaks another dialect; bodies are passed on as they came'),
    ],
)
def test_a_fallback_that_cannot_work_is_refused(fallbacks: str, message: str) -> None:
    found = refused(THREE.replace("{one}", fallbacks))

    assert [message] == [problem.message for problem in found.values()]


@pytest.mark.parametrize(
    ("provider", "where"),
    [
        ('kind = "azure"', "base_url"),
        ('kind = "azure"\nbase_url = "https://n.openai.azure.com/openai/v1"', "base_url"),
        ('kind = "anthropic"\nbase_url = "https://api.anthropic.com/v1"', "base_url"),
        ('kind = "anthropic"\napi_version = "2024-10-21"', "api_version"),
        ('kind = "openai"\napi_version = "2024-10-21"', "api_version"),
        ('kind = "builtin"\nbase_url = "http://127.0.0.1"', "base_url"),
        ('kind = "openai"\napi_key = "k"\napi_key_env = "K"', "api_key"),
    ],
)
def test_a_provider_that_contradicts_its_kind_is_refused(provider: str, where: str) -> None:
    assert [f"providers.p.{where}"] == list(refused(f"[providers.p]\n{provider}\n", K="k"))


@pytest.mark.parametrize(
    ("server", "where"),
    [
        ("port = 8081\nadmin_port = 8081", "admin_port"),
        ('tls_cert = "pyproject.toml"', "tls_key"),
        ("client_gone_drain_s = 700", "client_gone_drain_s"),
        ('data = "pyproject.toml"', "data"),
    ],
)
def test_a_server_that_contradicts_itself_is_refused(
    server: str, where: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(request.config.rootpath)

    assert f"server.{where}" in refused(f"[server]\n{server}\n")


def price(amount: str, *, book: str = "sale", valid_from: str = "2026-01-01T00:00:00Z") -> str:
    return PRICE.format(price=amount, book=book, valid_from=valid_from)


def test_one_moment_has_one_price() -> None:
    found = refused(price("1") + price("2"))

    assert ["prices[1]"] == list(found)
    assert "prices[0]" in found["prices[1]"].message


@pytest.mark.parametrize(
    "other",
    [
        price("2", book="cost"),
        price("2", valid_from="2026-02-01T00:00:00Z"),
        price("2", valid_from="2026-01-01T00:00:00+07:00"),
    ],
)
def test_another_book_or_moment_is_another_price(other: str) -> None:
    settings = loaded(price("1") + other)

    assert 2 == sum(t.model == "m" for t in settings.tariffs)


def test_the_same_price_twice_is_one_tariff() -> None:
    settings = loaded(price("1") + price("1.0", valid_from="2026-01-01T07:00:00+07:00"))

    assert 1 == sum(t.model == "m" for t in settings.tariffs)


def test_a_row_that_prices_nothing_is_refused() -> None:
    found = refused('[[prices]]\nmodel = "m"\nvalid_from = 2026-01-01T00:00:00Z\n')

    assert ["prices[0].usd_per_million"] == list(found)


def test_a_deployment_without_a_sale_price_is_a_warning() -> None:
    settings = loaded(THREE.replace("{one}", "[]") + price("1", book="cost"))

    assert ["deployments.one", "deployments.two", "deployments.claude"] == [
        warning.partition(":")[0] for warning in settings.warnings
    ]


def test_tables_that_were_not_written_have_no_problem() -> None:
    assert [] == check(Tables())


def rows(*more: dict[str, object]) -> list[str]:
    """What is said of a price list whose rows differ by this."""
    base = {
        "model": "m",
        "valid_from": "2026-01-01T00:00:00Z",
        "usd_per_million": {"input": "1"},
    }
    tables = [PriceTable.model_validate(base | row) for row in more]
    return [
        str(problem)
        for problem in check(
            Tables(prices=tuple((f"prices[{n}]", t) for n, t in enumerate(tables)))
        )
    ]


def test_prices_for_other_calls_of_the_same_model_do_not_contradict_each_other() -> None:
    apart: list[dict[str, object]] = [
        {},
        {"above_input_tokens": 200_000},
        {"service_tier": "flex"},
        {"batch": True},
        {"region": "eu"},
        {"account": "acct_1"},
        {"known_from": "2026-05-01T00:00:00Z"},
    ]
    dearer = [row | {"usd_per_million": {"input": "2"}} for row in apart]

    assert [] == rows(*apart)
    assert len(apart) == len(rows(*apart, *dearer))


def test_bands_need_a_price_of_small_calls() -> None:
    [problem] = rows({"above_input_tokens": 200_000}, {"service_tier": "flex"})

    assert "prices[0].above_input_tokens" in problem
    assert "no sale price for smaller calls" in problem


def test_only_a_standard_price_stands_for_other_tiers() -> None:
    assert [] == rows({"other_tiers": ["flex"]})
    assert "only a standard price" in rows({"other_tiers": ["flex"], "service_tier": "priority"})[0]
