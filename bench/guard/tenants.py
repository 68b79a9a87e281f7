"""Benign accounts, by kind: what customers do with a model, hard cases among them.

A kind is a shape of use; its texts are of the split's sources, so that dev and test share no text
and no word list. How much users follow up, repeat themselves and how long answers are differs from
account to account: drawn wide, because nobody has published it per tenant. (Public chat corpora
have two to two and a half turns a conversation on average; here an account's rate is 0 to 0.6.)
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bench.guard import arrivals, sources
from bench.guard.sources import complaint, corrected, good, messy, musing, prose, texts
from bench.guard.words import (
    AGAIN,
    AUDIENCES,
    CODE_DOINGS,
    CODE_THINGS,
    MATTERS,
    PEOPLE,
    TOPICS,
    Split,
    half,
)

from stillhouse.guard.signals import Call

EPOCH_US = 1_793_500_000_000_000
FILLER = "As far as I can see, this depends on a few things; here is the short answer."
CLIENTS = ("openai-python/2.1", "openai-node/6.0", "langchain/1.0", "curl/8.5", "app/3.2", "httpx")


@dataclass(slots=True)
class Account:
    """One account. label: benign or collector. harvest: numbers of its calls that collect.

    group: accounts of one cluster share it. family: what is reported together.
    """

    name: str
    kind: str
    label: str
    calls: list[Call]
    source: str = ""
    group: str = ""
    harvest: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Say:
    """One prompt to be sent: what the user says, and how it is asked for."""

    text: str
    tokens: int
    system: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    before: tuple[dict[str, Any], ...] = ()
    harvest: bool = False
    user: str = ""
    input_tokens: int = -1


@dataclass(slots=True)
class Whose:
    """What an account's calls have in common."""

    split: Split
    model: str = "gpt-4o"
    ip: str = ""
    client: str = ""
    payment: str = ""
    days: float = 14
    start: int = EPOCH_US
    group: str = ""


Speaker = Callable[[], Say]


def whose(rng: Random, split: Split) -> Whose:
    return Whose(
        split,
        model=rng.choice(("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5")),
        ip=".".join(str(rng.randrange(11, 220)) for _ in range(4)),
        client=rng.choice(CLIENTS),
        payment=f"pm_{rng.randrange(10**9)}",
        days=rng.choice((3, 7, 14)),
        start=EPOCH_US + rng.randrange(5 * 86_400_000_000),
    )


def body(say: Say, model: str) -> bytes:
    messages: list[dict[str, Any]] = []
    if say.system:
        messages.append({"role": "system", "content": say.system})
    messages += say.before
    if say.text:
        messages.append({"role": "user", "content": say.text})
    asked = {"model": model, "messages": messages, **say.more}
    if say.user:
        asked["user"] = say.user
    return json.dumps(asked, ensure_ascii=False).encode()


def account(
    rng: Random,
    name: str,
    kind: str,
    who: Whose,
    says: Sequence[Say],
    *,
    at: Sequence[int] | None = None,
    label: str = "benign",
    source: str = "",
) -> Account:
    """Put says on the clock."""
    if at is None:
        at = arrivals.times(rng, who.split, len(says), start=who.start, days=who.days)
    calls = [
        Call(
            id=f"{name}-{n}",
            at=when,
            account=name,
            model=who.model,
            path="openai-api",
            body=body(say, who.model),
            input_tokens=say.input_tokens,
            output_tokens=say.tokens,
            ip=who.ip,
            client=who.client,
            payment=who.payment,
            user=say.user,
        )
        for n, (when, say) in enumerate(zip(at, says, strict=True))
    ]
    return Account(
        name, kind, label, calls, source, who.group, {n for n, s in enumerate(says) if s.harvest}
    )


def lengths(rng: Random, split: Split, what: str = "conv") -> Callable[[], int]:
    """Lengths of answers: Azure's, times a factor of the account's own."""
    pool, factor = arrivals.tokens(split, what), rng.lognormvariate(0, 0.35)
    return lambda: max(1, round(pool[rng.randrange(len(pool))][1] * factor))


def talk(rng: Random, calls: int, speak: Speaker, *, follow: float, repeat: float) -> list[Say]:
    """Conversations: some go on with all that was said before, some questions come again."""
    says: list[Say] = []
    going: list[tuple[dict[str, Any], ...]] = []
    heads: list[Say] = []
    for _ in range(calls):
        if going and rng.random() < follow:
            at = rng.randrange(max(0, len(going) - 4), len(going))
            head = heads[at]
            before = going[at]
            say = Say(
                rng.choice(AGAIN), speak().tokens, head.system, head.more, before, user=head.user
            )
            going[at] = (*before, *_turn(say.text))
            if len(going[at]) > 12:
                del going[at], heads[at]
        else:
            say = rng.choice(heads) if heads and rng.random() < repeat else speak()
            say = Say(say.text, speak().tokens, say.system, say.more, user=say.user)
            going.append(_turn(say.text))
            heads.append(say)
        says.append(say)
    return says


def _turn(text: str) -> tuple[dict[str, Any], ...]:
    return ({"role": "user", "content": text}, {"role": "assistant", "content": FILLER})


def wide(rng: Random) -> float:
    """How much is followed up in this account: none at all in one of five."""
    return 0.0 if rng.random() < 0.2 else rng.uniform(0.05, 0.6)


def picker(rng: Random, pool: Sequence[str]) -> Callable[[], str]:
    """Each once in a random order, then again in another: what lies in a queue."""
    queue: list[str] = []

    def pick() -> str:
        if not queue:
            queue.extend(pool)
            rng.shuffle(queue)
        return queue.pop()

    return pick


def public(rng: Random, split: Split) -> tuple[str, Callable[[], str]]:
    """A source and a topic of it, or complaints of our own."""
    name = rng.choice((*sources.BY_SPLIT[split][:2], "own"))
    if name == "own":
        neat = rng.random() < 0.4
        return name, lambda: complaint(rng, split, neat=neat)
    topics = texts(name)
    topic = rng.choice(sorted(topics))
    pick = picker(rng, topics[topic])
    if name != "clinc150":
        return name, pick
    if rng.random() < 0.5:  # the source is all in small letters, which customers are not
        return f"{name}:{topic}", lambda: corrected(pick())
    return f"{name}:{topic}", pick


SYSTEMS = (
    "You are the assistant of {n}. Answer politely and briefly. If you do not know, say so.",
    "You help customers of {n} with questions about their {m}. Never promise refunds.",
    "Kamu adalah asisten {n}. Jawab singkat, sopan, dan hanya tentang {m}.",
    "You are {n}, a support agent. Use the customer's language. Escalate {m} problems to a person.",
)
FORMS: dict[str, tuple[str, ...]] = {
    "label": (
        'Classify the message into one of: {labels}. Answer with the label only.\n\nMessage: "{x}"',
        "Which of {labels} fits this text?\n{x}",
        "Text: {x}\nLabels: {labels}\nLabel:",
        "Apakah teks ini {labels}? Jawab satu kata.\n\n{x}",
    ),
    "explain": (
        "Is this {labels}? Give the label and explain why in two sentences.\n\n{x}",
        "Label ({labels}) with a short rationale. Think step by step.\nMessage: {x}",
    ),
    "extract": (
        "Extract names, dates and amounts from the text as JSON.\n\n{x}",
        'Return {{"topic": ..., "urgency": 1-5, "summary": ...}} for this message:\n{x}',
    ),
    "translate": (
        "Translate into {l}:\n\n{x}",
        "Terjemahkan ke bahasa {l}. Jangan tambahkan apa pun.\n{x}",
        "You are a translator. Render the following in {l}, keep the tone.\n---\n{x}",
        "{l}: {x}",
    ),
    "summarise": (
        "Summarise in three sentences:\n\n{x}",
        "TL;DR of this report for the board:\n{x}",
    ),
    "sell": (
        "Write a product description of 80 words for our shop: {x}",
        "Product: {x}\nTone: friendly\nLength: two paragraphs\nDescription:",
    ),
    "reply": (
        "Draft a friendly reply to this customer:\n\n{x}",
        "A customer wrote: {x}\nAnswer in our name, offer a solution, at most 120 words.",
    ),
    "judge": (
        "Rate our bot's answer from 1 to 5 and say why.\nQuestion: {x}\nAnswer: {y}",
        "Does the reply solve the problem? Score 0-10, then the reasons.\nUser: {x}\nReply: {y}",
    ),
    "post": (
        "Write a post for our channel about {t}. Friendly, with a question at the end.",
        "Create a newsletter item on {t} for {a}. 100 words.",
    ),
}
"""Jobs that run over a queue of texts, and how they are asked for."""
ANSWER_TOKENS = {
    "label": (1, 6),
    "explain": (25, 90),
    "extract": (25, 110),
    "summarise": (50, 160),
    "sell": (90, 190),
    "reply": (50, 190),
    "judge": (30, 140),
    "post": (90, 260),
}


def params(rng: Random) -> dict[str, Any]:
    """How customers set decoding: mostly not at all."""
    more: dict[str, Any] = {}
    if rng.random() < 0.5:
        more["temperature"] = rng.choice((0, 0, 0.2, 0.3, 0.7, 0.7, 1))
    if rng.random() < 0.3:
        more["max_tokens"] = rng.choice((256, 512, 1024, 4096))
    if rng.random() < 0.05:
        more["n"] = 2
    if rng.random() < 0.05:
        more["seed"] = 7
    return more


def chat(rng: Random, name: str, split: Split, calls: int) -> Account:
    """A product's help desk: one topic, a system prompt, follow-ups."""
    source, pick = public(rng, split)
    system = rng.choice(half(SYSTEMS, split)).format(
        n=f"{rng.choice(PEOPLE)} & Co", m=rng.choice(half(MATTERS, split))
    )
    out, more = lengths(rng, split), params(rng)
    says = talk(
        rng,
        calls,
        lambda: Say(pick(), out(), system, more),
        follow=wide(rng),
        repeat=rng.choice((0, 0.02, 0.1)),
    )
    return account(rng, name, "chat", whose(rng, split), says, source=source)


def assistant(rng: Random, name: str, split: Split, calls: int) -> Account:
    """People who ask about anything; often without a system prompt."""
    out = lengths(rng, split)
    system, more = rng.choice(("", "", "You are a helpful assistant.")), params(rng)
    if split == "test" and rng.random() < 0.5:
        source, pick = "arena-hard", picker(rng, texts("arena-hard")["arena"])
    else:
        neat = rng.random() < 0.4
        source, pick = "own", lambda: musing(rng, split, neat=neat)
    says = talk(
        rng,
        calls,
        lambda: Say(pick(), out(), system, more),
        follow=wide(rng),
        repeat=rng.choice((0, 0.05)),
    )
    return account(rng, name, "assistant", whose(rng, split), says, source=source)


def batch(rng: Random, name: str, split: Split, calls: int) -> Account:
    """One template over a queue of texts: labels, JSON, translations, replies, posts, grades."""
    kind = rng.choice(("label", *FORMS))
    source, pick = public(rng, split)
    more = params(rng)
    labels = ", ".join(rng.sample(("positive", "negative", "neutral", "urgent", "spam", "ok"), 3))
    form, tongue = rng.choice(half(FORMS[kind], split)), rng.choice(("English", "Dutch", "Malay"))
    themes = rng.sample(half(TOPICS, split), 12)
    audience = rng.choice(half(AUDIENCES, split))
    if kind == "extract" and rng.random() < 0.5:
        more = {**more, "response_format": {"type": "json_object"}}
    as_system = rng.random() < 0.4
    real = lengths(rng, split) if rng.random() < 0.5 else None

    def speak() -> Say:
        match kind:
            case "summarise":
                text = prose(rng, rng.randrange(4, 40))
            case "sell":
                text = good(rng, split)
            case _:
                text = pick()
        values = {
            "labels": labels,
            "l": tongue,
            "t": f"{rng.choice(themes)} and {rng.choice(themes)}",
            "a": audience,
            "y": prose(rng, rng.randrange(1, 4)),
        }
        if real and kind in {"reply", "judge", "post", "sell", "summarise"}:
            out = real()
        elif kind == "translate":
            out = max(3, round(len(text) / 4 * rng.uniform(0.8, 1.4)))
        else:
            out = rng.randrange(*ANSWER_TOKENS[kind])
        if as_system and kind not in {"post", "judge"}:
            return Say(text, out, form.format(x="", **values), more)
        return Say(form.format(x=text, **values), out, "", more)

    repeat = rng.choice((0, 0, 0.03, 0.15))
    says: list[Say] = []
    for _ in range(calls):
        says.append(rng.choice(says) if says and rng.random() < repeat else speak())
    return account(rng, name, f"batch {kind}", whose(rng, split), says, source=source)


def rag(rng: Random, name: str, split: Split, calls: int) -> Account:
    """Questions over documents: long contexts, some follow-ups."""
    source, pick = public(rng, split)
    system = "Answer from the context only. Cite the passage number."
    out = lengths(rng, split)
    says = talk(
        rng,
        calls,
        lambda: Say(
            f"Context:\n[1] {prose(rng, rng.randrange(6, 25))}\n\nQuestion: {pick()}", out(), system
        ),
        follow=wide(rng) / 2,
        repeat=0.03,
    )
    return account(rng, name, "rag", whose(rng, split), says, source=source)


def agent(rng: Random, name: str, split: Split, calls: int) -> Account:
    """Loops with tools: a task, then results that come back, again and again."""
    tools = [
        {
            "type": "function",
            "function": {"name": f"{verb}_{rng.choice(MATTERS)}".replace(" ", "_")},
        }
        for verb in ("read", "write", "search", "run")
    ]
    system = f"You are a coding agent in the repository of {rng.choice(PEOPLE)}. Use the tools."
    says: list[Say] = []
    out = lengths(rng, split, "code")
    while len(says) < calls:
        task = (
            f"{rng.choice(('fix', 'add', 'refactor', 'test'))} the code that "
            f"{rng.choice(half(CODE_DOINGS, split))} {rng.choice(half(CODE_THINGS, split))}"
        )
        before: tuple[dict[str, Any], ...] = ({"role": "user", "content": messy(rng, task)},)
        for _ in range(rng.randrange(2, 14)):
            says.append(Say("", out() + 10, system, {"tools": tools}, before))
            call = {"id": "t", "type": "function", "function": {"name": "run", "arguments": "{}"}}
            before = (
                *before,
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "t", "content": f"{rng.randrange(999)} ok"},
            )[-9:]
            before = (({"role": "user", "content": messy(rng, task)}), *before[-8:])
    return account(rng, name, "agent", whose(rng, split), says[:calls], source="own")


def completer(rng: Random, name: str, split: Split, calls: int) -> Account:
    """An editor: the code before the cursor, a few tokens back, the same file again."""
    out = lengths(rng, split, "code")
    says: list[Say] = []
    while len(says) < calls:
        file = [
            f"def {rng.choice(half(CODE_DOINGS, split)).split()[0]}_{n}(x): return x + {n}"
            for n in range(rng.randrange(8, 30))
        ]
        says += [
            Say("\n".join(file[: 5 + n]), out(), "Complete the code.", {"max_tokens": 64})
            for n in range(rng.randrange(3, 25))
        ]
    return account(rng, name, "completer", whose(rng, split), says[:calls], source="own")


def evaluation(rng: Random, name: str, split: Split, calls: int) -> Account:
    """A fixed set of items, run again for each candidate; answers are short or reasoned."""
    size = rng.choice((60, 100, 150, 250))
    reasoned = rng.random() < 0.5
    if split == "test" and rng.random() < 0.6:
        source, pool = "gsm8k", rng.sample(texts("gsm8k")["maths"], size)
    else:
        topics = half(TOPICS, split)
        source = "own"
        pool = [
            f"Which statement about {rng.choice(topics)} is true?\nA) {rng.choice(topics)}\n"
            f"B) {rng.choice(topics)}\nC) {rng.choice(topics)}\nD) none of these {n}"
            for n in range(size)
        ]
    form = (
        "{x}\nThink step by step, then give the final answer after ####."
        if reasoned
        else "{x}\nAnswer with the result only."
    )
    more = rng.choice(({"temperature": 0, "seed": 1}, {"temperature": 0}, {}, {"temperature": 0.7}))
    says = [
        Say(
            form.format(x=item),
            rng.randrange(60, 260) if reasoned else rng.randrange(1, 8),
            "",
            more,
        )
        for _ in range(calls // size + 1)
        for item in pool
    ]
    return account(rng, name, "evaluation", whose(rng, split), says[:calls], source=source)


KINDS: dict[str, Callable[[Random, str, Split, int], Account]] = {
    "chat": chat,
    "assistant": assistant,
    "batch": batch,
    "rag": rag,
    "agent": agent,
    "completer": completer,
    "evaluation": evaluation,
}
SHARE = {
    "chat": 6,
    "assistant": 5,
    "batch": 8,
    "rag": 2,
    "agent": 2,
    "completer": 1,
    "evaluation": 2,
}
"""How many of a population's accounts are of a kind."""


def population(
    rng: Random, split: Split, accounts: int, *, prefix: str = "b", least: int = 60
) -> list[Account]:
    """So many benign accounts; how much each calls is spread as widely as in production."""
    kinds = rng.choices(list(SHARE), list(SHARE.values()), k=accounts)
    return [
        KINDS[kind](
            rng, f"{prefix}{n}", split, min(2000, max(least, int(rng.lognormvariate(5.6, 0.7))))
        )
        for n, kind in enumerate(kinds)
    ]
