"""The server as clients meet it: the official SDK, raw HTTP/1.1, a process that ends when told."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import openai
import pytest
from pydantic import BaseModel

from stillhouse.upstream.builtin import server as service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HELLO: Any = [{"role": "user", "content": "Say hello"}]
COMMENT = "nasi gorengnya enak banget kak 😍"


@pytest.fixture
def raw(url: str) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    yield connection
    connection.close()


def post(
    connection: http.client.HTTPConnection, path: str, body: bytes, **headers: str
) -> tuple[int, Any]:
    connection.request("POST", path, body, {"content-type": "application/json"} | headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_a_stream_says_what_the_whole_says(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="builtin", messages=HELLO)
    stream = client.chat.completions.create(
        model="builtin", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    *chunks, last = list(stream)

    assert whole.choices[0].message.content == "".join(
        c.choices[0].delta.content or "" for c in chunks
    )
    assert last.choices == []
    assert whole.usage == last.usage
    assert all(c.usage is None for c in chunks)


def test_a_stream_has_no_usage_unless_asked(client: openai.OpenAI) -> None:
    chunks = list(client.chat.completions.create(model="builtin", messages=HELLO, stream=True))

    assert all(c.choices and "usage" not in c.model_fields_set for c in chunks)


def test_a_pydantic_class_is_parsed(client: openai.OpenAI) -> None:
    class Label(BaseModel):
        topic: str
        sentiment: Literal["positive", "negative", "neutral"]
        spam: bool

    talk: Any = [{"role": "user", "content": f"Label this comment: {COMMENT}"}]
    answer = client.chat.completions.parse(model="builtin", messages=talk, response_format=Label)

    assert Label(topic="food", sentiment="positive", spam=False) == answer.choices[0].message.parsed


def test_json_object_is_an_object(client: openai.OpenAI) -> None:
    talk: Any = [{"role": "user", "content": "Tell me a joke"}]
    answer = client.chat.completions.create(
        model="builtin", messages=talk, response_format={"type": "json_object"}
    )

    assert isinstance(json.loads(answer.choices[0].message.content or ""), dict)


def test_completions_answer_each_prompt(client: openai.OpenAI) -> None:
    answer = client.completions.create(
        model="builtin", prompt=[f"Is this spam? {COMMENT}", "Say hello"], n=2, logprobs=2
    )

    assert [c.index for c in answer.choices] == [0, 1, 2, 3]
    assert answer.choices[0].text == "no"
    assert (answer.choices[0].logprobs and answer.choices[0].logprobs.tokens) == ["no"]
    assert answer.choices[2].text.startswith("Hello")


def test_responses_stream_and_whole_agree(client: openai.OpenAI) -> None:
    whole = client.responses.create(model="builtin", input="Say hello", instructions="Be precise.")
    events = list(
        client.responses.create(
            model="builtin", input="Say hello", instructions="Be precise.", stream=True
        )
    )
    deltas = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    last = events[-1]

    assert whole.output_text == deltas
    assert events[0].type == "response.created"
    assert last.type == "response.completed"
    assert whole.usage == last.response.usage


def test_a_response_cut_by_its_limit_is_incomplete(client: openai.OpenAI) -> None:
    answer = client.responses.create(model="builtin", input="Say hello", max_output_tokens=2)

    assert (answer.status, answer.usage and answer.usage.output_tokens) == ("incomplete", 2)


def test_like_texts_have_like_embeddings(client: openai.OpenAI) -> None:
    texts = ["lagunya enak banget", "lagunya bagus banget", "get free followers, link in bio"]
    data = client.embeddings.create(model="builtin", input=texts)
    one, like, other = (row.embedding for row in data.data)

    assert sum(a * b for a, b in zip(one, like, strict=True)) > sum(
        a * b for a, b in zip(one, other, strict=True)
    )
    assert data.usage.prompt_tokens == data.usage.total_tokens > 0


def test_a_prompt_over_the_context_is_refused_even_as_a_stream(client: openai.OpenAI) -> None:
    talk: Any = [{"role": "user", "content": "bagus " * 2000}]
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError) as caught:
            client.chat.completions.create(model="builtin", messages=talk, stream=stream)

        assert caught.value.code == "context_length_exceeded"


def test_refusals_raise_the_usual_classes(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="gpt-4o", messages=HELLO)
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4o")
    with pytest.raises(openai.BadRequestError, match="tools"):
        client.chat.completions.create(
            model="builtin",
            messages=HELLO,
            tools=[{"type": "function", "function": {"name": "f"}}],
        )


def test_models_lists_the_one(client: openai.OpenAI) -> None:
    assert [m.id for m in client.models.list()] == ["builtin"]
    assert client.models.retrieve("builtin").id == "builtin"


def test_a_connection_serves_many_calls(raw: http.client.HTTPConnection) -> None:
    body = json.dumps({"model": "builtin", "messages": HELLO, "max_tokens": 1}).encode()
    first = post(raw, "/v1/chat/completions", body)
    held = raw.sock
    second = post(raw, "/v1/chat/completions", body)

    assert (first[0], second[0]) == (200, 200)
    assert held is raw.sock is not None


def test_connection_close_is_honoured(url: str) -> None:
    host, port = urlsplit(url).netloc.split(":")
    body = json.dumps({"model": "builtin", "messages": HELLO, "stream": True}).encode()
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        head = (
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        plain.sendall(head.encode() + body)
        answer = b"".join(iter(lambda: plain.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"data: [DONE]" in answer


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/chat/completions", b"{", 400),
        ("/v1/chat/completions", b"\xff\xfe", 400),
        ("/v1/images/generations", b"{}", 404),
        ("/v1/models", b"{}", 405),
        ("/v1/embeddings", b" " * (service.MAX_BODY_BYTES + 1), 413),
    ],
)
def test_every_error_has_the_shape_of_openai(
    raw: http.client.HTTPConnection, path: str, body: bytes, status: int
) -> None:
    got, answer = post(raw, path, body)

    assert status == got
    assert {"message", "type", "param", "code"} == set(answer["error"])


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_over_the_limit_is_told_to_come_back(
    raw: http.client.HTTPConnection, monkeypatch: pytest.MonkeyPatch, *, stream: bool
) -> None:
    monkeypatch.setattr(service, "MAX_CALLS", 0)
    body = json.dumps({"model": "builtin", "messages": HELLO, "stream": stream}).encode()
    status, answer = post(raw, "/v1/chat/completions", body)

    assert (status, answer["error"]["code"]) == (503, "overloaded")


def test_a_stream_left_midway_frees_its_place(
    client: openai.OpenAI, served: service.Service
) -> None:
    for _ in range(20):
        stream = client.chat.completions.create(model="builtin", messages=HELLO, stream=True, n=16)
        next(iter(stream))
        stream.close()
    until = time.monotonic() + 30
    while served.calls.open and time.monotonic() < until:
        time.sleep(0.01)

    assert served.calls.open == 0


class OverSocket(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


def spawn(*words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "stillhouse.upstream.builtin", *words]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@pytest.mark.parametrize("ending", ["stdin", "sigterm"])
def test_a_process_serves_a_socket_and_ends_when_told(
    tmp_path: Path, ending: Literal["stdin", "sigterm"]
) -> None:
    path = tmp_path / "b.sock"
    with spawn("--socket", str(path)) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        ready = process.stdout.readline()
        connection = OverSocket(path)
        connection.request("GET", "/health")
        healthy = connection.getresponse().read()
        mode = path.stat().st_mode & 0o777
        connection.close()
        if ending == "stdin":
            process.stdin.close()
        else:
            process.send_signal(signal.SIGTERM)
        process.wait(15)

    assert f"builtin: ready on unix:{path}\n".encode() == ready
    assert json.loads(healthy) == {"status": "ok"}
    assert mode == 0o600
    assert process.returncode == 0
    assert not path.exists()
