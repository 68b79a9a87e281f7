"""The document's shape: defaults agree with the settings, amounts are exact, limits hold."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from stillhouse.config.document import (
    DEAREST_REQUEST,
    DEAREST_TOKEN,
    MOST_TOKENS,
    TABLES,
    DeploymentTable,
    PriceTable,
    ProviderTable,
    ServerTable,
)
from stillhouse.config.settings import Server
from stillhouse.gateway.windows import WORKERS_MAX
from stillhouse.units.usage import Meter
from stillhouse.wire.deployment import Deployment, Provider

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "configuration.md"


def test_the_servers_defaults_are_those_of_the_settings() -> None:
    written = ServerTable.model_validate({}).model_dump(exclude={"builtin", "admin_port"})

    assert {name: getattr(Server(), name) for name in written} == written
    assert set(Server.__struct_fields__) == {*written, "admin_port"}


def test_a_providers_defaults_are_those_of_the_settings() -> None:
    written = ProviderTable.model_validate({"kind": "openai"}).model_dump(
        exclude={"kind", "api_key_env", "ca_file"}
    )
    plain = Provider(name="p", kind="openai", base_url="")  # type: ignore[arg-type]

    assert {name: getattr(plain, name) for name in written} == written
    assert set(Provider.__struct_fields__) == {*written, "name", "kind", "ca_file"}


def test_a_deployments_defaults_are_those_of_the_settings() -> None:
    written = DeploymentTable.model_validate({"provider": "p", "model": "m"}).model_dump()
    plain = Deployment(name="d", provider="p", model="m")

    assert {name: getattr(plain, name) for name in written} == written
    assert set(Deployment.__struct_fields__) == {*written, "name"}


@pytest.mark.parametrize("table", TABLES.values())
def test_every_key_has_a_description(table: Any) -> None:
    assert [] == [name for name, key in table.model_fields.items() if not key.description]


def test_as_many_workers_as_the_table_of_limits_has_columns() -> None:
    assert WORKERS_MAX == ServerTable.model_validate({"workers": WORKERS_MAX}).workers


def priced(amount: object) -> PriceTable:
    return PriceTable.model_validate(
        {"model": "m", "valid_from": "2026-01-01T00:00:00Z", "usd_per_million": {"input": amount}}
    )


@settings(deadline=None)
@given(st.decimals(min_value=0, max_value=10_000, places=6))
def test_a_price_per_million_is_exact(price: Decimal) -> None:
    assert price * 10**6 == priced(f"{price:f}").by_meter[Meter.INPUT]


@pytest.mark.parametrize(
    "amount", [Decimal("2.5"), 2.5, True, None, "", "1,50", "NaN", "Infinity", "-1", -1, "1e30",
               "0.0000001", "10000.000001", ["1"]],
)  # fmt: skip
def test_an_amount_that_is_not_exact_or_not_plausible_is_refused(amount: object) -> None:
    with pytest.raises(ValidationError):
        priced(amount)


def test_a_request_has_a_price_of_its_own() -> None:
    table = PriceTable.model_validate(
        {"model": "m", "valid_from": "2026-01-01T00:00:00Z", "usd_per_request": "0.01"}
    )

    assert {Meter.REQUESTS: 10**10} == table.by_meter


@pytest.mark.parametrize(
    "url",
    [
        "api.openai.com",
        "ftp://host",
        "http://",
        "http://host:port",
        "http://host:99999",
        "http://[::1",
        "https://host/?a=b",
        "https://host/#a",
        "https://user@host",
        "unix:relative.sock",
        "http://ho st",
        "http://ho\nst",
        "http://h\u00f6st",
    ],
)
def test_an_address_that_cannot_be_called_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        ProviderTable.model_validate({"kind": "openai", "base_url": url})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9100/v1", "https://[::1]:8443", "unix:/run/model.sock"]
)
def test_an_address_is_kept_without_its_last_slash(url: str) -> None:
    table = ProviderTable.model_validate({"kind": "openai", "base_url": url + "/"})

    assert url == table.base_url


@pytest.mark.parametrize(
    "headers", [{"X Y": "1"}, {"": "1"}, {"X": "1\r\nY: 2"}, {"Host": "h"}, {"X": "\u00e9"}]
)
def test_a_header_that_cannot_be_sent_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ProviderTable.model_validate({"kind": "openai", "headers": headers})


def test_the_dearest_call_fits_the_eighteen_digits_of_a_receipt() -> None:
    dearest = 2 * MOST_TOKENS * DEAREST_TOKEN + DEAREST_REQUEST

    assert 18 >= len(str(dearest))


@pytest.mark.parametrize(
    "server",
    [
        {"workers": 0},
        {"workers": WORKERS_MAX + 1},
        {"port": -1},
        {"port": True},
        {"deadline_s": 0},
        {"deadline_s": "inf"},
        {"max_body_bytes": -5},
        {"max_attempts": 0},
        {"host": ""},
    ],
)
def test_a_limit_out_of_range_is_refused(server: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ServerTable.model_validate(server)


@pytest.mark.parametrize("table", ["server", "providers", "deployments", "prices"])
def test_the_reference_says_what_the_document_says(table: str) -> None:
    """docs/reference/configuration.md holds one line per key, as `reference_lines` writes it."""
    page = PAGE.read_text("utf-8")

    assert [] == [line for line in reference_lines(table) if line not in page]


def reference_lines(table: str) -> list[str]:
    lines = []
    for name, key in TABLES[table].model_fields.items():
        if key.is_required():
            default = "required"
        elif key.default is None or key.default in ("", (), {}):
            default = ""
        else:
            default = f"`{_toml(key.default)}`"
        lines.append(f"| `{name}` | {default} | {key.description} |")
    return lines


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(int(value)) if value == int(value) else str(value)
    return f'"{value}"'
