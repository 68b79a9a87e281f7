"""The public surface is exactly the table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stillhouse.wire.paths import METERED, ROUTES, Dialect, Route, Surface, dialect_of, route


def filled(template: str) -> bytes:
    return template.replace("{deployment}", "gpt-4o").replace("{model}", "gpt-4o").encode()


@pytest.mark.parametrize("template", ROUTES)
def test_every_line_of_the_table_is_found_by_its_path(template: str) -> None:
    expected = replace(ROUTES[template], deployment="gpt-4o" if "{" in template else None)

    assert expected == route(filled(template))


def test_every_surface_that_reaches_a_provider_is_metered_and_posted() -> None:
    own = {Surface.MODELS, Surface.MODEL, Surface.HEALTH, Surface.READY}

    assert set(Surface) == METERED | own
    assert {"POST"} == {to.method for to in ROUTES.values() if to.surface in METERED}
    assert {"GET"} == {to.method for to in ROUTES.values() if to.surface in own}


@pytest.mark.parametrize(
    "path",
    [
        b"",
        b"/",
        b"/v1",
        b"/v1/",
        b"/v1/models/",
        b"/v1/chat/completions/",
        b"/v1//chat/completions",
        b"/v1/./chat/completions",
        b"/v1/chat/../chat/completions",
        b"/V1/chat/completions",
        b"/v1/chat/completions/123",
        b"/v1/images/generations",
        b"/v1/files",
        b"/v1/batches",
        b"/v1/responses/resp_1",
        b"/openai/deployments/",
        b"/openai/deployments//chat/completions",
        b"/openai/deployments/gpt-4o/",
        b"/openai/deployments/gpt-4o/messages",
        b"/openai/deployments/gpt-4o/chat/completions/extensions",
        b"/openai/deployments/a/b/chat/completions",
        b"/openai/deployments/%ff/chat/completions",
        b"/v1/messages/batches",
        b"/health/",
        b"\xff",
    ],
)
def test_whatever_is_not_in_the_table_does_not_exist(path: bytes) -> None:
    assert route(path) is None


@given(st.binary(max_size=60) | st.sampled_from(sorted(ROUTES)).map(filled))
def test_any_path_is_answered_and_names_a_line_of_the_table(path: bytes) -> None:
    found = route(path)

    assert found is None or replace(found, deployment=None) in ROUTES.values()


def test_names_in_paths_are_percent_decoded() -> None:
    path = b"/openai/deployments/gpt%2D4o%20mini%2Fx/chat/completions"

    assert Route(Dialect.AZURE, Surface.CHAT, "POST", "gpt-4o mini/x") == route(path)


def test_a_models_id_may_hold_slashes() -> None:
    assert Route(Dialect.OPENAI, Surface.MODEL, "GET", "meta/llama-3") == route(
        b"/v1/models/meta/llama-3"
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"/v1/nothing", Dialect.OPENAI),
        (b"/", Dialect.OPENAI),
        (b"/v1/messages/batches", Dialect.ANTHROPIC),
        (b"/openai/nothing", Dialect.AZURE),
    ],
)
def test_unknown_paths_are_refused_in_the_callers_dialect(path: bytes, expected: Dialect) -> None:
    assert expected == dialect_of(path)


@pytest.mark.parametrize("template", ROUTES)
def test_the_dialect_of_a_path_is_the_dialect_of_its_route(template: str) -> None:
    assert ROUTES[template].dialect == dialect_of(filled(template))
