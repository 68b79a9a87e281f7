"""A line as guard sees it: what metering reads, and the request with who and where."""

import json

import pytest

from stillhouse.imports.call import LineError
from stillhouse.imports.observed import observed

LINE = {
    "id": "c1",
    "at": "2026-11-01T10:00:00Z",
    "account": "a1",
    "ip": "192.0.2.1",
    "client": "curl/8",
    "payment": "pm_1",
    "provider": "openai",
    "path": "openai-api",
    "model": "gpt-4o",
    "request": {"messages": [{"role": "user", "content": "Where?"}]},
    "response": {"choices": [{"message": {"content": "Here it is, by the door."}}]},
}


def of(**changed: object) -> bytes:
    return json.dumps({k: v for k, v in {**LINE, **changed}.items() if v is not None}).encode()


def test_everything_is_read() -> None:
    seen = observed(of(usage={"prompt_tokens": 9, "completion_tokens": 3}))

    assert ("a1", 3, "openai-api") == (seen.call.account, seen.output_tokens, seen.path)
    assert ("192.0.2.1", "curl/8", "pm_1") == (seen.ip, seen.client, seen.payment)
    assert LINE["request"] == json.loads(seen.body)


def test_an_answer_that_nobody_counted_is_counted() -> None:
    assert 6 == observed(of()).output_tokens


@pytest.mark.parametrize("response", [None, {}])
def test_without_a_count_and_an_answer_nobody_knows(response: object) -> None:
    seen = observed(of(response=response))

    assert seen.output_tokens in {-1, 0}
    assert -1 == observed(of(response=None)).output_tokens


def test_a_line_without_a_request_has_no_body() -> None:
    seen = observed(of(request=None, usage={"prompt_tokens": 9, "completion_tokens": 3}))

    assert b"" == seen.body


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not_json"),
        (b"[]", "not_an_object"),
        (of(at=None), "no_time"),
        (of(account=None), "no_account"),
        (of(ip=3), "not_an_object"),
    ],
)
def test_a_bad_line_says_what_is_wrong(line: bytes, reason: str) -> None:
    with pytest.raises(LineError) as caught:
        observed(line)

    assert reason == caught.value.reason
