"""Accounts that harvest, by source, and what they do to hide.

    dev    grid        topic x task x constraint, self-instruct style, with or without a wrapper
           rubric      answers to be graded with reasons
           storm       one instruction reworded again and again, over many topics
           problems    word problems in wrappers that ask for reasons
           inputs      an instruction and what it is to be done with
           exam        short questions of all subjects
           scenes      stories and talks to be written out
    test   gpteacher   prompts once really sent to collect training data
           gsm8k       problems in wrappers that ask for reasons, in several languages
           seeded      few-shot prompts that breed new tasks with answers
           judge       pairs of answers to be compared on a scale
           dialogue    conversations and code to be written out, about anything
           coding      programming exercises by a grid of things, doings and languages

Evasions are applied to the says of a collector before they are put on the clock, or to the clock.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from bench.guard import arrivals
from bench.guard.sources import messy, prose, texts
from bench.guard.tenants import (
    CLIENTS,
    EPOCH_US,
    KINDS,
    Account,
    Say,
    account,
    lengths,
    picker,
    talk,
    whose,
)
from bench.guard.words import (
    AUDIENCES,
    CODE_DOINGS,
    CODE_THINGS,
    CONSTRAINTS,
    GOODS,
    LANGUAGES,
    MATTERS,
    PEOPLE,
    TASKS,
    THINGS,
    TOPICS,
    Split,
    half,
)
from msgspec.structs import replace

PLAIN = ("{x}",)
WRAPPERS: dict[Split, tuple[str, ...]] = {
    "dev": (
        "{x}\n\nThink step by step and explain your reasoning before the answer.",
        "### Task:\n{x}\n\nWrite a response that completes it, with reasons.\n\n### Response:",
        "{x}\n\nPut your reasoning in <think> tags and the answer in <answer> tags.",
    ),
    "test": (
        "Selesaikan soal berikut. Tuliskan jalan pikiranmu dari awal sampai akhir.\n\n{x}",
        "Imagine how an expert thinks about this; write out that inner monologue in full.\n\n{x}",
        '{x}\n\nReply as {{"rationale": "...", "answer": "..."}}',
        "请一步一步地解决下面的问题,并写出完整的推理过程。\n{x}",
        "Résous ce problème en détaillant chaque étape du raisonnement.\n{x}",
    ),
}


def _grid(rng: Random, split: Split) -> str:
    topics = half(rng.choice((TOPICS, TOPICS, THINGS, THINGS, GOODS, MATTERS, CODE_THINGS)), split)
    text = rng.choice(half(TASKS, split)).format(
        t=rng.choice(topics), u=rng.choice(topics), a=rng.choice(half(AUDIENCES, split))
    )
    return f"{text} {rng.choice(CONSTRAINTS)}".strip()


def _rubric(rng: Random, split: Split) -> str:
    return (
        "Grade the answer from 1 to 5 for accuracy, depth and style, and justify each grade.\n\n"
        f"Question: {_grid(rng, split)}\nAnswer: {prose(rng, rng.randrange(2, 7))}"
    )


_STORM = (
    "Paraphrase: {x}",
    "Rewrite this for another reader: {x}",
    "Say it differently, same meaning: {x}",
    "{x} Now vary the wording.",
    "Give five new versions of: {x}",
    "Reformulate as a question: {x}",
)


def _storm(rng: Random, split: Split) -> str:
    return rng.choice(_STORM).format(x=_grid(rng, split))


def _seeded(rng: Random, split: Split) -> str:
    shown = "\n".join(f"Task {n}: {_grid(rng, split)}" for n in range(1, rng.randrange(3, 6)))
    return f"Come up with a set of 10 diverse tasks and solve each.\n\n{shown}\nTask {9}:"


def _judge(rng: Random, split: Split) -> str:
    return (
        f"[Question]\n{_grid(rng, split)}\n[Assistant A]\n{prose(rng, rng.randrange(1, 5))}\n"
        f"[Assistant B]\n{prose(rng, rng.randrange(1, 5))}\n"
        "Which assistant is better, and why? Score both out of 10."
    )


def _dialogue(rng: Random, split: Split) -> str:
    one, two = rng.sample(half(PEOPLE, split), 2)
    return (
        f"Write a conversation of eight turns between {one}, {rng.choice(half(AUDIENCES, split))}, "
        f"and {two}, who knows a lot about {rng.choice(half(TOPICS, split))}."
    )


def _coding(rng: Random, split: Split) -> str:
    doing, thing = rng.choice(half(CODE_DOINGS, split)), rng.choice(half(CODE_THINGS, split))
    return rng.choice(
        (
            "Write a {l} program that {d} {t}.",
            "Implement a function in {l} which {d} {t}. Include tests.",
            "In {l}, show how one {d} {t}, and explain the complexity.",
        )
    ).format(l=rng.choice(half(LANGUAGES, split)), d=doing, t=thing)


def _problems(rng: Random, split: Split) -> str:
    one, two = rng.sample(half(PEOPLE, split), 2)
    n, m, k = (rng.randrange(2, 90) for _ in range(3))
    thing, other = rng.sample(half((*GOODS, *THINGS), split), 2)
    stories = (
        (
            f"{one} buys {n} {thing}s at {m} dollars each and sells a third of them for {k} dollars"
            f" each. {two} takes the rest for half the price. How much does {one} gain or lose?"
        ),
        (
            f"A shop has {n} {thing}s and {m} times as many {other}s. After a sale {k} of each are"
            " gone. How many are left in all?"
        ),
        (
            f"{one} needs {n} minutes for a {thing}, {two} needs {m}. They work together for {k}"
            f" hours and stop once for a {other}. How many do they finish?"
        ),
        (
            f"The price of a {thing} rises by {n} percent, then falls by {m} percent. It was {k}"
            f" dollars. {two} wants {n % 7 + 2} of them. What does she pay?"
        ),
    )
    return rng.choice(stories)


_INPUTS = (
    "Correct the grammar of this sentence.", "Sort the words by length.",
    "Name the tone of the text.",
    "Convert the list into a table.", "Find what does not belong.", "Give a title.",
    "Turn this into a question.", "Fill in what is missing.", "Explain the idea to a beginner.",
    "Say what could go wrong.", "Continue the text by three sentences.", "Simplify.",
)  # fmt: skip


def _inputs(rng: Random, split: Split) -> str:
    subject = f"{rng.choice(half(THINGS, split))}, {rng.choice(half(TOPICS, split))}"
    given = rng.choice((subject, prose(rng, 1), f"{subject}, {rng.choice(half(GOODS, split))}"))
    if rng.random() < 0.4:
        return f"{_grid(rng, split)}\n\n{given}"
    return f"{rng.choice(_INPUTS)}\n\n{given}"


_EXAM = (
    "What is the main principle behind {t}?", "Which came first, {t} or {u}, and why?",
    "How would you measure {t}?", "Why do experts disagree about {t}?",
    "What happens to {t} when there is no {u}?", "Who benefits most from {t}?",
    "Can {t} be replaced by {u}?", "How does {t} influence {u}?",
)  # fmt: skip


def _exam(rng: Random, split: Split) -> str:
    pool = half((*TOPICS, *THINGS, *CODE_THINGS), split)
    return rng.choice(_EXAM).format(t=rng.choice(pool), u=rng.choice(pool))


def _scenes(rng: Random, split: Split) -> str:
    one, two = rng.sample(half(PEOPLE, split), 2)
    return (
        f"Write a scene in which {one} tells {two}, {rng.choice(half(AUDIENCES, split))}, about "
        f"{rng.choice(half((*TOPICS, *THINGS), split))}. Let them disagree before the end."
    )


def _functions(rng: Random, split: Split) -> str:
    doing, thing = rng.choice(half(CODE_DOINGS, split)), rng.choice(half(CODE_THINGS, split))
    tongue = rng.choice(half(LANGUAGES, split))
    text = rng.choice(_FUNCTIONS).format(l=tongue, d=doing, t=thing)
    given = rng.choice(("", "", f"[{rng.randrange(99)}, {rng.randrange(99)}]",
                        f"x = {rng.randrange(999)}", f"{rng.choice(half(PEOPLE, split))}'s data",
                        f"def f(x):\n    return x - {rng.randrange(99)}"))  # fmt: skip
    return f"{text}\n\n{given}" if given else text


_FUNCTIONS = (
    "Develop {l} code which {d} {t}.", "Find the mistake in this {l} code, it {d} {t}.",
    "How would you, in {l}, write something that {d} {t}?", "Port a class that {d} {t} to {l}.",
    "Given the input, return what comes out of a {l} routine that {d} {t}.",
    "Document a {l} module which {d} {t}.", "Optimise {l} code which {d} {t} for memory.",
)  # fmt: skip


def _shots(rng: Random, split: Split) -> str:
    shown = "\n".join(f"- {_exam(rng, split)}" for _ in range(rng.randrange(2, 6)))
    return f"Here are exercises for a course.\n{shown}\n{rng.choice(_MORE)}"


_MORE = (
    "Make 12 more of them, each with its answer.",
    "Invent twenty further questions of this kind and answer them.",
    "Continue the list by 8 new exercises with full solutions.",
)


def _pairs(rng: Random, split: Split) -> str:
    return (
        f"Prompt: {_exam(rng, split)}\n\nResponse 1: {prose(rng, rng.randrange(1, 5))}\n\n"
        f"Response 2: {prose(rng, rng.randrange(1, 5))}\n\n"
        "Judge both for honesty and usefulness, give each a score, and explain the preference."
    )


GRIDS: dict[str, Callable[[Random, Split], str]] = {
    "grid": _grid,
    "rubric": _rubric,
    "storm": _storm,
    "problems": _problems,
    "inputs": _inputs,
    "exam": _exam,
    "scenes": _scenes,
    "functions": _functions,
    "shots": _shots,
    "pairs": _pairs,
    "seeded": _seeded,
    "judge": _judge,
    "dialogue": _dialogue,
    "coding": _coding,
}
SOURCES: dict[Split, tuple[str, ...]] = {
    "dev": (
        "grid",
        "rubric",
        "storm",
        "problems",
        "inputs",
        "exam",
        "scenes",
        "functions",
        "shots",
        "pairs",
    ),
    "test": ("gpteacher", "gsm8k", "seeded", "judge", "dialogue", "coding"),
}


def harvester(rng: Random, source: str, split: Split) -> Callable[[], Say]:
    """What a collector sends: its prompts in one wrapper, answered at length."""
    out = lengths(rng, split)
    if source in GRIDS:
        of = GRIDS[source]
        sent: set[str] = set()

        def pick() -> str:
            for _ in range(20):  # a collector does not pay twice for one answer
                text = of(rng, split)
                if text not in sent:
                    break
            sent.add(text)
            return text

    else:
        topics = texts(source)
        pick = picker(rng, [text for topic in sorted(topics) for text in topics[topic]])
    wrapped = source in {"gsm8k", "problems"} or (
        source in {"grid", "gpteacher", "coding"} and rng.random() < 0.4
    )
    form = rng.choice(WRAPPERS[split] if wrapped else PLAIN)
    system = rng.choice(
        ("", "", "You are a helpful assistant.", "You are an expert in all fields.")
    )
    more: dict[str, Any] = rng.choice(({}, {}, {"temperature": 0.7}, {"temperature": 1, "n": 2}))
    return lambda: Say(form.replace("{x}", pick()).replace("{{", "{").replace("}}", "}"),
                       out(), system, more, harvest=True)  # fmt: skip


def pure(rng: Random, name: str, source: str, split: Split, calls: int) -> Account:
    speak = harvester(rng, source, split)
    return account(
        rng,
        name,
        "collector",
        whose(rng, split),
        [speak() for _ in range(calls)],
        label="collector",
        source=source,
    )


def blend(
    rng: Random, name: str, source: str, split: Split, calls: int, *, share: float
) -> Account:
    """A share of collecting inside the traffic of an ordinary account: a chat or an assistant."""
    kind = rng.choice(("chat", "assistant", "batch", "rag"))
    cover = KINDS[kind](rng, name, split, calls)
    speak = harvester(rng, source, split)
    who = whose(rng, split)
    chosen = set(rng.sample(range(calls), round(calls * share)))
    says = [speak() for _ in chosen]
    made = account(rng, name, f"blend {share:.0%}", who, says, at=[0] * len(says))
    calls_ = list(cover.calls)
    first = calls_[0]
    for n, call in zip(sorted(chosen), made.calls, strict=True):
        old = calls_[n]
        calls_[n] = replace(
            old, model=first.model, body=call.body, output_tokens=call.output_tokens
        )
    return Account(name, f"blend {share:.0%}", "collector", calls_, source, "", chosen)


def hydra(
    rng: Random, group: str, source: str, split: Split, *, accounts: int, each: int, share: str
) -> list[Account]:
    """One harvest over many accounts. share: what they share, infrastructure or nothing."""
    speak = harvester(rng, source, split)
    model = rng.choice(("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5"))
    start = EPOCH_US + rng.randrange(5 * 86_400_000_000)
    card, net, client = f"pm_{rng.randrange(10**9)}", rng.randrange(256), rng.choice(CLIENTS)
    found = []
    for n in range(accounts):
        who = whose(rng, split)
        who.model, who.group, who.start, who.days = model, group, start, 3
        if share == "payment":
            who.payment = card if rng.random() < 0.5 else f"{card}-{n % 5}"
        if share in {"payment", "network"}:
            who.ip, who.client = f"198.51.{net}.{rng.randrange(256)}", client
        says = [speak() for _ in range(each)]
        at = arrivals.steady(rng, each, start=start + rng.randrange(7_200_000_000), days=3)
        made = account(
            rng, f"{group}-{n}", "hydra", who, says, at=at, label="collector", source=source
        )
        found.append(made)
    return found


def _first_person(rng: Random, say: Say) -> Say:
    pre = rng.choice(("I need help with my work. ", "I am curious. ", "For my team, I want this: "))
    return _with(say, pre + say.text)


def _jitter(rng: Random, say: Say) -> Say:
    """Other openings and ends, capitals and marks lost: a template that is not one any more."""
    pre = rng.choice(("", "", "hey ", "please, ", "ok: ", "so "))
    return _with(say, messy(rng, pre + say.text) + rng.choice(("", "", " thanks", "!", " pls")))


def _with(say: Say, text: str) -> Say:
    return Say(text, say.tokens, say.system, say.more, say.before, say.harvest)


def evading(
    rng: Random, name: str, source: str, split: Split, calls: int, *, evasion: str
) -> Account:
    """A collector that hides in one way."""
    if evasion == "benign padding":
        return blend(rng, name, source, split, calls, share=0.5)
    if evasion == "benign replay":
        kind = rng.choice(("chat", "assistant", "batch"))
        cover = KINDS[kind](rng, name, split, calls)
        cover.label, cover.kind, cover.harvest = "collector", "benign replay", set(range(calls))
        return cover
    speak = harvester(rng, source, split)
    says = [speak() for _ in range(calls)]
    who, at = whose(rng, split), None
    match evasion:
        case "pacing":
            at = arrivals.steady(rng, calls, start=who.start, days=max(1.0, calls / 26))
        case "jitter":
            says = [_jitter(rng, say) for say in says]
        case "first person":
            says = [_first_person(rng, say) for say in says]
        case "short answers":
            says = [Say(s.text, rng.randrange(8, 40), s.system, s.more, harvest=True) for s in says]
        case "fake follow-ups":
            says = talk(rng, calls, speak, follow=0.3, repeat=0)
        case "private prompt":
            words = " ".join(rng.choices(half(TOPICS, split), k=6))
            says = [
                Say(s.text, s.tokens, f"You are the help desk of {words}.", s.more) for s in says
            ]
    made = account(rng, name, evasion, who, says, at=at, label="collector", source=source)
    made.harvest = set(range(calls))
    return made


EVASIONS = (
    "none",
    "pacing",
    "jitter",
    "first person",
    "private prompt",
    "fake follow-ups",
    "short answers",
    "benign padding",
    "benign replay",
)
