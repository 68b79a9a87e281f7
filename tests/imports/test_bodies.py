"""Bodies are read loosely: an odd optional field costs nothing, a body that is none is told."""

import json

import pytest
from msgspec import Raw

from stillhouse.imports import bodies
from stillhouse.imports.call import LineError
from stillhouse.units.usage import NOTHING
from stillhouse.wire.paths import Surface
from stillhouse.wire.usage import Reported


def raw(value: object) -> Raw:
    return Raw(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("request_", "answer", "expected"),
    [
        ({"messages": []}, {}, Surface.CHAT),
        ({"input": "x"}, {}, Surface.RESPONSES),
        ({"input": "x"}, {"object": "list"}, Surface.EMBEDDINGS),
        ({"prompt": "x"}, {}, Surface.COMPLETIONS),
        ({"messages": []}, {"type": "message"}, Surface.MESSAGES),
        ({}, {"object": "response"}, Surface.RESPONSES),
        ({}, {"object": "text_completion"}, Surface.COMPLETIONS),
        ({}, {}, Surface.CHAT),
    ],
)
def test_bodies_tell_what_was_asked(request_: object, answer: object, expected: Surface) -> None:
    assert expected == bodies.surface(bodies.asked(raw(request_)), bodies.said(raw(answer)))


def test_the_tier_that_served_it_is_believed_before_the_one_asked_for() -> None:
    asked = bodies.asked(raw({"service_tier": "flex"}))
    reported = Reported(NOTHING, inconsistent=False, tier="priority")

    assert "priority" == bodies.tier_of(asked, bodies.NO_ANSWER, reported)
    assert "" == bodies.tier_of(asked, bodies.said(raw({"service_tier": "default"})), None)
    assert "flex" == bodies.tier_of(asked, bodies.said(raw({"service_tier": 7})), None)
    assert "" == bodies.tier_of(bodies.asked(raw({"service_tier": "auto"})), bodies.NO_ANSWER, None)


@pytest.mark.parametrize(
    "metadata",
    [None, 1, "x", [], {"workload": 3}, {"workload": "a\nb"}, {"workload": "t:1f3a9c0de4b2"}, {}],
)
def test_what_is_no_label_is_no_label(metadata: object) -> None:
    assert "" == bodies.label(metadata, "workload")


def test_a_body_that_is_no_object_is_told() -> None:
    with pytest.raises(LineError, match="request: Expected `object`"):
        bodies.asked(raw([1]))
    with pytest.raises(LineError, match="response: Expected `object`"):
        bodies.said(raw("text"))


def test_nothing_reported_and_nothing_asked_is_no_usage() -> None:
    with pytest.raises(LineError) as caught:
        bodies.used(None, Surface.CHAT, Raw(b"null"), raw({"choices": []}))

    assert "no_usage" == caught.value.reason
