"""Error bodies in each dialect, as a provider that refuses a call writes them."""

import msgspec

from stillhouse.testing.call import Surface

_KINDS = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", "not_found"),
    429: ("tokens", "rate_limit_exceeded"),
    500: ("server_error", None),
    503: ("server_error", "overloaded"),
}
_ANTHROPIC = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    503: "overloaded_error",
}


def refusal(status: int, message: str, *, surface: Surface | None, azure: bool) -> bytes:
    if surface in {Surface.MESSAGES, Surface.COUNT_TOKENS}:
        kind = _ANTHROPIC.get(status, "api_error")
        said = {"type": "error", "error": {"type": kind, "message": message}}
        return msgspec.json.encode(said)
    kind_, code = _KINDS[status]
    if azure:
        return msgspec.json.encode({"error": {"code": code or str(status), "message": message}})
    error = {"message": message, "type": kind_, "param": None, "code": code}
    return msgspec.json.encode({"error": error})
