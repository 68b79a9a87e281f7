"""One table in: mistakes come out in the operator's words, with the key as TOML writes it."""

import pytest

from stillhouse.config.document import ServerTable
from stillhouse.config.problem import Problem
from stillhouse.config.read import key, nearest, read, unknown_tables


@pytest.mark.parametrize(
    ("parts", "written"),
    [
        (("server", "port"), "server.port"),
        (("deployments", "gpt-4.1", "model"), 'deployments."gpt-4.1".model'),
        (("prices", 2, "usd_per_million", "input"), "prices[2].usd_per_million.input"),
        (("deployments", ""), 'deployments.""'),
    ],
)
def test_a_key_is_written_as_toml_writes_it(parts: tuple[str | int, ...], written: str) -> None:
    assert written == key(*parts)


def test_a_misspelt_name_gets_the_nearest_and_a_strange_one_gets_the_list() -> None:
    assert 'did you mean "port"?' == nearest("prot", ["host", "port"])
    assert "known here: host, port" == nearest("zzz", ["port", "host"])
    assert "" == nearest("zzz", [])
    assert nearest("zzz", map(str, range(50))).endswith(", ...")


def test_a_good_table_is_read_and_leaves_no_problem() -> None:
    problems: list[Problem] = []
    table = read(ServerTable, {"port": 1}, ("server",), problems)

    assert table is not None
    assert 1 == table.port
    assert [] == problems


def test_a_bad_table_leaves_all_its_problems() -> None:
    problems: list[Problem] = []
    table = read(ServerTable, {"port": "x", "hots": 1}, ("server",), problems)

    assert table is None
    assert [
        Problem("server.port", "a whole number is needed, not 'x'"),
        Problem("server.hots", "there is no such key", 'did you mean "host"?'),
    ] == problems


def test_only_known_tables_pass() -> None:
    assert ["sever"] == [p.where for p in unknown_tables({"server": {}, "sever": {}})]
