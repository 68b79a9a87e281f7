"""Mistakes in a request body, said so that whoever wrote it can mend it.

msgspec's errors are exact about the place and terse about the cause; here they become sentences
with the parameter's name and OpenAI's codes. No value from the body is repeated in a message.
"""

import re

import msgspec

_PLACE = re.compile(r"(.*?)(?: - at `\$\.?(.*)`)?", re.DOTALL)
_WANTED = re.compile(r"Expected `(.+?)`(?:, got `(.+?)`)?")
_WORDS = {
    "int": "a whole number",
    "float": "a number with a decimal point or exponent",
    "str": "a string",
    "bool": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}


class BadRequest(ValueError):  # noqa: N818  (the HTTP status's own name)
    """The body cannot be served as it is. Answered with 400; nothing was forwarded or charged."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code


def mistyped(error: msgspec.ValidationError) -> BadRequest:
    """A field of a wrong type, as found by msgspec."""
    found = _PLACE.fullmatch(str(error))
    problem, param = found.groups() if found else (str(error), None)
    wanted = _WANTED.match(problem)
    if wanted is None:
        if "out of range" in problem:
            return BadRequest(
                f"Invalid '{param}': the number is out of range.", param=param, code="invalid_value"
            )
        return BadRequest(f"Invalid '{param}': {problem}.", param=param, code="invalid_type")
    expected, got = wanted.groups()
    words = " or ".join(_WORDS.get(word, word) for word in expected.split(" | "))
    if not param:
        return BadRequest(
            f"The request body must be a JSON object, not {_WORDS.get(got, got)}: "
            'send {"model": ..., ...}.',
            code="invalid_type",
        )
    hint = " Write it without a decimal point or exponent." if got == "float" else ""
    return BadRequest(
        f"Invalid type for '{param}': expected {words}, but got {_WORDS.get(got, got)}.{hint}",
        param=param,
        code="invalid_type",
    )


def malformed(body: bytes, error: Exception) -> BadRequest:
    """Not JSON, or not text."""
    if not body.strip():
        return BadRequest(
            "The request body is empty: send a JSON object, with content-type application/json.",
            code="invalid_json",
        )
    if isinstance(error, UnicodeDecodeError):
        return BadRequest(
            f"The request body is not UTF-8 (byte {error.start}): encode the JSON as UTF-8.",
            code="invalid_encoding",
        )
    if isinstance(error, RecursionError):
        return BadRequest("The request body is nested too deeply.", code="invalid_json")
    reason = str(error).removeprefix("JSON is malformed: ")
    return BadRequest(
        f"The request body is not valid JSON ({reason}): check quotes, commas and escapes "
        '(half of a surrogate pair, as in "\\ud83d", is not a character).',
        code="invalid_json",
    )


def not_whole(param: str, *, least: int, most: int, got: int) -> BadRequest:
    """A whole number outside its range."""
    if got < least:
        return BadRequest(
            f"Invalid '{param}': integer below minimum value. Expected a value >= {least}, "
            f"but got {got} instead; leave it out for no limit of your own."
            if param.startswith("max_")
            else f"Invalid '{param}': integer below minimum value. Expected a value >= {least}, "
            f"but got {got} instead.",
            param=param,
            code="integer_below_min_value",
        )
    return BadRequest(
        f"Invalid '{param}': integer above maximum value. Expected a value <= {most}.",
        param=param,
        code="integer_above_max_value",
    )
