"""A causal student over HTTP, without sockets: whole, streamed, declined, refused."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from tests.training import small

from stillhouse.distill import artefact
from stillhouse.distill.intake import Intake
from stillhouse.training import vocabulary
from stillhouse.training.server import Service, service

BODY = {"model": "any", "messages": [{"role": "user", "content": "which colour"}], "max_tokens": 4}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    made = service(small.saved(tmp_path_factory.mktemp("served") / "colours", seed=9))
    yield made
    made.desk.close()


def call(served: Service, *bodies: Any, path: str = "/v1/chat/completions") -> list[httpx.Response]:
    async def together() -> list[httpx.Response]:
        transport = httpx.ASGITransport(served.app(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://student") as client:
            return list(await asyncio.gather(*(client.post(path, json=body) for body in bodies)))

    return asyncio.run(together())


def get(served: Service, path: str) -> Any:
    async def one() -> httpx.Response:
        transport = httpx.ASGITransport(served.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://student") as client:
            return await client.get(path)

    return asyncio.run(one()).json()


def chunks(answer: httpx.Response) -> list[Any]:
    lines = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
    assert "[DONE]" == lines[-1]
    return [json.loads(line) for line in lines[:-1]]


def text(answer: httpx.Response) -> str:
    return "".join(
        choice["delta"].get("content") or ""
        for chunk in chunks(answer)
        for choice in chunk["choices"]
    )


def test_a_stream_and_a_whole_answer_say_the_same_and_count_the_same(served: Service) -> None:
    whole, stream = call(
        served, BODY, {**BODY, "stream": True, "stream_options": {"include_usage": True}}
    )
    said = whole.json()

    assert (200, 200) == (whole.status_code, stream.status_code)
    assert said["choices"][0]["message"]["content"] == text(stream)
    assert said["usage"] == chunks(stream)[-1]["usage"]
    assert {"length"} == {said["choices"][0]["finish_reason"]}
    assert 4 == said["usage"]["completion_tokens"]


def test_choices_differ_by_chance_and_repeat_by_seed(served: Service) -> None:
    warm = {**BODY, "n": 3, "temperature": 2, "seed": 5, "max_tokens": 12}
    one, same = call(served, warm, warm)
    said = [c["message"]["content"] for c in one.json()["choices"]]

    assert said == [c["message"]["content"] for c in same.json()["choices"]]
    assert 3 == len(set(said))
    assert 36 >= one.json()["usage"]["completion_tokens"] > 12


def test_several_choices_are_streamed_with_their_numbers(served: Service) -> None:
    warm = {**BODY, "n": 2, "temperature": 2, "seed": 5, "stream": True}
    [stream] = call(served, warm)
    [whole] = call(served, {**warm, "stream": False})
    told = ["", ""]
    for chunk in chunks(stream):
        for choice in chunk["choices"]:
            told[choice["index"]] += choice["delta"].get("content") or ""

    assert [c["message"]["content"] for c in whole.json()["choices"]] == told


def test_log_probabilities_are_of_the_model_and_can_be_learned_from(served: Service) -> None:
    [answer] = call(served, {**BODY, "logprobs": True, "top_logprobs": 3})
    content = answer.json()["choices"][0]["logprobs"]["content"]

    assert [3] * 4 == [len(token["top_logprobs"]) for token in content]
    assert all(token["logprob"] <= 0 for token in content)


def test_what_it_does_not_do_is_declined_and_what_is_no_request_refused(served: Service) -> None:
    tools, bad, long = call(
        served,
        {**BODY, "tools": [{"type": "function"}]},
        {"messages": 3},
        {"messages": [{"role": "user", "content": "word " * 99}]},
    )

    assert (421, "not_plain") == (tools.status_code, tools.headers["x-stillhouse-declined"])
    assert (400, 400) == (bad.status_code, long.status_code)
    assert "context_length_exceeded" == long.json()["error"]["code"]
    [elsewhere] = call(served, BODY, path="/v1/embeddings")
    assert (404, "POST /v1/chat/completions" in elsewhere.text) == (elsewhere.status_code, True)


def test_it_says_who_it_is(served: Service) -> None:
    [card] = get(served, "/v1/models")["data"]

    assert {"status": "ok", "student": "colours"} == get(served, "/health")
    assert vocabulary.digest(small.tokenizer()) == card["tokenizer_sha256"]
    assert ("colours", 64) == (card["id"], card["context"])


def test_a_defect_is_a_500_without_detail(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stillhouse.training.desk.speak", lambda *_, **__: 1 / 0)
    whole, stream = call(served, BODY, {**BODY, "stream": True})

    assert (500, 500) == (whole.status_code, stream.status_code)
    assert "division" not in whole.text + stream.text


def test_too_many_calls_are_a_503_that_says_when(
    served: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stillhouse.training.desk.WAITING", 0)
    whole, stream = call(served, BODY, {**BODY, "stream": True})

    assert (503, 503) == (whole.status_code, stream.status_code)
    assert "1" == whole.headers["retry-after"] == stream.headers["retry-after"]


def sealed(folder: Path, *, threshold: float, intake: Intake) -> Path:
    small.saved(folder, seed=9)
    files = {p.name: artefact.described(p.read_bytes()) for p in folder.iterdir()}
    manifest = artefact.Manifest(
        kind="generative", form="causal", workload="colours", intake=intake, files=files,
        data=artefact.Data("0" * 64, 1), taught=(), judged=(), threshold=threshold,
    )  # fmt: skip
    (folder / artefact.MANIFEST).write_bytes(artefact.written(artefact.sealed(manifest)))
    return folder


@pytest.mark.parametrize("stream", [False, True])
def test_a_student_is_asked_its_own_task_and_answers_what_it_is_sure_of(
    tmp_path: Path, *, stream: bool
) -> None:
    """An answer of one token has a probability near 1/300 by this untrained model."""
    asked = {**BODY, "max_tokens": 1, "stream": stream}
    for threshold, status in ((0.9, 421), (1e-4, 200)):
        made = service(
            sealed(tmp_path / str(threshold), threshold=threshold, intake=Intake(before="which "))
        )
        own, other = call(made, asked, {**asked, "messages": [{"role": "user", "content": "who"}]})
        made.desk.close()

        assert (status, 421) == (own.status_code, other.status_code)
        assert "another_task" == other.headers["x-stillhouse-declined"]
        if status == 421:
            assert "low_confidence" == own.headers["x-stillhouse-declined"]


def test_a_changed_weight_is_not_served(tmp_path: Path) -> None:
    folder = sealed(tmp_path / "s", threshold=0.0, intake=Intake())
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(artefact.DamagedError, match=r"model.safetensors is not what"):
        service(folder)


def test_the_settings_of_the_template_come_from_the_manifest(tmp_path: Path) -> None:
    folder = sealed(tmp_path / "s", threshold=0.0, intake=Intake())
    manifest = artefact.read((folder / artefact.MANIFEST).read_bytes())
    (folder / "chat_template.jinja").write_text(
        (folder / "chat_template.jinja")
        .read_text()
        .replace("'<assistant>'", "'<assistant>' + tone")
    )
    files = {
        **manifest.files,
        "chat_template.jinja": artefact.described((folder / "chat_template.jinja").read_bytes()),
    }
    changed = msgspec.structs.replace(manifest, files=files, model={"template": {"tone": "curt"}})
    (folder / artefact.MANIFEST).write_bytes(artefact.written(artefact.sealed(changed)))
    made = service(folder)
    [answer] = call(made, BODY)
    made.desk.close()
    plain = small.tokenizer()("<user>which colour<end><assistant>curt")["input_ids"]

    assert len(plain) == answer.json()["usage"]["prompt_tokens"]
