"""What is read from a body, what is refused, and that bounds are bounds."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import JSON_VALUES, TEXT, bodies, written

from stillhouse.wire import bodies as bodies_of
from stillhouse.wire import request
from stillhouse.wire.paths import Surface
from stillhouse.wire.request import Asked, BadRequest, bounds, read

CHAT, RESPONSES, MESSAGES = Surface.CHAT, Surface.RESPONSES, Surface.MESSAGES
HELLO = [{"role": "user", "content": "Hello!"}]


def asked(surface: Surface, **fields: Any) -> Asked:
    return read(surface, json.dumps(fields).encode())


def test_a_chat_request_is_read() -> None:
    body = {
        "model": "gpt-4o",
        "messages": HELLO,
        "max_tokens": 10,
        "max_completion_tokens": 20,
        "n": 3,
        "stream": True,
        "stream_options": {"include_usage": True},
        "metadata": {"workload": "spam", "other": 1},
        "service_tier": "flex",
        "tools": [{"type": "function", "function": {"name": "f"}}],
    }

    assert asked(CHAT, **body) == Asked(
        model="gpt-4o",
        stream=True,
        output_limit=20,
        choices=3,
        asked_usage=True,
        has_stream_options=True,
        has_tools=True,
        workload="spam",
        service_tier="flex",
        model_at=1,
        turns_at=len('{"model": "gpt-4o", "messages": '),
        turns_after=len(json.dumps(body)) - json.dumps(body).index("]") - 1,
    )


@pytest.mark.parametrize("surface", request._READERS)
def test_null_is_the_same_as_absent(surface: Surface) -> None:
    names = set(bodies_of.Chat.__struct_fields__)
    names |= {*bodies_of.Completions.__struct_fields__}
    names |= {
        *bodies_of.Responses.__struct_fields__,
        *bodies_of.Messages.__struct_fields__,
    }
    nulls = read(surface, json.dumps(dict.fromkeys(sorted(names))).encode())

    assert Asked(None) == msgspec.structs.replace(nulls, has_stream_options=False)


@pytest.mark.parametrize(
    ("surface", "fields", "expected"),
    [
        (Surface.COMPLETIONS, {"prompt": "a", "n": 2, "best_of": 5}, (5, 1)),
        (Surface.COMPLETIONS, {"prompt": ["a", "b", "c"]}, (1, 3)),
        (Surface.COMPLETIONS, {"prompt": [1, 2, 3]}, (1, 1)),
        (Surface.COMPLETIONS, {"prompt": [[1, 2], [3]]}, (1, 2)),
        (Surface.COMPLETIONS, {"prompt": []}, (1, 1)),
        (Surface.COMPLETIONS, {"prompt": None}, (1, 1)),
        (Surface.COMPLETIONS, {"prompt": [" a", "]"], "n": 4}, (4, 2)),
        (CHAT, {"n": 128}, (128, 1)),
        (RESPONSES, {"n": 7}, (1, 1)),
    ],
)
def test_choices_and_prompts_multiply_the_output(
    surface: Surface, fields: dict[str, Any], expected: tuple[int, int]
) -> None:
    got = asked(surface, **fields)

    assert expected == (got.choices, got.prompts)
    assert bounds(got, surface, 0, 0, 100)[1] == 100 * expected[0] * expected[1]


def test_rejected_predictions_are_billed_on_top_of_the_limit() -> None:
    content = "x" * 1000
    got = asked(CHAT, max_tokens=5, prediction={"type": "content", "content": content})

    assert bounds(got, CHAT, 0, 0, 100)[1] >= 5 + len(content)


TEXT_ONLY: list[tuple[Surface, dict[str, Any]]] = [
    (CHAT, {"messages": HELLO}),
    (CHAT, {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]}),
    (CHAT, {"messages": [{"role": "assistant", "content": None, "audio": None, "refusal": None}]}),
    (CHAT, {"messages": [{"role": "assistant", "tool_calls": [{"id": "c", "type": "function"}]}]}),
    (CHAT, {"messages": HELLO, "tools": [{"type": "function", "function": {"name": "image_url"}}]}),
    (CHAT, {"messages": HELLO, "audio": {"voice": "alloy"}, "modalities": ["audio"]}),
    (CHAT, {"messages": [{"role": "user", "content": 'say {"type":"image_url"}'}]}),
    (RESPONSES, {"input": "hi", "instructions": "be kind"}),
    (RESPONSES, {"input": [{"role": "user", "content": [{"type": "input_text", "text": "hi"}]}]}),
    (RESPONSES, {"input": [{"type": "function_call_output", "call_id": "c", "output": "4"}]}),
    (MESSAGES, {"messages": HELLO, "system": [{"type": "text", "text": "x", "cache_control": {}}]}),
    (
        MESSAGES,
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "x"}]},
                {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "input": {}}]},
                {
                    "role": "user",
                    "content": [{"type": "tool_result", "tool_use_id": "t", "content": "4"}],
                },
            ],
            "tools": [{"name": "f", "input_schema": {}}],
        },
    ),
    (Surface.EMBEDDINGS, {"input": ["a{b", [1, 2]]}),
    (Surface.COMPLETIONS, {"prompt": "{"}),
]
BEYOND_TEXT: list[tuple[Surface, dict[str, Any]]] = [
    (CHAT, {"messages": [{"role": "user", "content": [part]}]})
    for part in (
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"image_url": "https://example.com/a.png"},
        {"type": "text", "text": "x", "image_url": "https://example.com/a.png"},
        {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
        {"type": "something_of_next_year"},
    )
]
BEYOND_TEXT += [
    (CHAT, {"messages": [{"role": "assistant", "audio": {"id": "audio_1"}}]}),
    (CHAT, {"messages": HELLO, "web_search_options": {}}),
    (CHAT, {"messages": HELLO, "data_sources": [{"type": "azure_search"}]}),
    (CHAT, {"messages": HELLO, "tools": [{"type": "web_search"}]}),
    (CHAT, {"messages": HELLO, "chat_template": "{% for i in range(10**9) %}a{% endfor %}"}),
    (RESPONSES, {"input": "hi", "previous_response_id": "resp_1"}),
    (RESPONSES, {"input": "hi", "conversation": "conv_1"}),
    (RESPONSES, {"prompt": {"id": "pmpt_1"}}),
    (RESPONSES, {"input": "hi", "tools": [{"type": "file_search", "vector_store_ids": ["v"]}]}),
    (RESPONSES, {"input": "hi", "tools": [{"type": "mcp", "server_url": "https://example.com"}]}),
    (RESPONSES, {"input": [{"type": "item_reference", "id": "msg_1"}]}),
    (RESPONSES, {"input": [{"type": "reasoning", "id": "rs_1", "summary": []}]}),
    (RESPONSES, {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]}),
    (MESSAGES, {"messages": [{"role": "user", "content": [{"type": "image", "source": {}}]}]}),
    (MESSAGES, {"messages": [{"role": "user", "content": [{"type": "document", "source": {}}]}]}),
    (
        MESSAGES,
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "tool_result", "content": [{"type": "image"}]}],
                }
            ]
        },
    ),
    (MESSAGES, {"messages": HELLO, "tools": [{"type": "web_search_20250305", "name": "w"}]}),
    (MESSAGES, {"messages": HELLO, "mcp_servers": [{"type": "url", "url": "https://example.com"}]}),
    (Surface.EMBEDDINGS, {"input": [{"image": "https://example.com/a.png"}]}),
    (Surface.EMBEDDINGS, {"messages": HELLO}),
    (Surface.COMPLETIONS, {"prompt_embeds": "AAAA"}),
]


@pytest.mark.parametrize(("surface", "fields"), TEXT_ONLY)
def test_text_in_the_body_is_bounded_by_the_body(surface: Surface, fields: dict[str, Any]) -> None:
    body = json.dumps({"model": "m"} | fields).encode()
    got = read(surface, body)

    assert not got.unbounded_input
    assert len(body) < bounds(got, CHAT, len(body), 10**6, 0)[0] < len(body) + 2000


@pytest.mark.parametrize(("surface", "fields"), BEYOND_TEXT)
def test_input_that_is_not_in_the_body_is_bounded_by_the_context(
    surface: Surface, fields: dict[str, Any]
) -> None:
    body = json.dumps({"model": "m"} | fields).encode()
    got = read(surface, body)

    assert got.unbounded_input
    assert bounds(got, CHAT, len(body), 10**6, 0)[0] == 10**6


def wasteful_tokenizer() -> tokenizers.Tokenizer:
    """Byte-level without a single merge: no byte-level vocabulary makes more tokens of a text."""
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    model = tokenizers.models.BPE({char: i for i, char in enumerate(alphabet)}, [])
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=True)
    return tokenizer


WASTEFUL = wasteful_tokenizer()


@given(st.lists(TEXT, max_size=5), st.sampled_from([True, False]))
def test_no_byte_level_tokenizer_makes_more_tokens_than_the_bound(
    texts: list[str],
    ascii_only: bool,  # noqa: FBT001  (a drawn value)
) -> None:
    messages = [{"role": "user", "content": text} for text in texts]
    body = json.dumps({"messages": messages}, ensure_ascii=ascii_only).encode()
    most = sum(len(WASTEFUL.encode(text).ids) + 6 for text in texts)

    assert most <= bounds(read(CHAT, body), CHAT, len(body), 10**6, 0)[0]


@pytest.mark.parametrize(
    ("fields", "param", "says"),
    [
        ({"model": 5}, "model", "a string or null, but got a whole number"),
        ({"stream": "yes"}, "stream", "true or false"),
        ({"max_tokens": 10.0}, "max_tokens", "without a decimal point"),
        ({"max_tokens": 1e9}, "max_tokens", "without a decimal point"),
        ({"max_tokens": -1}, "max_tokens", ">= 0"),
        ({"max_tokens": 2**31}, "max_tokens", "<= 2147483647"),
        ({"max_tokens": 10**400}, "max_tokens", "<= 2147483647"),
        ({"max_completion_tokens": "10"}, "max_completion_tokens", "a whole number"),
        ({"max_tokens": True}, "max_tokens", "a whole number"),
        ({"n": 0}, "n", ">= 1"),
        ({"n": 129}, "n", "<= 128"),
        ({"stream_options": []}, "stream_options", "an object"),
        ({"stream_options": {"include_usage": 1}}, "stream_options.include_usage", "true or false"),
    ],
)
def test_a_wrong_field_is_named_with_what_it_should_be(
    fields: dict[str, Any], param: str, says: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        asked(CHAT, messages=HELLO, **fields)

    assert param == refused.value.param
    assert says in refused.value.message


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"[]", "must be a JSON object"),
        (b'"x"', "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'{"model":"a"', "not valid JSON"),
        (b"{'model':'a'}", "not valid JSON"),
        (b'{"model":"a",}', "not valid JSON"),
        (b'{"model":"a"} {}', "not valid JSON"),
        (b'{"x":NaN}', "not valid JSON"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b'{"model":"\xff"}', "not UTF-8"),
        (b'{"x":"\xff"}', "not UTF-8"),
        (b'{"x":' + b"[" * 100_000, "nested too deeply"),
        (b'{"x":"\\ud83d"}', "surrogate"),
    ],
)
@pytest.mark.parametrize("surface", request._READERS)
def test_a_body_that_is_no_json_object_is_refused(surface: Surface, body: bytes, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        read(surface, body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"cheap","model":"dear"}',
        b'{"model":"cheap","m\\u006fdel":"dear"}',
        b'{"m\\u006Fdel":"cheap","mode\\u006c":"dear"}',
        b'{"model":"cheap","Model":"dear"}',
        b'{"model":"cheap","x":{"model":1},"model":"dear"}',
        b'{"model":"m","max_tokens":1,"max_tokens":9}',
        b'{"model":"m","max_tokens":1,"MAX_TOKENS":9}',
        b'{"model":"m","max_tokens":1,"max\\u005ftokens":9}',
        b'{"model":"m","n":9,"n":1}',
        b'{"model":"m","n":1,"\\u006e":9}',
    ],
)
def test_a_key_that_two_readers_could_read_differently_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest, match="more than once"):
        read(CHAT, body)


@pytest.mark.parametrize("key", ["n", "best_of", "prompt"])
def test_no_multiplier_of_a_completion_may_come_twice(key: str) -> None:
    with pytest.raises(BadRequest, match="more than once"):
        read(Surface.COMPLETIONS, f'{{"{key}":1,"{key}":2}}'.encode())


def test_the_same_word_elsewhere_is_no_duplicate() -> None:
    body = b'{"model":"m","x":{"model":1,"n":2},"messages":[{"content":"\\u0061 \\"model\\":"}]}'

    assert Asked("m", turns_at=body.index(b"["), turns_after=1) == read(CHAT, body)


def test_a_response_in_the_background_would_be_unmetered() -> None:
    with pytest.raises(BadRequest, match="background"):
        asked(RESPONSES, input="hi", background=True)


@pytest.mark.parametrize("metadata", [None, 5, "x", [], {}, {"workload": 5}, {"workload": None}])
def test_metadata_of_another_shape_names_no_workload(metadata: object) -> None:
    assert asked(CHAT, metadata=metadata).workload is None


@pytest.mark.parametrize("surface", [Surface.EMBEDDINGS, Surface.COUNT_TOKENS])
def test_surfaces_without_output_have_an_output_bound_of_zero(surface: Surface) -> None:
    assert bounds(asked(surface, max_tokens=5), surface, 0, 0, 100)[1] == 0


SOMETIMES: Callable[[st.SearchStrategy[Any]], st.SearchStrategy[Any]] = lambda s: s | JSON_VALUES  # noqa: E731
FIELDS = {
    "model": SOMETIMES(TEXT),
    "messages": SOMETIMES(st.lists(st.fixed_dictionaries({"content": SOMETIMES(TEXT)}))),
    "input": JSON_VALUES,
    "prompt": JSON_VALUES,
    "n": SOMETIMES(st.integers(-1, 130)),
    "max_tokens": SOMETIMES(st.integers(-1, 2**32)),
    "stream_options": JSON_VALUES,
    "tools": JSON_VALUES,
    "metadata": JSON_VALUES,
}


@given(bodies(FIELDS).flatmap(written), st.sampled_from(sorted(request._READERS)))
def test_any_json_object_is_read_or_refused_with_a_reason(body: bytes, surface: Surface) -> None:
    try:
        got = read(surface, body)
    except BadRequest:
        return

    assert 0 <= bounds(got, CHAT, len(body), 10**6, 0)[0] <= 10**6
    assert bounds(got, surface, 0, 0, 100)[1] >= 0


@given(st.binary(max_size=60) | st.text('{}[]":,\\aeu0 ', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_with_a_reason(body: bytes) -> None:
    with contextlib.suppress(BadRequest):
        read(CHAT, body)


SHAPED = {CHAT: request._chats, MESSAGES: request._turn_lists}
ARRAYS = [
    "[]",
    "[[]]",
    "[1]",
    "null",
    '"[text]"',
    '[{"role":"user","content":"Hi ]"}]',
    '[{"role":"user","content":"Hi"}],"messages":[{"role":"user","content":[{"type":"image"}]}]',
    '[{"role":"user","content":[{"type":"image_url"}]}]',
    '[{"role":"user","content":"a"}],"model":"other","x":[]',
    '[{"role":"user","content":"\\"messages\\":[]"}]',
    '[{"role":"user","content":"Hi"}',
]
AROUND = [
    ('{"messages":', "}"),
    ('{"model":"m","messages":', "}"),
    ('{"messages":', ',"model":"m","max_tokens":5}'),
    ('{"messages":', ',"model":"m","stop":["a"]}'),
    ('{"x":"\\"messages","model":"m","messages":', "}"),
    ('{"x":{"messages":[]},"model":"m","messages":', "}"),
    ('{"MODEL":"n","model":"m","messages":', "}"),
    ('{"model":"m","n":2,"messages":', ',"stream":true}'),
]


@pytest.mark.parametrize("surface", SHAPED)
@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("liked", [False, True])
@given(arrays=st.lists(st.sampled_from(ARRAYS), min_size=2, max_size=4))
def test_a_body_of_a_known_shape_is_read_as_if_it_were_the_first(
    *, surface: Surface, around: tuple[str, str], arrays: list[str], liked: bool
) -> None:
    last: list[Asked] = []

    def tried(array: str) -> object:
        body = f"{around[0]}{array}{around[1]}".encode()
        try:
            got = read(surface, body, last[-1] if last else None)
        except BadRequest as bad:
            return str(bad), bad.code
        at = got.model_at % len(body)
        assert not got.model_at or body[at:].startswith(b'"model"')
        if liked:
            last.append(got)
        return msgspec.structs.replace(got, model_at=at, shape=None)

    alone = []
    for array in arrays:
        SHAPED[surface]._known.clear()
        last.clear()
        alone.append(tried(array))
    SHAPED[surface]._known.clear()
    last.clear()

    assert alone == [tried(array) for array in arrays]


@pytest.mark.parametrize("surface", SHAPED)
def test_a_body_like_the_last_one_is_told_by_the_very_same_answer(surface: Surface) -> None:
    first = read(surface, b'{"messages":[],"model":"like"}')

    assert read(surface, b'{"messages":[{"role":"user"}],"model":"like"}', first) is first
    assert read(surface, b'{"messages":[{"role":"user"}],"model":"liked"}', first) is not first
    assert (
        read(surface, b'{"messages":[{"role":"user","content":1}],"model":"like"}', first)
        is not first
    )


def test_known_shapes_are_few_and_short() -> None:
    shapes = request.Shapes(b"x", bytes)
    for number in range(request.SHAPES_MAX + 5):
        shapes.keep(b"%d[]" % number, 4, 6, Asked(None))
    shapes.keep(b"y" * request.SHAPE_BYTES_MAX + b"[]", 0, 1, Asked(None))

    assert 0 < len(shapes._known) <= request.SHAPES_MAX
    assert request._chats._known is not request._turn_lists._known
