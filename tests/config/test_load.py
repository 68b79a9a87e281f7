"""load: which document is the configuration, what is filled in, and every problem at once."""

from pathlib import Path
from textwrap import dedent

import pytest

from stillhouse.config.load import load
from stillhouse.config.problem import ConfigError, Problem
from stillhouse.config.settings import Settings
from stillhouse.tariff import PriceBook
from stillhouse.units.instant import Instant

INTERFACE = """
    [server]
    host = "127.0.0.1"
    port = 8080            # gateway
    admin_port = 8081
    workers = 1
    data = "data"
    [providers.stub]
    kind = "openai"        # openai | azure | anthropic | builtin
    base_url = "http://127.0.0.1:9100/v1"
    api_key_env = "STUB_API_KEY"    # optional
    [deployments.gpt-4o]
    provider = "stub"
    model = "gpt-4o"
    fallbacks = []
    [[prices]]             # or: price_files = ["prices.toml"]
    model = "gpt-4o"
    book = "sale"          # sale | cost
    valid_from = 2026-01-01T00:00:00Z
    usd_per_million = { input = "2.50", cache_read = "1.25", output = "10.00" }
"""
IN_2026 = Instant(1_790_000_000_000_000)


def loaded(text: str, **env: str) -> Settings:
    return load(env={"STILLHOUSE_CONFIG": dedent(text), **env})


def refused(text: str, **env: str) -> dict[str, Problem]:
    """What is wrong, by place. No problem may repeat another's place."""
    with pytest.raises(ConfigError) as error:
        loaded(text, **env)
    found = {problem.where: problem for problem in error.value.problems}

    assert len(error.value.problems) == len(found)
    return found


def test_the_documented_interface_loads() -> None:
    settings = loaded(INTERFACE, STUB_API_KEY="k-1")
    tariff = PriceBook(settings.tariffs).at("sale", "gpt-4o", IN_2026)

    assert "http://127.0.0.1:9100/v1" == settings.providers["stub"].base_url
    assert "k-1" == settings.providers["stub"].api_key
    assert "stub" == settings.deployments["gpt-4o"].provider
    assert 2_500_000 == tariff.bound_in
    assert 10_000_000 == tariff.bound_out
    assert () == settings.warnings


def test_a_server_of_ones_own_may_lack_its_key_and_says_so() -> None:
    settings = loaded(INTERFACE)

    assert "" == settings.providers["stub"].api_key
    assert "STUB_API_KEY is not set" in settings.warnings[0]


def test_the_file_asked_for_goes_before_the_variable_and_the_folder(tmp_path: Path) -> None:
    asked = tmp_path / "asked.toml"
    asked.write_text("[server]\nport = 1001\n")
    (tmp_path / "stillhouse.toml").write_text("[server]\nport = 1003\n")
    variable = {"STILLHOUSE_CONFIG": "[server]\nport = 1002\n"}

    assert 1001 == load(file=asked, env=variable, folder=tmp_path).server.port
    assert 1002 == load(env=variable, folder=tmp_path).server.port
    assert 1003 == load(env={}, folder=tmp_path).server.port


def test_the_variable_may_name_a_file(tmp_path: Path) -> None:
    named = tmp_path / "named.toml"
    named.write_text("[server]\nport = 1004\n")
    settings = load(env={"STILLHOUSE_CONFIG": str(named)})

    assert 1004 == settings.server.port
    assert str(named) == settings.origin


def test_without_a_configuration_the_model_that_ships_is_served(tmp_path: Path) -> None:
    settings = load(env={}, folder=tmp_path)

    assert ["builtin"] == list(settings.deployments)
    assert PriceBook(settings.tariffs).at("sale", "builtin", IN_2026).bound_in > 0
    assert () == settings.warnings


def test_the_command_line_goes_before_the_document_and_none_is_absent() -> None:
    overrides = {"port": 9000, "workers": None, "data": Path("elsewhere")}
    settings = load(env={"STILLHOUSE_CONFIG": "[server]\nworkers = 3\n"}, overrides=overrides)

    assert (9000, 9001, 3) == (
        settings.server.port,
        settings.server.admin_port,
        settings.server.workers,
    )
    assert Path("elsewhere") == settings.server.data


def test_the_data_folder_may_come_from_the_environment() -> None:
    env = {"STILLHOUSE_CONFIG": '[server]\ndata = "a"\n', "STILLHOUSE_DATA": "b"}

    assert Path("b") == load(env=env).server.data
    assert Path("c") == load(env=env, overrides={"data": Path("c")}).server.data


def test_a_bad_override_is_reported_like_any_other_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a developer's own stillhouse.toml is not what is tested
    with pytest.raises(ConfigError) as error:
        load(env={"STILLHOUSE_CONFIG": " "}, overrides={"port": 70_000})

    assert ["server.port"] == [problem.where for problem in error.value.problems]


def test_paths_in_a_file_start_from_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "etc" / "s.toml"
    file.parent.mkdir()
    file.write_text('price_files = ["prices.toml"]\n[server]\ndata = "kept"\n')
    (file.parent / "prices.toml").write_text(
        '[[prices]]\nmodel = "m"\nvalid_from = 2026-01-01T00:00:00Z\n'
        'usd_per_million = { input = "1" }\n'
    )
    settings = load(file=file, env={})

    assert tmp_path / "etc" / "kept" == settings.server.data
    assert 1_000_000 == PriceBook(settings.tariffs).at("sale", "m", IN_2026).bound_in


def test_variables_are_filled_in_anywhere_in_text() -> None:
    settings = loaded(
        """
        [server]
        port = "${PORT}"
        [providers.own]
        kind = "openai"
        base_url = "http://${HOST}:${PORT}/v1"
        api_key = "${KEY}"
        """,
        HOST="10.0.0.7",
        PORT="9100",
        KEY="k-2",
    )

    assert 9100 == settings.server.port
    assert "http://10.0.0.7:9100/v1" == settings.providers["own"].base_url
    assert "k-2" == settings.providers["own"].api_key


def test_a_filled_in_value_is_not_read_again() -> None:
    settings = loaded('[providers.p]\nkind = "openai"\napi_key = "${A}"\n', A="${B}", B="secret")

    assert "${B}" == settings.providers["p"].api_key


def test_an_absent_variable_is_named_once() -> None:
    found = refused('[providers.p]\nkind = "openai"\nbase_url = "http://${NOWHERE}/v1"\n')

    assert ["providers.p.base_url"] == list(found)
    assert "the variable NOWHERE is not set" == found["providers.p.base_url"].message


def test_what_follows_from_an_absence_is_not_another_problem() -> None:
    assert ["server.port"] == list(refused('[server]\nport = "${NOWHERE}"\n'))


def test_commands_that_call_no_provider_need_no_keys() -> None:
    text = '[providers.p]\nkind = "anthropic"\napi_key_env = "A"\nbase_url = "${B}"\n'

    assert {"providers.p.api_key_env", "providers.p.base_url"} == set(refused(text))
    assert "p" in load(env={"STILLHOUSE_CONFIG": text}, secrets=False).providers


EVERYTHING_WRONG = """
    pricefiles = []
    [server]
    prot = 1
    port = 99999
    workers = "two"
    max_body_bytes = 1.5
    admin_port = true
    [providers.stub]
    kind = "opnai"
    [providers.az]
    kind = "azure"
    [deployments."gpt-4.1"]
    provider = "stbu"
    model = 7
    fallbacks = ["gpt-4.1", "nil"]
    [[prices]]
    model = "m"
    valid_from = 2026-01-01T00:00:00
    usd_per_million = { inpt = "1", output = 2.5, requests = "1", input = "-1" }
    [[prices]]
    book = "sales"
"""


def test_every_problem_is_reported_at_once() -> None:
    assert {
        "pricefiles": 'did you mean "price_files"?',
        "server.prot": 'did you mean "port"?',
        "server.port": "",
        "server.workers": "",
        "server.max_body_bytes": "",
        "server.admin_port": "",
        "providers.stub.kind": "one of 'openai', 'azure', 'anthropic', 'builtin' or 'student'",
        "providers.az.base_url": 'like base_url = "https://NAME.openai.azure.com"',
        'deployments."gpt-4.1".provider': 'did you mean "stub"?',
        'deployments."gpt-4.1".model': "",
        'deployments."gpt-4.1".fallbacks[0]': "remove it",
        'deployments."gpt-4.1".fallbacks[1]': "known here: builtin",
        "prices[0].valid_from": "",
        "prices[0].usd_per_million.inpt": 'did you mean "input"?',
        "prices[0].usd_per_million.output": "",
        "prices[0].usd_per_million.requests": 'write usd_per_request = "0.01"',
        "prices[0].usd_per_million.input": "",
        "prices[1].model": "the model, as deployments name it",
        "prices[1].valid_from": (
            "the first moment it applies, with its zone: `2026-01-01T00:00:00Z`"
        ),
        "prices[1].book": "one of 'sale' or 'cost'",
    } == {where: problem.fix for where, problem in refused(EVERYTHING_WRONG).items()}


def test_a_float_amount_is_quoted_as_it_should_be_written() -> None:
    found = refused(EVERYTHING_WRONG)["prices[0].usd_per_million.output"]

    assert 'write the amount as text, "2.5": a float is not exact' == found.message


@pytest.mark.parametrize(
    "line",
    [
        'base_url = "http://user:${SECRET}@host"',
        'base_url = "${SECRET}"',
        'kind = "${SECRET}"',
        'stream_usage = "${SECRET}"',
        'max_connections = "${SECRET}"',
        'api_key = ["${SECRET}"]',
        'headers = { Authorization = ["${SECRET}"] }',
        "headers = 7",
    ],
)
def test_no_message_repeats_a_value_from_the_environment(line: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(f'[providers.p]\napi_key = "${{SECRET}}"\n{line}\n'
               if "api_key" not in line else f"[providers.p]\n{line}\n",
               SECRET="hunter2-hunter2")  # fmt: skip

    assert "hunter2" not in str(error.value)


def test_settings_do_not_print_their_secrets() -> None:
    settings = loaded(
        '[providers.p]\nkind = "openai"\napi_key = "${K}"\nheaders = { X = "${K}" }\n',
        K="hunter2-hunter2",
    )

    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "kéy"])
def test_a_key_that_no_header_can_carry_is_refused_at_start(key: str) -> None:
    found = refused('[providers.p]\nkind = "openai"\napi_key_env = "K"\n', K=key)

    assert ["providers.p.api_key_env"] == list(found)


def test_what_is_not_toml_says_where() -> None:
    assert "line 2" in refused("[server]\nport = = 1\n")[""].message


def test_what_is_no_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9\n")
    for name, reason in {"none.toml": "no file", "latin.toml": "UTF-8", ".": "directory"}.items():
        with pytest.raises(ConfigError, match=reason):
            load(file=tmp_path / name, env={})


def test_price_files_hold_prices_alone_and_are_all_read(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[server]\nport = 1\n[[prices]]\nmodel = 1\n")
    (tmp_path / "b.toml").write_text("prices = 3\n")
    (tmp_path / "c.toml").write_text("not toml")
    file = tmp_path / "s.toml"
    file.write_text('price_files = ["a.toml", "b.toml", "c.toml", "d.toml"]\n')
    with pytest.raises(ConfigError) as error:
        load(file=file, env={})

    assert {
        "a.toml: server",
        "a.toml: prices[0].model",
        "a.toml: prices[0].valid_from",
        "b.toml: prices",
        "price_files[2]",
        "price_files[3]",
    } == {problem.where for problem in error.value.problems}


@pytest.mark.parametrize("table", ["server", "providers", "deployments", "prices", "price_files"])
def test_a_table_of_the_wrong_shape_is_a_problem_not_a_crash(table: str) -> None:
    for value in ("3", '"x"', "[1]", "true"):
        found = refused(f"{table} = {value}\n")

        assert any(where.startswith(table) for where in found)
