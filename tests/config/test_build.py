"""From tables to settings: ports beside each other, names that fit an address, files that exist."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import students
from tests.config.test_load import loaded, refused

from stillhouse.config.build import Build
from stillhouse.config.document import (
    DeploymentTable,
    PriceTable,
    ProviderTable,
    ServerTable,
    Table,
)
from stillhouse.config.load import load
from stillhouse.config.problem import ConfigError
from stillhouse.config.settings import dump, undump
from stillhouse.config.shipped import Document, with_builtin
from stillhouse.training.shelf import shelf


@pytest.mark.parametrize(
    ("server", "ports"),
    [
        ("", (8080, 8081)),
        ("port = 9000", (9000, 9001)),
        ("port = 0", (0, 0)),
        ("port = 65535", (65535, 65534)),
        ("admin_port = 7000", (8080, 7000)),
    ],
)
def test_the_admin_port_is_beside_the_gateways(server: str, ports: tuple[int, int]) -> None:
    made = loaded(f"[server]\n{server}\n").server

    assert ports == (made.port, made.admin_port)


@pytest.mark.parametrize("name", ["", "two words", "a?b", "a#b", "line\\n"])
def test_a_name_that_no_address_can_hold_is_refused(name: str) -> None:
    found = refused(f'[deployments."{name}"]\nprovider = "builtin"\nmodel = "m"\n')

    assert 1 == len(found)


@pytest.mark.parametrize("name", ["meta-llama/Llama-3", "llama3.2:3b", "komentar-é"])
def test_names_that_models_have_are_taken(name: str) -> None:
    settings = loaded(f'[deployments."{name}"]\nprovider = "builtin"\nmodel = "m"\n')

    assert name in settings.deployments


def test_files_that_do_not_exist_are_all_named(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text(
        '[server]\ntls_cert = "c.pem"\ntls_key = "k.pem"\n'
        '[providers.p]\nkind = "openai"\nca_file = "ca.pem"\n'
    )
    with pytest.raises(ConfigError) as error:
        load(file=file, env={})

    assert {"server.tls_cert", "server.tls_key", "providers.p.ca_file"} == {
        problem.where for problem in error.value.problems
    }


def test_files_that_exist_come_with_their_folder(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("x")
    file = tmp_path / "s.toml"
    file.write_text('[providers.p]\nkind = "openai"\nca_file = "ca.pem"\n')

    assert str(tmp_path / "ca.pem") == load(file=file, env={}).providers["p"].ca_file


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
def test_a_known_provider_needs_no_address_and_does_need_its_key(kind: str) -> None:
    found = refused(f'[providers.p]\nkind = "{kind}"\napi_key_env = "K"\n')

    assert ["providers.p.api_key_env"] == list(found)
    assert (
        loaded(f'[providers.p]\nkind = "{kind}"\n').providers["p"].base_url.startswith("https://")
    )


NAMES = st.sampled_from(["a", "b", "builtin", "", "x y", "${A}", "none"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.decimals(),
        st.datetimes(),
        st.datetimes().map(datetime.date),
        st.text(max_size=12),
        NAMES,
        st.sampled_from(["openai", "azure", "anthropic", "2.50", "https://h/v1", "unix:/s", "[::"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5) | NAMES, inner, max_size=3)
    ),
    max_leaves=6,
)


def tables(model: type[Table]) -> st.SearchStrategy[Any]:
    """Known keys with anything behind them."""
    return st.dictionaries(st.sampled_from([*model.model_fields, "other"]), VALUES, max_size=6)


DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "server": tables(ServerTable) | VALUES,
        "providers": st.dictionaries(NAMES, tables(ProviderTable) | VALUES, max_size=3) | VALUES,
        "deployments": st.dictionaries(NAMES, tables(DeploymentTable) | VALUES, max_size=3)
        | VALUES,
        "prices": st.lists(tables(PriceTable) | VALUES, max_size=3) | VALUES,
        "price_files": VALUES,
        "other": VALUES,
    },
)


PUPIL = '[providers.pupil]\nkind = "student"\nstudent = "{}"\n'


def test_a_student_is_found_by_the_beginning_of_its_id_or_in_its_folder(tmp_path: Path) -> None:
    one, other = (students.manifest(threshold=t) for t in (0.8, 0.9))
    for made in (one, other):
        students.written(shelf(tmp_path / "data") / made.id, threshold=made.threshold)
    students.written(tmp_path / "own")
    file = tmp_path / "s.toml"

    def found(written: str) -> str:
        file.write_text(PUPIL.format(written))
        return load(file=file, env={}).providers["pupil"].student

    assert str(shelf(tmp_path / "data") / one.id) == found(one.id[:8]) == found(one.id)
    assert str(tmp_path / "own") == found("own") == found("./own")
    for name, why in (("none", "'none'"), ("*", "'*'"), ("./x", "in")):
        assert not Path(found(name)).exists()
        [warning] = load(file=file, env={}).warnings
        assert warning.startswith(f"providers.pupil.student: no student {why}")
        assert "the teacher answers" in warning
        assert () == load(file=file, env={}, secrets=False).warnings
    students.written(shelf(tmp_path / "data") / f"{one.id[:8]}0", threshold=0.7)
    with pytest.raises(ConfigError, match=r"providers.pupil.student\s+2 students begin with"):
        found(one.id[:8])
    assert load(file=file, env={}, secrets=False).providers["pupil"].student.endswith(one.id[:8])


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS)
def test_any_document_gives_settings_or_problems_and_never_a_crash(document: Document) -> None:
    build = Build(env={}, base=Path("nowhere"), overrides={}, origin="test", secrets=True)
    made = build.settings(with_builtin(document), extra_prices=[])

    assert (made is None) == bool(build.problems)
    if made is not None:
        assert made == undump(dump(made))


def test_a_certificate_that_cannot_be_served_is_found_at_start(tmp_path: Path) -> None:
    for name in ("c.pem", "k.pem"):
        (tmp_path / name).write_text("x")
    file = tmp_path / "s.toml"
    file.write_text('[server]\ntls_cert = "c.pem"\ntls_key = "k.pem"\n')
    with pytest.raises(ConfigError, match="cannot be used"):
        load(file=file, env={})
