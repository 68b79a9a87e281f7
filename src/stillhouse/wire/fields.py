"""Reading fields of a request body; a Refused says which field, what is wrong and what to do.

OpenAI's error shape and, where it has one, its code, so that the official clients raise their
usual classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

Body = Mapping[str, Any]
MAX_STOPS: Final = 4


class Refused(Exception):  # noqa: N818 a refusal is an answer, not a failure
    """The client's request cannot be served as asked."""

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        status: int = 400,
        kind: str = "invalid_request_error",
    ) -> None:
        self.status = status
        self.error = {"message": message, "type": kind, "param": param, "code": code}
        super().__init__(message)


def parse(data: bytes) -> Body:
    try:
        body = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as cause:
        raise Refused(f"The body is not valid JSON in UTF-8: {cause}.") from cause
    if not isinstance(body, dict):
        raise Refused("The body must be a JSON object.")
    return body


def number(body: Body, name: str, default: float, *, low: float, high: float) -> float:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Refused(f"'{name}' must be a number from {low:g} to {high:g}.", param=name)
    return float(value)


def whole(body: Body, name: str, default: int, *, low: int, high: int) -> int:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Refused(f"'{name}' must be a whole number from {low} to {high}.", param=name)
    return value


def flag(body: Body, name: str) -> bool:
    value = body.get(name)
    if not isinstance(value, bool | None):
        raise Refused(f"'{name}' must be true or false.", param=name)
    return bool(value)


def table(body: Body, name: str) -> Body:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused(f"'{name}' must be an object.", param=name)
    return value


def stops(body: Body) -> Sequence[str]:
    value = body.get("stop")
    given = [value] if isinstance(value, str) else [] if value is None else value
    if (
        not isinstance(given, list)
        or len(given) > MAX_STOPS
        or not all(isinstance(s, str) and s for s in given)
    ):
        raise Refused(f"'stop' must be a string or up to {MAX_STOPS} strings.", param="stop")
    return given


def refuse(body: Body, reasons: Mapping[str, str], neutral: Mapping[str, Sequence[Any]]) -> None:
    """Refuse fields that would change the answer and that this model cannot honour.

    Args:
        body: the request.
        reasons: field -> what to do instead.
        neutral: field -> values that ask for nothing beyond null and empty; those pass.
    """
    for name, advice in reasons.items():
        value = body.get(name)
        if value in (None, [], {}, False) or value in neutral.get(name, ()):
            continue
        raise Refused(
            f"The model 'builtin' does not support '{name}'. {advice}",
            param=name,
            code="unsupported_parameter",
        )
