"""A refusal in each dialect's own error shape, so that its official client raises the right class.

    OpenAI     {"error": {"message", "type", "param", "code"}}
    Azure      {"error": {"code", "message", "innererror": {"code"}}}; code is the status as text,
               or DeploymentNotFound; mistakes in a body have OpenAI's shape there too
    Anthropic  {"type": "error", "error": {"type", "message"}, "request_id"}

Azure's own codes cannot tell a spent budget from a rate limit, so the house's code is in
`innererror`, which Azure's error guidelines provide for that.
"""

from typing import Any

import msgspec

from stillhouse.wire.paths import Dialect

_ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_encode = msgspec.json.Encoder().encode


def envelope(
    dialect: Dialect,
    *,
    status: int,
    code: str,
    message: str,
    kind: str,
    param: str | None,
    request_id: str,
) -> bytes:
    """The JSON of an error answer."""
    shaped: dict[str, Any]
    match dialect:
        case Dialect.OPENAI:
            shaped = {"error": {"message": message, "type": kind, "param": param, "code": code}}
        case Dialect.AZURE if status == 400:
            shaped = {"error": {"message": message, "type": kind, "param": param, "code": code}}
        case Dialect.AZURE:
            azure = "DeploymentNotFound" if code == "model_not_found" else str(status)
            shaped = {"error": {"code": azure, "message": message, "innererror": {"code": code}}}
        case Dialect.ANTHROPIC:
            error = {"type": _ANTHROPIC_TYPES.get(status, "api_error"), "message": message}
            shaped = {"type": "error", "error": error, "request_id": request_id}
    return _encode(shaped)
