"""A stream and a whole answer say the same, and usage is what was read and spoken."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from stillhouse.upstream.builtin import asked
from stillhouse.upstream.builtin.answers import Count, Form, embedding_list, speak

if TYPE_CHECKING:
    from stillhouse.upstream.builtin.model import Engine

BODIES: list[dict[str, Any]] = [
    {},
    {"n": 3, "temperature": 1, "seed": 4},
    {"logprobs": True, "top_logprobs": 2},
    {"stop": ["comment"]},
    {"max_tokens": 2},
    {"response_format": {"type": "json_object"}},
]


@pytest.mark.parametrize("fields", BODIES)
def test_the_chunks_add_up_to_the_whole(engine: Engine, fields: dict[str, Any]) -> None:
    talk = [{"role": "user", "content": "Say hello"}]
    wanted = asked.chat({"model": "builtin", "messages": talk} | fields, engine, entropy=1)
    form = Form("id", 0, engine, wanted, chat=True)
    count = Count()
    spoken = list(speak(engine, wanted, count))
    whole = form.whole(spoken, count)
    texts = dict.fromkeys(range(wanted.n), "")
    ends: dict[int, str] = {}
    for chunk in [c for s in spoken for c in form.pieces(s)]:
        choice = chunk["choices"][0]
        texts[choice["index"]] += choice["delta"].get("content", "")
        if choice["finish_reason"]:
            ends[choice["index"]] = choice["finish_reason"]

    assert [c["message"]["content"] for c in whole["choices"]] == list(texts.values())
    assert [c["finish_reason"] for c in whole["choices"]] == list(ends.values())
    assert whole["usage"]["prompt_tokens"] == len(wanted.prompts[0])
    assert whole["usage"]["completion_tokens"] == sum(s.token is not None for s in spoken)


def test_log_probabilities_spell_the_answer(engine: Engine) -> None:
    body = {"model": "builtin", "messages": [{"role": "user", "content": "Say hello"}]}
    wanted = asked.chat(body | {"logprobs": True}, engine, entropy=1)
    count = Count()
    whole = Form("id", 0, engine, wanted, chat=True).whole(
        list(speak(engine, wanted, count)), count
    )
    choice = whole["choices"][0]
    spelled = b"".join(bytes(t["bytes"]) for t in choice["logprobs"]["content"])

    assert choice["message"]["content"] == spelled.decode()
    assert count.completion == len(choice["logprobs"]["content"])


def test_a_logprob_is_never_minus_infinity(engine: Engine) -> None:
    """JSON has no infinity: the marks that only callers may say must not be among the likeliest."""
    body = {"model": "builtin", "messages": [{"role": "user", "content": "Say hello"}]}
    wanted = asked.chat(body | {"logprobs": True, "top_logprobs": 20}, engine, entropy=1)
    count = Count()
    whole = Form("id", 0, engine, wanted, chat=True).whole(
        list(speak(engine, wanted, count)), count
    )

    assert b"null" not in msgspec.json.encode(whole["choices"][0]["logprobs"]["content"])


def test_embeddings_have_length_one_in_both_encodings(engine: Engine) -> None:
    vector = engine.network.read(engine.encode("halo")).pooled
    plain = embedding_list([vector], "float", 1)["data"][0]["embedding"]
    packed = embedding_list([vector], "base64", 1)["data"][0]["embedding"]

    np.testing.assert_allclose(plain, np.frombuffer(base64.b64decode(packed), "<f4"), rtol=1e-6)
    assert pytest.approx(1, abs=1e-5) == float(np.linalg.norm(plain))
