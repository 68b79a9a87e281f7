"""Bodies become the same Asked whatever their spelling; what cannot be honoured is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stillhouse.upstream.builtin import asked
from stillhouse.wire.fields import Refused

if TYPE_CHECKING:
    from stillhouse.upstream.builtin.asked import Asked
    from stillhouse.upstream.builtin.model import Engine

HI = [{"role": "user", "content": "hi"}]


def chat(engine: Engine, **fields: Any) -> Asked:
    return asked.chat({"model": "builtin", "messages": HI} | fields, engine, entropy=5)


def test_text_parts_are_text(engine: Engine) -> None:
    parts = [{"type": "text", "text": "hi"}]

    assert chat(engine) == chat(engine, messages=[{"role": "user", "content": parts}])


def test_a_developer_is_the_system(engine: Engine) -> None:
    spoken = [chat(engine, messages=[{"role": r, "content": "x"}]) for r in ("developer", "system")]

    assert spoken[0] == spoken[1]


def test_a_responses_call_reads_the_same_prompt(engine: Engine) -> None:
    body = {"model": "builtin", "input": "hi", "instructions": "be kind"}
    talk = [{"role": "system", "content": "be kind"}, *HI]

    assert chat(engine, messages=talk).prompts == asked.responses(body, engine, entropy=5).prompts


def test_a_completion_prompt_is_one_user_message(engine: Engine) -> None:
    for prompt in ("hi", ["hi"], engine.encode("hi"), [engine.encode("hi")]):
        body = {"model": "builtin", "prompt": prompt}

        assert chat(engine).prompts == asked.completions(body, engine, entropy=5).prompts


def test_the_newer_name_of_a_limit_wins(engine: Engine) -> None:
    assert chat(engine, max_tokens=9, max_completion_tokens=3).limit == 3


def test_without_a_seed_chance_comes_from_the_shell(engine: Engine) -> None:
    assert [chat(engine).sampling.seed, chat(engine, seed=8).sampling.seed] == [5, 8]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"functions": [{}]}, "functions"),
        ({"logit_bias": {"1": 5}}, "logit_bias"),
        ({"presence_penalty": 0.5}, "presence_penalty"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": ["hi"]}, "messages[0]"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0].content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            "messages[0].content",
        ),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"n": 17}, "n"),
        ({"response_format": {"type": "yaml"}}, "response_format"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, "schema"),
        ({"response_format": "json"}, "response_format"),
        ({"model": ""}, "model"),
        ({"model": "other"}, "model"),
    ],
)
def test_what_cannot_be_honoured_is_named(
    engine: Engine, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(Refused) as caught:
        chat(engine, **fields)

    assert param == caught.value.error["param"]


@pytest.mark.parametrize(
    "fields",
    [
        {"user": "u", "metadata": {"a": "b"}, "store": False, "service_tier": "auto"},
        {"tools": [], "frequency_penalty": 0, "logit_bias": {}, "modalities": ["text"]},
    ],
)
def test_what_asks_for_nothing_more_passes(engine: Engine, fields: dict[str, Any]) -> None:
    assert chat(engine) == chat(engine, **fields)


@pytest.mark.parametrize(
    "given", ["", [], [""], [[]], [99999], [-1], [True], [1.5], {"a": 1}, None, ["a"] * 65]
)
def test_embedding_input_is_text_or_tokens(engine: Engine, given: Any) -> None:
    with pytest.raises(Refused):
        asked.embeddings({"model": "builtin", "input": given}, engine)
