"""One task, one id: over real texts, dialects and processes; what is remembered changes nothing."""

import json
import random
import subprocess
import sys
from collections import Counter, defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import bodies, written
from tests.wire.prompts import TASKS, filled, real_texts

from stillhouse.wire import template
from stillhouse.wire.paths import Surface
from stillhouse.wire.request import BadRequest, read
from stillhouse.wire.template import Templates

CHAT, RESPONSES, MESSAGES = Surface.CHAT, Surface.RESPONSES, Surface.MESSAGES
KEY = b"k" * 32


def body(fields: dict[str, Any]) -> bytes:
    return json.dumps({"model": "m"} | fields, ensure_ascii=False).encode()


def alone(surface: Surface, data: bytes) -> str:
    """Computed, with nothing remembered."""
    return Templates(KEY).find(surface, data, read(surface, data))


def of(*messages: tuple[str, Any], **fields: Any) -> str:
    turns = [{"role": role, "content": content} for role, content in messages]
    return alone(CHAT, body({"messages": turns} | fields))


def test_twenty_tasks_filled_with_real_texts_are_twenty_workloads() -> None:
    chance, texts = random.Random(7), real_texts()
    kept = Templates(KEY)
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for n in range(200):
        for task in range(len(TASKS)):
            data = body({"messages": filled(task, n, chance.choice(texts)), "temperature": 0})
            found[task][kept.find(CHAT, data, read(CHAT, data))] += 1
    calls = sum(sum(ids.values()) for ids in found.values())
    whole: Counter[str] = sum(found.values(), Counter())
    recall = sum(max(ids.values()) for ids in found.values()) / calls
    purity = sum(max(ids[i] for ids in found.values()) for i in whole) / calls
    print(f"{len(whole)} ids for {len(TASKS)} tasks, purity {purity:.4f}, recall {recall:.4f}")

    assert (20, 1.0, 1.0) == (len(whole), purity, recall)


def test_free_questions_without_instructions_have_no_template() -> None:
    texts = [text for text in real_texts() if len(text) < 120]
    found = Counter(of(("user", text)) for text in texts)

    assert found[""] / len(texts) > 0.97
    assert len(found) / len(texts) < 0.02


def test_an_id_is_the_same_in_another_process_and_another_key_gives_another() -> None:
    data = body({"messages": filled(7, 1, "hello")})
    code = (
        "from stillhouse.wire.template import Templates\n"
        "from stillhouse.wire.request import read\n"
        f"data = {data!r}\n"
        f"print(Templates({KEY!r}).find('chat/completions', data, read('chat/completions', data)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert alone(CHAT, data) == ran.stdout.strip()
    assert alone(CHAT, data) != Templates(b"x" * 32).find(CHAT, data, read(CHAT, data))
    assert 14 == len(alone(CHAT, data))


SYSTEM = "You classify bank questions. Answer with one word."


def test_the_same_instructions_are_one_template_in_every_dialect() -> None:
    user = {"role": "user", "content": "hi"}
    parts = [{"type": "text", "text": SYSTEM}]

    assert 1 == len(
        {
            of(("system", SYSTEM), ("user", "hi")),
            of(("developer", SYSTEM), ("user", "hello there: you")),
            of(("system", parts), ("user", "hi")),
            alone(RESPONSES, body({"instructions": SYSTEM, "input": "hi"})),
            alone(RESPONSES, body({"input": [{"role": "system", "content": SYSTEM}, user]})),
            alone(MESSAGES, body({"system": SYSTEM, "messages": [user]})),
            alone(MESSAGES, body({"messages": [user], "system": [*parts, {"type": "text"}]})),
        }
    )


def test_opening_words_are_the_same_in_every_dialect() -> None:
    one, two = "Classify this: bad weather", "classify  this: fine"

    assert 1 == len(
        {
            of(("user", one)),
            of(("user", [{"type": "text", "text": two}])),
            of(("user", two), ("assistant", "a"), ("user", "b")),
            alone(RESPONSES, body({"input": one})),
            alone(RESPONSES, body({"input": [{"role": "user", "content": two}]})),
            alone(MESSAGES, body({"messages": [{"role": "user", "content": one}]})),
            alone(Surface.COMPLETIONS, body({"prompt": two})),
            alone(Surface.COMPLETIONS, body({"prompt": [one, two]})),
        }
    )


def test_a_long_text_without_a_delimiter_is_known_by_its_first_words() -> None:
    one, two = ("Summarise this article " + word * 60 for word in ("the mayor said ", "in may "))

    assert of(("user", one)) == of(("user", two)) != of(("user", "Translate" + two[9:]))
    assert "" == of(("user", "x" * 500))


def test_tools_and_format_tell_tasks_apart_and_plain_text_does_not() -> None:
    tool = {"type": "function", "function": {"name": "find"}}
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    plain = of(("user", "hi"))
    ids = [
        plain,
        of(("user", "hi"), tools=[tool]),
        of(("user", "hi"), response_format=schema),
        of(("user", "hi"), response_format={"type": "json_object"}),
    ]

    assert plain == "" == of(("user", "hi"), response_format={"type": "text"})
    assert 4 == len(set(ids))
    assert ids[2] == alone(
        RESPONSES, body({"input": "hi", "text": {"format": schema}, "tools": None})
    )


@pytest.mark.parametrize(
    ("surface", "fields"),
    [
        (Surface.EMBEDDINGS, {"input": "Classify this: a"}),
        (CHAT, {"messages": []}),
        (CHAT, {}),
        (CHAT, {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}),
        (CHAT, {"messages": [{"role": "user"}]}),
        (CHAT, {"messages": [{"content": "Classify this: a"}]}),
        (CHAT, {"messages": [{"role": "assistant", "content": "Classify this: a"}]}),
        (CHAT, {"messages": [{"role": "user", "content": None}]}),
        (Surface.COMPLETIONS, {"prompt": [1, 2]}),
        (RESPONSES, {"input": []}),
    ],
)
def test_what_says_nothing_has_no_template(surface: Surface, fields: dict[str, Any]) -> None:
    assert "" == alone(surface, body(fields))


TEXTS = st.sampled_from(
    [
        *(
            "Classify this: a",
            "Classify this: b",
            "Classify https://a.b/c now",
            "",
            " \n\nHuman: x",
        ),
        *(
            "<a",
            "<a>b",
            "<abc d",
            "<abc> d",
            "a" * 200,
            "one two three " * 20,
            "one two three " * 2,
        ),
        *('say "x"', "x" * 159 + ": y", "x" * 160 + ": y", "é\uff1ax", "12:30 is late", "a\\b: c"),
        *(
            "y" * 4095 + "é1",
            "y" * 4095 + "é2",
            "y" * 5000,
            "y" * 4095 + '"',
            "Order 1: x",
            "😀: x",
        ),
    ]
) | st.text('ab :<>"`\\\n\u00e9\uff1a1', max_size=30)
CONTENTS = TEXTS | TEXTS.map(lambda t: [{"type": "text", "text": t}]) | st.none()
TURNS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"role": st.sampled_from(["user", "system", "developer", "tool"]), "content": CONTENTS}
        ),
        st.fixed_dictionaries({"content": CONTENTS, "role": st.sampled_from(["user", "system"])}),
    ),
    max_size=3,
)
ROUND = {
    "messages": TURNS,
    "input": TURNS | TEXTS,
    "prompt": TEXTS | st.lists(TEXTS, max_size=2),
    "instructions": TEXTS,
    "system": TEXTS,
    "tools": st.just([{"type": "function", "function": {"name": "f"}}]),
    "response_format": st.sampled_from([{"type": "json_object"}, {"type": "text"}, {"a": [1]}]),
    "model": st.just("m"),
}
SURFACES = st.sampled_from([CHAT, CHAT, RESPONSES, MESSAGES, Surface.COMPLETIONS])


@st.composite
def many(draw: st.DrawFn) -> list[tuple[Surface, bytes]]:
    """Calls that share what stands around their turns, and how it is written, or do not."""
    calls = []
    for _ in range(draw(st.integers(1, 3))):
        surface = draw(SURFACES)
        name = template.TURNS[surface]
        fields = draw(bodies({k: v for k, v in ROUND.items() if k not in template.TURNS.values()}))
        fields[name] = "TURNS"
        around = draw(written(fields)) if draw(st.booleans()) else json.dumps(fields).encode()
        for _ in range(draw(st.integers(1, 6))):
            turns = json.dumps(draw(ROUND[name]), ensure_ascii=draw(st.booleans())).encode()
            calls.append((surface, around.replace(b'"TURNS"', turns)))
    return draw(st.permutations(calls))


@settings(deadline=None, max_examples=300)
@given(calls=many(), small=st.booleans())
def test_what_is_remembered_is_what_would_be_computed(
    *, calls: list[tuple[Surface, bytes]], small: bool
) -> None:
    kept = Templates(KEY)
    before = template.MEMORY_BYTES_MAX
    template.MEMORY_BYTES_MAX = 100 if small else before
    try:
        for surface, data in calls * 2:
            try:
                asked = read(surface, data)
            except BadRequest:
                continue
            assert alone(surface, data) == kept.find(surface, data, asked)
    finally:
        template.MEMORY_BYTES_MAX = before


NEARLY = ["a: b", "a:b c", "a", "ab", "a b c " * 30, "a b c " * 5, "<a", "<ab> c", "a\nb", "a\\nb"]
NEARLY += [
    "y" * 4095,
    "y" * 4096,
    "y" * 4097,
    "y" * 4095 + "\u00e9",
    "y" * 4095 + '"',
    'y"',
    "1: a",
]
NEARLY += ["a b " + "c" * 153 + end for end in (" d", ":", ": d", '"', " d: e")]


def nearly() -> list[list[dict[str, Any]]]:
    """Turns that begin alike and are not."""
    turns: list[list[dict[str, Any]]] = []
    for text in NEARLY:
        for role in ("user", "system", "tool"):
            turns += [[{"role": role, "content": text}], [{"content": text, "role": role}]]
        turns.append([{"role": "system", "content": [{"type": "text", "text": text}]}])
        turns.append([{"role": "user", "content": text, "name": "n"}, {"role": "system"}])
    return turns


@pytest.mark.parametrize("wide", [False, True])
def test_calls_that_begin_alike_are_told_apart_in_any_order(wide: bool) -> None:  # noqa: FBT001
    more: dict[str, Any] = {"tools": [{"name": "x" * 5000}]} if wide else {}
    calls = [body({"messages": turns} | more) for turns in nearly()]
    expected = {data: alone(CHAT, data) for data in calls}
    for seed in range(6):
        kept, order = Templates(KEY), calls * 3
        random.Random(seed).shuffle(order)
        for data in order:
            assert expected[data] == kept.find(CHAT, data, read(CHAT, data))


def test_memory_is_bounded() -> None:
    kept = Templates(KEY)
    for n in range(3000):
        data = body({"messages": [{"role": "user", "content": f"Order {n}: x"}], "seed": n // 1500})
        kept.find(CHAT, data, read(CHAT, data))
    leads = next(iter(kept._shapes.values()))

    assert len(leads.words) <= template.WORDS_MAX
    assert len(leads.known) <= template.LEADS_MAX
    for n in range(3 * template.SHAPES_MAX):
        data = body({"messages": [], "seed": n})
        kept.find(CHAT, data, read(CHAT, data))
        kept.find(CHAT, data, read(CHAT, data))

    assert len(kept._shapes) + len(kept._outers) <= template.SHAPES_MAX + 1
    assert kept._size <= template.MEMORY_BYTES_MAX
