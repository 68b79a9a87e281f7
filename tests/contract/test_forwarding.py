"""What goes on to a provider: the caller's own bytes but for the named edits; never unmetered."""

import pytest
from tests.contract.conftest import Town
from tests.service import Customer, House

from stillhouse.wire.paths import METERED, ROUTES, Dialect, Route

ODD = (
    b' { "temperature" : 1.0e0 ,\r\n\t"messages":'
    b'[{"role":"user","content":"%b \\u00e9 \\/ \xc3\xa9 '
    b'\\ud83e\\udd16"}] , "model":"%b", "seed": 12345678901234567890123 , "x":[ ] } \n'
)


@pytest.mark.parametrize(
    ("model", "becomes"),
    [(b"gpt-4o", b"gpt-4o"), (b"renamed", b"gpt-4o-2024-08-06"), (b"azure-v1", b"gpt-4o")],
)
def test_a_body_passes_byte_for_byte_but_for_the_model(
    house: House, customer: Customer, town: Town, model: bytes, becomes: bytes
) -> None:
    marker = b"odd one " + model

    answer = house.post(customer, "/v1/chat/completions", ODD % (marker, model))

    assert 200 == answer.status
    assert ODD % (marker, becomes) == town.seen(marker.decode()).body


def test_a_stream_is_asked_for_its_usage_and_nothing_else_changes(
    house: House, customer: Customer, town: Town
) -> None:
    body = b'{ "stream" :true, "messages":[{"role":"user","content":"ask usage"}],"model":"gpt-4o"}'

    answer = house.post(customer, "/v1/chat/completions", body)

    added = b'{"stream_options":{"include_usage":true},'
    assert body.replace(b"{", added, 1) == town.seen("ask usage").body
    assert answer.body.rstrip().endswith(b"data: [DONE]")
    assert b'"prompt_tokens"' not in answer.body


def test_a_stream_that_asked_for_usage_passes_as_it_is(
    house: House, customer: Customer, town: Town
) -> None:
    body = (
        b'{"stream":true,"stream_options":{ "include_usage" : true, "x":1 },'
        b'"messages":[{"role":"user","content":"asked itself"}],"model":"gpt-4o"}'
    )

    answer = house.post(customer, "/v1/chat/completions", body)

    assert body == town.seen("asked itself").body
    assert 1 == answer.body.count(b'"prompt_tokens"')


def test_an_answer_passes_byte_for_byte(house: House, customer: Customer, town: Town) -> None:
    body = b'{"messages":[{"role":"user","content":"echo"}],"model":"gpt-4o","user":"script:4:5"}'

    ours = house.post(customer, "/v1/chat/completions", body).body
    seen = town.seen('"echo"')
    steps, _ = town.upstream.answer(seen)
    theirs = b"".join(step for step in steps if isinstance(step, bytes)).partition(b"\r\n\r\n")[2]

    assert _numberless(theirs) == _numberless(ours)


def _numberless(answer: bytes) -> bytes:
    """The scripted upstream numbers its answers."""
    before, _, after = answer.partition(b"chatcmpl-script")
    return before + after.lstrip(b"0123456789")


def test_the_callers_other_headers_stay_here(house: House, customer: Customer, town: Town) -> None:
    body = b'{"messages":[{"role":"user","content":"headers stay"}],"model":"gpt-4o"}'
    extra = {"cookie": "a=b", "x-forwarded-for": "10.0.0.1", "openai-organization": "org-1"}

    house.post(customer, "/v1/chat/completions", body, **extra, **{"idempotency-key": "i-1"})
    seen = town.seen("headers stay")

    names = {name.decode().lower() for name, _ in seen.headers}
    assert {"host", "content-type", "accept-encoding", "user-agent", "content-length"} == names - {
        "idempotency-key",
        "authorization",
    }
    assert "identity" == seen.header("accept-encoding")
    assert "i-1" == seen.header("idempotency-key")


UNSERVED = [
    "/v1/images/generations",
    "/v1/images/edits",
    "/v1/audio/speech",
    "/v1/audio/transcriptions",
    "/v1/moderations",
    "/v1/files",
    "/v1/batches",
    "/v1/fine_tuning/jobs",
    "/v1/assistants",
    "/v1/threads/runs",
    "/v1/realtime/sessions",
    "/v1/vector_stores",
    "/v1/uploads",
    "/v1/rerank",
    "/v1/score",
    "/v1/responses/resp_1",
    "/v1/responses/resp_1/cancel",
    "/v1/responses/input_tokens",
    "/v1/responses/compact",
    "/v1/chat/completions/chatcmpl-1",
    "/v1/chat/completions/",
    "/v1//chat/completions",
    "/v1/./chat/completions",
    "/v1/chat%2Fcompletions",
    "/V1/chat/completions",
    "/chat/completions",
    "/v1/engines/gpt-4o/completions",
    "/api/generate",
    "/api/chat",
    "/v1/complete",
    "/v1/messages/batches",
    "/v1/messages/",
    "/openai/deployments/gpt-4o/images/generations?api-version=2024-06-01",
    "/openai/deployments/gpt-4o/audio/speech?api-version=2024-06-01",
    "/openai/deployments/gpt-4o/chat/completions/?api-version=2024-06-01",
    "/openai/deployments//chat/completions?api-version=2024-06-01",
    "/openai/deployments/a/b/chat/completions?api-version=2024-06-01",
    "/openai/v1/images/generations",
    "/openai/files?api-version=2024-06-01",
]


def _error_of(path: str, body: object) -> tuple[bool, str]:
    """Whether the shape is that of the path's dialect, and its code or type."""
    assert isinstance(body, dict)
    error = body["error"]
    if path.startswith("/v1/messages"):
        return "error" == body["type"], error["type"]
    if path.startswith("/openai/"):
        return {"code", "message", "innererror"} == set(error), error["innererror"]["code"]
    return {"message", "type", "param", "code"} == set(error), error["code"]


@pytest.mark.parametrize("path", UNSERVED)
def test_any_other_path_answers_404_in_the_callers_dialect_and_reaches_nobody(
    house: House, customer: Customer, town: Town, path: str
) -> None:
    before = len(town.upstream.seen)

    answer = house.post(customer, path, {"model": "gpt-4o", "input": "x", "prompt": "x"})

    assert 404 == answer.status
    assert _error_of(path, answer.json()) in [(True, "unknown_url"), (True, "not_found_error")]
    assert before == len(town.upstream.seen)


@pytest.mark.parametrize(("path", "to"), ROUTES.items(), ids=list(ROUTES))
def test_every_route_is_metered_or_reaches_nobody(
    house: House, customer: Customer, town: Town, path: str, to: Route
) -> None:
    model = "claude" if to.dialect is Dialect.ANTHROPIC else "gpt-4o"
    path = path.format(deployment=model, model=model)
    text = [{"role": "user", "content": "x"}]
    body = {"model": model, "messages": text, "input": "x", "prompt": "x", "max_tokens": 3}
    before, receipts = len(town.upstream.seen), len(house.receipts(customer))

    answer = (
        house.post(customer, path, body)
        if to.method == "POST"
        else house.send("GET", path, headers={"authorization": f"Bearer {customer.key}"})
    )
    reached = len(town.upstream.seen) - before
    recorded = len(house.receipts(customer)) - receipts

    assert 200 == answer.status
    assert (1, 1) == (reached, recorded) if to.surface in METERED else (0, 0)
    assert ("x-stillhouse-receipt" in answer.headers) == (to.surface in METERED)


@pytest.mark.parametrize(("path", "to"), ROUTES.items(), ids=list(ROUTES))
def test_no_route_answers_another_method_or_an_unknown_caller(
    house: House, customer: Customer, town: Town, path: str, to: Route
) -> None:
    path = path.format(deployment="gpt-4o", model="gpt-4o")
    other = "GET" if to.method == "POST" else "POST"
    before = len(town.upstream.seen)

    wrong = house.send(other, path, headers={"authorization": f"Bearer {customer.key}"}, body=b"{}")
    unknown = house.send(to.method, path, body=b"{}" if to.method == "POST" else None)

    assert 405 == wrong.status
    assert (200 if to.surface in ("health", "ready") else 401) == unknown.status
    assert before == len(town.upstream.seen)
