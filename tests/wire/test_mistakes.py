"""What is wrong with a body is said in a sentence, without repeating the body."""

import msgspec
import pytest

from stillhouse.wire.mistakes import malformed, mistyped, not_whole


class Shape(msgspec.Struct):
    name: str | None = None
    count: int | None = None
    inner: list[int] | None = None


def mistake(body: bytes) -> tuple[str | None, str | None, str]:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.json.decode(body, type=Shape)
    found = mistyped(error.value)
    return found.param, found.code, found.message


@pytest.mark.parametrize(
    ("body", "param", "says"),
    [
        (b'{"name":5}', "name", "expected a string or null, but got a whole number."),
        (b'{"count":"s3cret"}', "count", "expected a whole number or null, but got a string."),
        (b'{"count":1.5}', "count", "Write it without a decimal point or exponent."),
        (b'{"count":1e999}', "count", "out of range"),
        (b'{"inner":[1,"s3cret"]}', "inner[1]", "expected a whole number, but got a string."),
    ],
)
def test_a_wrong_type_is_told_with_its_place(body: bytes, param: str, says: str) -> None:
    place, _, message = mistake(body)

    assert param == place
    assert says in message
    assert "s3cret" not in message


def test_what_is_no_object_is_told_to_be_one() -> None:
    assert mistake(b"[]")[2].startswith("The request body must be a JSON object, not an array")


@pytest.mark.parametrize(
    ("body", "error", "code"),
    [
        (b"", msgspec.DecodeError("Input data was truncated"), "invalid_json"),
        (b"{s3cret", msgspec.DecodeError("JSON is malformed: x (byte 1)"), "invalid_json"),
        (b"\xff", UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), "invalid_encoding"),
        (b"[", RecursionError(), "invalid_json"),
    ],
)
def test_what_is_no_json_is_told_so(body: bytes, error: Exception, code: str) -> None:
    found = malformed(body, error)

    assert code == found.code
    assert "s3cret" not in found.message


@pytest.mark.parametrize(
    ("param", "got", "code", "says"),
    [
        ("max_tokens", -1, "integer_below_min_value", "leave it out for no limit of your own"),
        ("n", -1, "integer_below_min_value", ">= 0"),
        ("n", 11, "integer_above_max_value", "<= 10"),
    ],
)
def test_a_number_out_of_range_is_told_the_range(
    param: str, got: int, code: str, says: str
) -> None:
    found = not_whole(param, least=0, most=10, got=got)

    assert (param, code) == (found.param, found.code)
    assert says in found.message
