"""Whatever a line holds, it is a call or a reason: nothing else comes out of a reader."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.imports.test_litellm import PAYLOAD, SPEND_LOG
from tests.imports.test_openai import ANSWER
from tests.imports.test_stillhouse import FULL
from tests.strategies import JSON_VALUES

from stillhouse.imports.call import Call, LineError
from stillhouse.imports.formats import FORMATS, Format, reader

GOOD = [FULL, ANSWER, SPEND_LOG, PAYLOAD]
formats = st.sampled_from(FORMATS)


def outcome(log: Format, line: bytes) -> Call | LineError:
    try:
        return reader(log, account="acme")(line)
    except LineError as error:
        return error


@given(formats, st.binary(max_size=200))
def test_any_bytes_are_a_call_or_a_reason(log: Format, line: bytes) -> None:
    assert isinstance(outcome(log, line), LineError)


@given(formats, JSON_VALUES)
def test_any_json_is_a_call_or_a_reason(log: Format, value: object) -> None:
    assert isinstance(outcome(log, json.dumps(value).encode()), Call | LineError)


@given(formats, st.sampled_from(GOOD), st.data())
def test_any_change_of_a_good_line_is_a_call_or_a_reason(
    log: Format, good: dict[str, object], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(good)))
    changed = good | {name: data.draw(JSON_VALUES)}

    assert isinstance(outcome(log, json.dumps(changed).encode()), Call | LineError)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not_json"),
        (b"\xff{}", "not_json"),
        (b"[]", "not_an_object"),
        (b'"x"', "not_an_object"),
        (b'{"at": 7}', "not_an_object"),
        (b'{"request": ' + b"[" * 5000, "not_json"),
    ],
)
def test_what_cannot_be_read_is_told_apart(line: bytes, reason: str) -> None:
    found = outcome("stillhouse", line)

    assert isinstance(found, LineError)
    assert reason == found.reason


def test_a_line_that_names_no_account_needs_one() -> None:
    with pytest.raises(LineError, match="--account"):
        reader("openai")(json.dumps(ANSWER).encode())


@pytest.mark.parametrize("field", ["key", "provider", "model"])
@pytest.mark.parametrize("name", ["x" * 201, "a\nb", "\x00"])
def test_a_name_that_nobody_could_read_is_refused(field: str, name: str) -> None:
    found = outcome("stillhouse", json.dumps(FULL | {field: name}).encode())

    assert isinstance(found, LineError)
    assert "bad_name" == found.reason
