"""Error bodies have each service's own shape, so the official clients raise the right classes."""

import json
from typing import TYPE_CHECKING, Any

import anthropic
import httpx2
import openai
import pytest

from stillhouse.wire.envelopes import envelope
from stillhouse.wire.paths import Dialect

if TYPE_CHECKING:
    from tests.wire.conftest import Exchange


def told(dialect: Dialect, status: int, code: str = "some_code") -> dict[str, Any]:
    body = envelope(
        dialect,
        status=status,
        code=code,
        message="say it",
        kind="some_kind",
        param="model",
        request_id="req_1",
    )
    decoded: dict[str, Any] = json.loads(body)
    return decoded


def test_openai_gets_the_four_fields_that_it_sends_itself(
    exchanges: "dict[str, Exchange]",
) -> None:
    recorded = json.loads(exchanges["chat-unknown-model"].response)["error"]
    ours = told(Dialect.OPENAI, 404)["error"]

    assert set(recorded) == set(ours)
    assert ours == {
        "message": "say it",
        "type": "some_kind",
        "param": "model",
        "code": "some_code",
    }


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "invalid_api_key", "401"),
        (404, "model_not_found", "DeploymentNotFound"),
        (404, "unknown_url", "404"),
        (429, "insufficient_quota", "429"),
    ],
)
def test_azure_gets_its_own_codes_and_ours_inside(status: int, code: str, expected: str) -> None:
    assert told(Dialect.AZURE, status, code) == {
        "error": {"code": expected, "message": "say it", "innererror": {"code": code}}
    }


def test_azure_reports_mistakes_in_a_body_in_openais_shape() -> None:
    assert told(Dialect.OPENAI, 400) == told(Dialect.AZURE, 400)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (413, "request_too_large"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (502, "api_error"),
        (503, "overloaded_error"),
        (504, "timeout_error"),
    ],
)
def test_anthropic_gets_a_typed_error_with_the_request_id(status: int, kind: str) -> None:
    assert told(Dialect.ANTHROPIC, status) == {
        "type": "error",
        "error": {"type": kind, "message": "say it"},
        "request_id": "req_1",
    }


CLASSES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    429: "RateLimitError",
    500: "InternalServerError",
    503: "InternalServerError",
}


def answering(dialect: Dialect, status: int) -> httpx2.Client:
    """An HTTP client in whose world every request is refused."""

    def refuse(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, json=told(dialect, status))

    return httpx2.Client(transport=httpx2.MockTransport(refuse))


@pytest.mark.parametrize(("status", "name"), CLASSES.items())
@pytest.mark.parametrize("dialect", [Dialect.OPENAI, Dialect.AZURE])
def test_the_openai_clients_raise_the_right_class(dialect: Dialect, status: int, name: str) -> None:
    client = openai.OpenAI(
        api_key="x", max_retries=0, http_client=answering(dialect, status), base_url="http://x/v1"
    )
    with client, pytest.raises(openai.APIStatusError, match="say it") as raised:
        client.chat.completions.create(model="m", messages=[])

    assert name == type(raised.value).__name__
    assert raised.value.code in ("some_code", str(status))


@pytest.mark.parametrize(("status", "name"), CLASSES.items())
def test_the_anthropic_client_raises_the_right_class(status: int, name: str) -> None:
    client = anthropic.Anthropic(
        api_key="x", max_retries=0, http_client=answering(Dialect.ANTHROPIC, status)
    )
    with client, pytest.raises(anthropic.APIStatusError, match="say it") as raised:
        client.messages.create(model="m", max_tokens=1, messages=[])

    kinds = {name, "ServiceUnavailableError"} if status == 503 else {name}
    assert type(raised.value).__name__ in kinds
