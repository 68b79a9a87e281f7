"""Edits change the named field and not one other byte."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import JSON_VALUES, TEXT, bodies, written

from stillhouse.wire import edit
from stillhouse.wire.paths import Surface
from stillhouse.wire.request import read

NESTED = st.fixed_dictionaries(
    {}, optional={"model": JSON_VALUES, "stream_options": JSON_VALUES, "é": JSON_VALUES}
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "model": TEXT | st.none(),
    "stream": st.booleans(),
    "stream_options": st.none()
    | st.fixed_dictionaries(
        {},
        optional={"include_usage": st.booleans() | st.none(), "continuous_usage_stats": st.just(1)},
    ),
    "max_tokens": st.integers(0, 10_000) | st.none(),
    "max_completion_tokens": st.integers(0, 10_000) | st.none(),
    "messages": st.lists(st.fixed_dictionaries({"content": TEXT}), max_size=2),
    "response_format": NESTED,
    "user": st.sampled_from(['say "model": "x"', '"model', '{"stream_options":{}}', "\\"]),
}
CASES = bodies(FIELDS).flatmap(lambda value: st.tuples(st.just(value), written(value)))


@given(CASES, TEXT)
def test_with_model_changes_the_model_alone(case: tuple[dict[str, Any], bytes], name: str) -> None:
    before, body = case
    asked = read(Surface.CHAT, body)
    after = edit.with_model(body, name, asked)

    assert before | {"model": name} == json.loads(after)
    assert after == edit.with_model(body, name)


@given(CASES)
def test_with_usage_asks_for_usage_and_keeps_other_options(
    case: tuple[dict[str, Any], bytes],
) -> None:
    before, body = case
    options = (before.get("stream_options") or {}) | {"include_usage": True}
    after = edit.with_usage(body, read(Surface.CHAT, body))

    assert before | {"stream_options": options} == json.loads(after)
    assert read(Surface.CHAT, after).asked_usage


@given(CASES, st.integers(0, 10_000))
def test_with_output_limit_never_raises_a_limit(
    case: tuple[dict[str, Any], bytes], limit: int
) -> None:
    before, body = case
    names = edit.LIMITS[Surface.CHAT]
    own = {name: before[name] for name in names if before.get(name) is not None}
    expected = {name: min(value, limit) for name, value in own.items()} or {names[0]: limit}
    after = edit.with_output_limit(body, Surface.CHAT, limit)

    assert before | expected == json.loads(after)
    assert (read(Surface.CHAT, after).output_limit or 0) <= limit


@given(CASES, TEXT)
def test_an_edit_leaves_every_other_byte(case: tuple[dict[str, Any], bytes], name: str) -> None:
    before, body = case
    after = edit.with_model(body, name)
    value = json.dumps(name).encode()
    old = json.dumps(before.get("model")), json.dumps(before.get("model"), ensure_ascii=False)
    undone = {after.replace(b'"model":' + value + b",", b"", 1)}
    undone |= {after.replace(b'"model":' + value, b"", 1)}
    at = 0
    while (at := after.find(value, at)) >= 0:
        undone |= {after[:at] + one.encode() + after[at + len(value) :] for one in old}
        at += 1

    assert body in undone


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"model":"a"}', b'{"model":"b"}'),
        (b'{"model" : "a", "x":1.0}', b'{"model" : "b", "x":1.0}'),
        (b'{"x":{"model":"n"},"model":"a"}', b'{"x":{"model":"n"},"model":"b"}'),
        (b'{"x":{"model":"n"}}', b'{"model":"b","x":{"model":"n"}}'),
        (b'{"m\\u006fdel":"a","x":{"model":"n"}}', b'{"m\\u006fdel":"b","x":{"model":"n"}}'),
        (b'{"model":null}', b'{"model":"b"}'),
        (b'{"user":"\\"model","model":"a\\"b"}', b'{"user":"\\"model","model":"b"}'),
        (b" { } ", b' {"model":"b" } '),
    ],
)
def test_the_model_is_found_wherever_it_lies(body: bytes, expected: bytes) -> None:
    assert expected == edit.with_model(body, "b", read(Surface.CHAT, body))
    assert expected == edit.with_model(body, "b")


def test_a_body_that_already_says_so_is_returned_itself() -> None:
    body = b'{"model":"a","stream_options":{"include_usage":true}}'
    asked = read(Surface.CHAT, body)

    assert edit.with_model(body, "a", asked) is body
    assert edit.with_usage(body, asked) is body


def test_usage_is_asked_for_directly_after_the_opening_brace() -> None:
    body = b'{"model":"a","stream":true}'

    assert (
        edit.with_usage(body, read(Surface.CHAT, body))
        == b'{"stream_options":{"include_usage":true},"model":"a","stream":true}'
    )


@pytest.mark.parametrize(("surface", "names"), edit.LIMITS.items())
def test_each_surface_gets_the_limit_that_it_understands(
    surface: Surface, names: tuple[str, ...]
) -> None:
    after = edit.with_output_limit(b'{"model":"a"}', surface, 7)

    assert {"model": "a", names[0]: 7} == json.loads(after)
    assert read(surface, after).output_limit == 7
