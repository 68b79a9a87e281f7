"""Signals: what tells calls apart, that no text stays, and the same again."""

import json
import time
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.guard.shapes import Flag
from stillhouse.guard.signals import SKETCH, Call, Signal, Signals
from stillhouse.wire.paths import Surface

KEY = b"k" * 32


def see(body: dict[str, Any], signals: Signals | None = None, **more: Any) -> Signal:
    call = Call(id="c1", at=1, account="a", model="m", body=json.dumps(body).encode(), **more)
    return (signals or Signals(KEY)).see(call)


def asks(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": text}], **more}


@given(st.text(min_size=12), st.text(min_size=12))
def test_no_text_stays(prompt: str, system: str) -> None:
    body = asks(prompt, user=system)
    body["messages"].insert(0, {"role": "system", "content": system})
    seen = see(body, ip="192.0.2.7", client="openai-python/3.5", payment="pm_4711")
    texts = [value for value in msgspec.structs.astuple(seen) if isinstance(value, str)]

    assert {"c1", "a", "m", "", seen.template} == set(texts) | {"", seen.template}


def test_a_signal_reads_back_from_its_bytes() -> None:
    seen = see(asks("Where is my card?"), output_tokens=7)

    assert seen == msgspec.msgpack.decode(msgspec.msgpack.encode(seen), type=Signal)
    assert b"card" not in msgspec.msgpack.encode(seen)


def test_fingerprints_are_of_the_key() -> None:
    one, other = Signals(KEY), Signals(b"another")

    assert see(asks("Hello  there"), one).prompt == see(asks("hello there"), one).prompt
    assert see(asks("hello there"), one).prompt != see(asks("hello there"), other).prompt
    assert not set(see(asks("a b c"), one).sketch) & set(see(asks("a b c"), other).sketch)


def test_a_follow_up_names_the_conversation_that_it_belongs_to() -> None:
    first = see(asks("Where is my card?"))
    later = see(
        {
            "messages": [
                {"role": "user", "content": "Where is my card?"},
                {"role": "assistant", "content": "On its way."},
                {"role": "user", "content": "Since when?"},
            ]
        }
    )

    assert first.thread == first.prompt == later.thread
    assert later.prompt != first.prompt
    assert (1, 2) == (first.turns, later.turns)
    assert later.flags & Flag.FOLLOW_UP
    assert not first.flags & Flag.FOLLOW_UP


def test_flags_of_parameters() -> None:
    flags = see(asks("x", n=4, logprobs=True, seed=1, temperature=1, tools=[{"type": "f"}])).flags

    assert flags == Flag.MANY | Flag.LOGPROBS | Flag.SEED | Flag.HOT | Flag.TOOLS


def test_other_surfaces() -> None:
    anthropic = see(
        {
            "system": [{"type": "text", "text": "Be kind."}],
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "Where is my card?"}]},
                {"role": "assistant", "content": "..."},
                {"role": "user", "content": [{"type": "tool_result", "content": "3"}]},
            ],
        },
        surface=Surface.MESSAGES,
    )
    responses = see(
        {"instructions": "Be kind.", "input": "Where is my card?"}, surface=Surface.RESPONSES
    )
    embeds = see({"input": ["a", "b"]}, surface=Surface.EMBEDDINGS)

    assert anthropic.prompt == responses.prompt != 0
    assert anthropic.system == responses.system != 0
    assert anthropic.flags & Flag.TOOL_RESULT
    assert embeds.flags & Flag.EMBEDS


@given(
    st.binary(max_size=80)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["messages", "role", "content", "input", "system", "tools", "n"]),
                inner,
            )
        ),
    ).map(lambda value: json.dumps(value).encode())
)
def test_whatever_the_body_is_there_is_a_signal(body: bytes) -> None:
    signals = Signals(KEY)
    call = Call(id="c", at=1, account="a", model="m", body=body)

    assert signals.see(call) == Signals(KEY).see(call)


def test_networks_are_neighbourhoods() -> None:
    one = see(asks("x"), ip="192.0.2.7").network

    assert one == see(asks("x"), ip="192.0.2.9").network != see(asks("x"), ip="192.0.3.7").network
    assert 0 == see(asks("x")).network


def test_a_sketch_is_bounded_and_ordered() -> None:
    sketch = see(
        asks(" ".join(f"w{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(300)))
    ).sketch

    assert SKETCH == len(sketch)
    assert sketch == tuple(sorted(sketch))


def test_a_call_costs_well_below_a_tenth_of_a_millisecond() -> None:
    signals = Signals(KEY)
    bodies = [
        json.dumps(asks(f"Please tell me about thing {n} and why " + "it matters so much " * 12))
        for n in range(400)
    ]
    calls = [Call(id="c", at=1, account="a", model="m", body=b.encode()) for b in bodies]
    start = time.process_time()
    for call in calls:
        signals.see(call)

    assert (time.process_time() - start) / len(calls) < 400e-6  # four times the aim: others work
