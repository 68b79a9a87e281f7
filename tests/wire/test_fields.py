"""Fields are read strictly, and a refusal names the field."""

from __future__ import annotations

from typing import Any

import pytest

from stillhouse.wire import fields as read
from stillhouse.wire.fields import Refused


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'"x"', b'{"a": "\xff"}', b"null"])
def test_a_body_that_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match="JSON") as caught:
        read.parse(data)

    assert caught.value.status == 400


@pytest.mark.parametrize("value", [-0.1, 2.1, "1", True, [1], float("nan")])
def test_a_number_out_of_range_or_of_another_type_is_refused(value: Any) -> None:
    with pytest.raises(Refused) as caught:
        read.number({"temperature": value}, "temperature", 0, low=0, high=2)

    assert caught.value.error["param"] == "temperature"


@pytest.mark.parametrize("value", [0, 17, 1.5, "1", True])
def test_a_whole_number_is_whole(value: Any) -> None:
    with pytest.raises(Refused):
        read.whole({"n": value}, "n", 1, low=1, high=16)


def test_null_is_the_default() -> None:
    body = {"n": None, "stop": None, "stream": None, "stream_options": None}

    assert read.whole(body, "n", 1, low=1, high=16) == 1
    assert read.stops(body) == []
    assert not read.flag(body, "stream")
    assert read.table(body, "stream_options") == {}


@pytest.mark.parametrize("stop", [[1], "", [""], ["a"] * 5, {"a": 1}])
def test_stops_are_few_and_not_empty(stop: Any) -> None:
    with pytest.raises(Refused):
        read.stops({"stop": stop})


@pytest.mark.parametrize("value", [None, [], {}, False, 0])
def test_a_neutral_value_of_an_unsupported_field_passes(value: Any) -> None:
    read.refuse(
        {"presence_penalty": value}, {"presence_penalty": "No."}, {"presence_penalty": (0,)}
    )


def test_an_unsupported_field_is_refused_with_advice() -> None:
    with pytest.raises(Refused, match="Use another"):
        read.refuse({"tools": [{}]}, {"tools": "Use another deployment."}, {})
