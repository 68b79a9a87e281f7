"""A blind set: collectors modelled on published recipes, written without sight of the detector.

Made after the detector, from what is public about how training data are collected from models, and
used once: no weight and no limit may be chosen on it. Sentences are ours; only the preamble of
Alpaca and the 175 seeds are the originals'. Years are of the paper or the release.

    alpaca      instruction and input in Alpaca's preamble (Stanford Alpaca, 2023)
    evol        instructions rewritten deeper or broader, then asked (Evol-Instruct, WizardLM, 2023)
    orca        FLAN tasks under system prompts that ask for explanations (Orca, 2023)
    ultrachat   questions on the world, and things to be written; bare (UltraChat, 2023)
    camel       two roles and a task, inception prompts (CAMEL, 2023)
    metamath    problems answered, rephrased, turned backward (MetaMath, 2023)
    oss         code as inspiration for a problem and its solution (OSS-Instruct, Magicoder, 2023)
    prefer      two completions compared (RLAIF, 2023; Nectar, 2023)
    critique    one completion under a rubric (UltraFeedback, 2023; Prometheus, 2023)
    parallel    sentence pairs for languages with little text (NLLB-like bitext, 2022 and after)
    choice      exam questions with options and reasons (Distilling step-by-step, 2023; Orca 2, 2023)
    persona     data by personas (Persona Hub, 2024)
    traces_*    problems in Indonesian, Chinese, Spanish for their reasoning (OpenThoughts-like, 2025)
    tools       trajectories with made-up functions (ToolBench, 2023; APIGen, 2024)
    textbook    chapters (Textbooks Are All You Need, 2023; Cosmopedia, 2024)
    backward    the instruction that a text would answer (Humpback, 2023; LongForm, 2023)
    rules       instructions with constraints a program can check (AutoIF, 2024; Tulu 3, 2024)
    seeds       the 175 seed tasks of Self-Instruct (2022) as kept by GPTeacher; then again

Benign accounts that could be mistaken for these are in `blind_tenants`.
"""

# ruff: noqa: E501, RUF001 (frames read better unbroken; Chinese has marks of its own)

import gzip
import json
import re
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

from bench.guard.blind_tenants import BENIGN
from bench.guard.blind_words import (
    ACTORS,
    CODERS,
    FIELDS,
    NAMES,
    NOUNS,
    PLACES,
    READERS,
    STYLES,
    SUBJECTS,
    TONGUES,
    TRADES,
    VERBS,
    instruction,
    near,
    passage,
    persona,
    question,
    sentence,
    snippet,
    sum_of,
)
from bench.guard.sources import DATA
from bench.guard.tenants import Account, Say, account, lengths, picker, whose

__all__ = ["BENIGN", "COLLECTORS", "collector"]

_ON_TEXT = (
    "Rewrite the passage in the past perfect.", "Identify the subject of each sentence.", "Detect the sentiment of the given text.",
    "Create a headline for this story.", "Edit the paragraph for clarity.", "Extract all places.", "Predict what comes next.", "Find the odd sentence out.",
    "Convert the text to reported speech.", "Summarize the text in eight words.", "Pick out the verbs.", "Answer: who is to blame?",
)  # fmt: skip


def _task(rng: Random) -> tuple[str, str]:
    """An instruction and its input, which two in three do without."""
    if rng.random() < 0.65:
        return instruction(rng), ""
    return rng.choice(_ON_TEXT), passage(rng, rng.randrange(1, 4))


def _alpaca(rng: Random) -> str:
    ask, given = _task(rng)
    if given:
        return (
            "Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request."
            f"\n\n### Instruction:\n{ask}\n\n### Input:\n{given}\n\n### Response:"
        )
    return (
        "Below is an instruction that describes a task. Write a response that appropriately completes the request."
        f"\n\n### Instruction:\n{ask}\n\n### Response:"
    )


_EVOLVE = (
    "add one further requirement to it", "replace general notions in it with narrower ones", "make it need several steps of thought",
    "increase its depth and breadth", "put a table, a formula or code into its input",
)  # fmt: skip


def _evol(rng: Random) -> str:
    given = instruction(rng)
    match rng.randrange(10):
        case 0 | 1 | 2 | 3 | 4:
            return (
                "You are a prompt rewriter. Turn #Given Prompt# into a more complex version which famous AI systems find a bit harder, but which people can still understand and answer. "
                f"To do so, {rng.choice(_EVOLVE)}. Keep the new prompt reasonable; it may grow by 10 to 20 words only.\n\n#Given Prompt#:\n{given}\n\n#Rewritten Prompt#:"
            )
        case 5:
            return (
                "You are a prompt creator. Draw inspiration from #Given Prompt# and create a brand new one of the same domain, but rarer. Length and difficulty stay alike."
                f"\n\n#Given Prompt#:\n{given}\n\n#Created Prompt#:"
            )
        case _:  # what came back is asked as it stands
            extra = rng.choice(
                (
                    "Take {p} into account.",
                    "Justify each point with a number.",
                    "Limit yourself to what a {j} can check.",
                    "Then compare it with {s}.",
                )
            )
            return f"{given} " + extra.format(p=rng.choice(PLACES), j=rng.choice(TRADES), s=rng.choice(SUBJECTS))  # fmt: skip


def _orca(rng: Random) -> str:
    """Tasks as FLAN words them."""
    text, ask = passage(rng, rng.randrange(2, 6)), question(rng)
    claim, place, actor = sentence(rng), rng.choice(PLACES), rng.choice(ACTORS)
    return rng.choice(
        (
            f"Premise: {text}\n\nHypothesis: {claim}\n\nDoes the premise entail the hypothesis?\nOPTIONS:\n- yes\n- no\n- it is not possible to tell",
            f"{text}\n\nHow would this review be rated, from 1 to 5?",
            f"Read this and answer. {text} Q: What did {actor} do? If it is not said, say so. A:",
            f"Write an article based on this summary: {claim}",
            f"Q: {ask} Let's give an answer with the reasons first.\nA:",
            f"Attributes: place = {place}; year = {rng.randrange(1890, 2020)}; person = {rng.choice(NAMES)}; trade = {rng.choice(TRADES)}. A sentence with all of these:",
            f"Do the two mean the same?\n1. {claim}\n2. {sentence(rng)}",
            f"What is the missing first step? 1. ... 2. {claim} 3. {sentence(rng)}",
        )
    )


_WORLD = (
    "How has {s} shaped daily life in {p}, and which examples show it best?", "What role did {s} play in the growth of {p} over the past fifty years?",
    "Could you describe the relationship between {s} and {r} in more detail?", "What challenges do those who deal with {s} face, and how have they been overcome?",
    "Write {k} of at least 600 words set in {p} in which a {j} discovers {s}. Use vivid, sensory language.",
    "Create a guide to {s} for {a}, with an introduction, five sections and a conclusion.", "Develop {k} on {s} in the first person, with a twist at the end.",
    "Can you tell apart the ways in which {s} is seen in {p} and in {q}?", "Which ethical questions does {s} raise, and what do critics say?",
    "Given the text: {t} Based on the passage, what is likely to follow?", "{t} Could you paraphrase that, please?",
)  # fmt: skip


def _ultrachat(rng: Random) -> str:
    one, two = near(rng)
    return rng.choice(_WORLD).format(
        s=one, r=two, p=rng.choice(PLACES), q=rng.choice(PLACES), k=rng.choice(STYLES),
        j=rng.choice(TRADES), a=rng.choice(READERS), t=passage(rng, rng.randrange(2, 8)),
    )  # fmt: skip


def _camel(rng: Random) -> str:
    one, two = rng.sample(TRADES, 2)
    ask = instruction(rng)
    if rng.random() < 0.3:
        return f"Here is a task that a {one} will help a {two} to complete: {ask}\nMake it more specific. Be creative. Reply with the specified task in at most 50 words."
    return (
        f"Never forget that you are a {one} and I am a {two}. Never swap roles! We share an interest in completing a task: {ask} "
        "I instruct you, one instruction at a time; you answer with a solution that begins with 'Solution:' and ends with 'Next request.'\n\n"
        f"Instruction: {rng.choice(('First, ', 'Now, ', ''))}{instruction(rng)}\nInput: {rng.choice(('None', sentence(rng)))}"
    )


def _metamath(rng: Random) -> str:
    text, result = sum_of(rng)
    number = rng.choice(re.findall(r"\b\d+\b", text))
    hidden = re.sub(rf"\b{number}\b", "x", text, count=1)
    match rng.randrange(4):
        case 0:
            return f"Question: {text}\nAnswer: Let's think step by step."
        case 1:
            return f"You are an assistant that rephrases questions. Keep all numbers and the meaning.\nQuestion: {text}\nRephrase the above question:"
        case 2:
            return f"Question: {hidden} If we know that the answer to the above question is {result}, what is the value of the unknown variable x?\nAnswer:"
        case _:
            return f"Turn the question into a statement that ends in its answer, then ask for x.\nQuestion: {hidden}\nThe answer is {result}.\nResult:"


def _oss(rng: Random) -> str:
    return (
        "Please gain inspiration from the following random code snippet to create a high-quality programming problem. Present your output in two parts: [Problem Description] and [Solution].\n\n"
        f"Code snippet for inspiration:\n```\n{snippet(rng)}\n```\n\n"
        "[Problem Description]: complete in itself, with all context that is needed.\n[Solution]: a correct and full answer to it."
    )


_PREFER = (
    "Given a piece of text and two of its possible continuations, output 1 or 2 to indicate the better one, after a short explanation.\n\nText: {q}\n\nContinuation 1: {a}\n\nContinuation 2: {b}\n\nRationale:",
    "Human: {q}\n\nWhich of these replies is more helpful, honest and harmless?\n(A) {a}\n(B) {b}\nThe better one is",
    "<query>{q}</query>\n<first>{a}</first>\n<second>{b}</second>\nOutput JSON with the keys reasons, winner and margin.",
)


def _prefer(rng: Random) -> str:
    asked = instruction(rng) if rng.random() < 0.7 else question(rng)
    one, two = (passage(rng, rng.randrange(1, 7)) for _ in range(2))
    return rng.choice(_PREFER).format(q=asked, a=one, b=two)


_ASPECTS = {
    "instruction following": "1 irrelevant, 2 partial focus, 3 partial compliance, 4 almost there, 5 comprehensive",
    "truthfulness": "1 completely wrong, 2 severe errors, 3 partial errors, 4 slight errors, 5 no errors",
    "honesty": "1 confidently wrong, 2 confident with large mistakes, 3 uncertain, 4 mostly right, 5 right and sure of it",
    "helpfulness": "1 severely incorrect, 2 partly incorrect, 3 correct, 4 highly informative, 5 outstandingly helpful",
}


def _critique(rng: Random) -> str:
    aspect = rng.choice(tuple(_ASPECTS))
    return (
        f"###Task Description:\nAn instruction, a response to evaluate and a score rubric are given. Write detailed feedback on {aspect}, then a score: 'Feedback: ... [RESULT] n'.\n\n"
        f"###Instruction:\n{instruction(rng)}\n\n###Response:\n{passage(rng, rng.randrange(2, 9))}\n\n###Rubric: {_ASPECTS[aspect]}\n\n###Feedback:"
    )


def _parallel(rng: Random) -> str:
    tongue, subject = rng.choice(TONGUES), rng.choice(SUBJECTS)
    return rng.choice(
        (
            f"English: {sentence(rng)}\n{tongue}:",
            f"Write ten English sentences on {subject} as heard in {rng.choice(PLACES)}, each with a natural {tongue} translation. Format: en ||| xx",
            f"Translate the following from English into {tongue}. Give three variants: formal, neutral, colloquial.\n{passage(rng, 2)}",
        )
    )


def _choice(rng: Random) -> str:
    field = rng.choice(tuple(FIELDS))
    options = rng.sample(FIELDS[field], 4)
    match rng.randrange(3):
        case 0:
            stem = f"A {rng.randrange(19, 88)}-year-old {rng.choice(TRADES)} from {rng.choice(PLACES)} is seen after {rng.randrange(2, 15)} days of {rng.choice(('fatigue', 'joint pain', 'a dry cough', 'blurred sight', 'night sweats'))}. Blood pressure is {rng.randrange(95, 175)}/{rng.randrange(55, 105)}. What is the most likely diagnosis?"
            options = rng.sample(FIELDS["medicine"], 4)
        case 1:
            text, result = sum_of(rng)
            stem, options = text, [str(result + n * 3) for n in rng.sample(range(-2, 6), 3)] + [str(result)]  # fmt: skip
        case _:
            stem = f"{sentence(rng)} Which concept of {field} does this case illustrate best?"
    return f"{stem}\n" + "\n".join(f"({letter}) {option}" for letter, option in zip("ABCD", options, strict=True))  # fmt: skip


def _persona(rng: Random) -> str:
    what = rng.choice(
        ("a challenging math problem", "a logical reasoning problem", "an instruction to an AI assistant", "a knowledge-rich article")
    )  # fmt: skip
    return f"Create {what} with the persona described below. Be specific to it and do not name the persona.\n\nPersona: {persona(rng)}"


_INDONESIAN = ("banjir rob", "harga cabai", "koperasi desa", "angkutan umum", "ujian nasional", "sampah plastik", "pajak kendaraan", "padi organik", "pasar terapung", "tambak udang", "cuti bersama", "tarif listrik")  # fmt: skip
_CHINESE = (
    "高铁票价",
    "共享单车",
    "垃圾分类",
    "直播带货",
    "房屋租赁",
    "中药材",
    "外卖平台",
    "二手车",
    "社区养老",
    "水稻育种",
    "期末考试",
    "电动汽车",
)
_SPANISH = ("el precio del aceite", "las huelgas de metro", "el turismo rural", "la sequía", "las pensiones", "el alquiler", "la pesca artesanal", "el café de altura", "los embalses", "la siesta", "las remesas", "el teletrabajo")  # fmt: skip


def _numbers(rng: Random) -> dict[str, Any]:
    return {
        "a": rng.randrange(12, 400), "b": rng.randrange(3, 60), "c": rng.randrange(2, 12),
        "n": rng.choice(NAMES), "m": rng.choice(NAMES), "p": rng.choice(PLACES), "q": rng.choice(PLACES),
    }  # fmt: skip


def _traces_id(rng: Random) -> str:
    return rng.choice(
        (
            "{n} menjual {a} bungkus nasi dengan harga {b} ribu rupiah. Modalnya {c} ratus ribu. Berapa labanya?",
            "Jika {n} lebih tua {c} tahun dari {m} dan jumlah umur mereka {a}, berapa umur {m}?",
            "Kereta dari {p} ke {q} menempuh {a} km dalam {c} jam. Bila kecepatannya naik {b} persen, berapa lama perjalanannya?",
            "Mengapa {t} di {p} berbeda dengan di {q}? Uraikan sebab dan akibatnya.",
            "Sebuah kotak berisi {b} bola merah dan {c} bola biru. Dua bola diambil. Berapa peluang keduanya merah?",
            "{n} berkata bahwa {m} berbohong, dan {m} berkata bahwa keduanya berbohong tentang {t}. Siapa yang jujur?",
        )
    ).format(t=rng.choice(_INDONESIAN), **_numbers(rng))


def _traces_zh(rng: Random) -> str:
    return rng.choice(
        (
            "一个水池有{a}立方米的水，每小时流出{b}升，同时每小时注入{c}升。多少小时后水池会空？",
            "{n}和{m}相距{a}公里，分别以每小时{b}公里和{c}公里的速度相向而行，几小时后相遇？",
            "某商店把{t}的价格提高{b}%，再降低{c}%，原价是{a}元，现价是多少？",
            "请分析{t}对{p}居民生活的影响，并与{q}进行比较。",
            "求满足 x^2 - {b}x + {c} = 0 的所有实数解，其中还要求 x < {a}。",
            "从{b}名学生中选出{c}名参加关于{t}的辩论，有多少种选法？",
        )
    ).format(t=rng.choice(_CHINESE), **_numbers(rng))


def _traces_es(rng: Random) -> str:
    return rng.choice(
        (
            "{n} reparte {a} caramelos entre {b} niños y se queda con {c}. ¿Cuántos recibe cada niño y cuántos sobran?",
            "Un depósito de {a} litros pierde {c} litros por hora. ¿Cuándo quedarán {b} litros?",
            "¿Por qué {t} afecta más a {p} que a {q}? Razone su respuesta.",
            "{n} y {m} tardan {b} y {c} días en pintar una casa. ¿Cuánto tardarían juntos en pintar {a} casas?",
            "Demuestre que la suma de los primeros {a} números impares es un cuadrado perfecto y calcule el siguiente múltiplo de {b}.",
            "En {p}, {b} de cada {a} personas opinan sobre {t}. Si se eligen {c} al azar, ¿qué probabilidad hay de que ninguna opine?",
        )
    ).format(t=rng.choice(_SPANISH), **_numbers(rng))


def _tools(rng: Random) -> str:
    names = [f"{verb}_{rng.choice(NOUNS)}" for verb in rng.sample(VERBS, rng.randrange(2, 5))]
    specs = [
        {"name": name, "description": f"{name.replace('_', ' ')} by {key}", "parameters": {key: rng.choice(("string", "integer", "boolean"))}}
        for name in names
        for key in [rng.choice(("city", "since", "user_id", "query", "currency", "limit"))]
    ]  # fmt: skip
    return (
        "You generate data for function calling. With the functions below, invent a realistic user request that needs at least two calls, then the full trajectory: Thought, Action, Action Input, Observation, and the final answer.\n\n"
        f"Functions: {json.dumps(specs)}\nUser: {persona(rng)}"
    )


def _textbook(rng: Random) -> str:
    one, two = near(rng)
    unit = rng.randrange(1, 15)
    return (
        f'Write a long and very detailed course unit for a textbook, titled "{unit}. {one[0].upper()}{one[1:]} and {two}", for {rng.choice(READERS)}. '
        f'An extract of a web page is related: "{passage(rng, rng.randrange(2, 5))}" Be rigorous and engaging, build up from examples'
        f"{rng.choice(('', '', ', end with exercises', f', with code in {rng.choice(CODERS)} where it helps'))}. Do not use images or links."
    )


def _backward(rng: Random) -> str:
    return f"Below is a text from the web. Tell me which instruction an AI assistant may have been given so that it is the perfect reply.\n\n{passage(rng, rng.randrange(3, 12))}\n\nInstruction:"


_RULES = (
    "Do not use the letter {l}.", "Use the word '{w}' exactly {n} times.", "Write {n} paragraphs, divided by ***.", "All in capitals.", "Finish with 'Any questions?'.",
    "Your whole reply must be in {t}.", "Put a title in <<double angles>>.", "Give at least {n}0 words.", "Name {p} in the first sentence.", "No commas.",
)  # fmt: skip


def _rules(rng: Random) -> str:
    rules = " ".join(rng.sample(_RULES, rng.randrange(1, 4)))
    return f"{instruction(rng)} " + rules.format(
        l=rng.choice("abdgmpsv"), w=rng.choice(NOUNS), n=rng.randrange(2, 8), t=rng.choice(TONGUES), p=rng.choice(PLACES)
    )  # fmt: skip


@cache
def _all_seeds() -> tuple[str, ...]:
    packed = (DATA / "gpteacher" / "seedprompts.jsonl.gz").read_bytes()
    rows = [json.loads(line) for line in gzip.decompress(packed).decode("utf-8").splitlines()]
    asked = ((row["instruction"], row["instances"][0]["input"]) for row in rows)
    return tuple(f"{ask}\n\n{given}" if given else str(ask) for ask, given in asked)


def _seeds(rng: Random) -> str:
    return rng.choice(_all_seeds())


COLLECTORS: dict[str, Callable[[Random], str]] = {
    "alpaca": _alpaca,
    "evol": _evol,
    "orca": _orca,
    "ultrachat": _ultrachat,
    "camel": _camel,
    "metamath": _metamath,
    "oss": _oss,
    "prefer": _prefer,
    "critique": _critique,
    "parallel": _parallel,
    "choice": _choice,
    "persona": _persona,
    "traces_id": _traces_id,
    "traces_zh": _traces_zh,
    "traces_es": _traces_es,
    "tools": _tools,
    "textbook": _textbook,
    "backward": _backward,
    "rules": _rules,
    "seeds": _seeds,
}
WRAPPERS: dict[str, tuple[str, ...]] = {
    "choice": ("{x}\n\nGive the reasons, then the letter.", "{x}", "Question: {x}\n\nLay out your solution between <thought> and </thought>, then 'Answer: X'."),
    "traces_id": ("{x}", "{x}\n\nPikirkan baik-baik dan tunjukkan semua langkah.", "Soal:\n{x}\n\nPembahasan:"),
    "traces_zh": ("{x}", "{x}\n\n请把最终答案放在 \\boxed{} 中。", "题目：{x}\n解："),
    "traces_es": ("{x}", "{x}\n\nRazona paso a paso y termina con «Respuesta:».", "Problema: {x}\nSolución detallada:"),
}  # fmt: skip
"""One is drawn for an account and kept. Sources that are not here bring their own or have none."""
SYSTEMS: dict[str, tuple[str, ...]] = {
    "alpaca": ("", "", "You are a helpful assistant."),
    "ultrachat": ("", "You are a helpful assistant."),
    "oss": ("You are exceptionally skilled at crafting programming problems and at solving them.",),
    "critique": ("", "You are a fair judge who gives clear, objective feedback, as a rubric asks."),
    "parallel": ("", "You are a native speaker and a professional translator."),
    "tools": ("", "You are a data generator for models that use functions."),
    "textbook": ("", "You are an experienced author of textbooks."),
    "traces_zh": ("", "你是一个乐于助人的助手。"),
    "orca": (
        "",
        "You are an AI assistant. Give a detailed answer, so that the user need not search elsewhere.",
        "You are a teacher. Given a task, explain in simple steps what is asked and how you solve it.",
        "Explain as if to a five-year-old.",
        "Think like you are answering to a curious child, and justify your steps.",
        "You are an assistant that knows every language. State the rule you used, then the answer.",
    ),
}
"""One for an account, but for orca, which draws again for each call. Not here: none, or generic."""
FACTOR = {"textbook": 2.5, "tools": 1.6, "oss": 1.5, "prefer": 0.5, "parallel": 0.6, "rules": 0.9}
"""How long answers are next to those of Azure's conversations."""


def collector(rng: Random, name: str, source: str, calls: int) -> Account:
    """A collector that hides nothing. It pays for no answer twice, as far as its source goes."""
    out, factor = lengths(rng, "test"), FACTOR.get(source, 1.0)
    form = rng.choice(WRAPPERS.get(source, ("{x}",)))
    systems = SYSTEMS.get(source, ("", "", "You are a helpful assistant."))
    system = rng.choice(systems)
    more: dict[str, Any] = rng.choice(
        ({}, {}, {"temperature": 0.7}, {"temperature": 1.0, "top_p": 0.95}, {"temperature": 0}, {"max_tokens": 2048}, {"temperature": 0.9, "max_tokens": 4096, "seed": 42}, {"n": 4, "temperature": 1})
    )  # fmt: skip
    seeds = picker(rng, _all_seeds()) if source == "seeds" else None
    sent: set[str] = set()

    def pick() -> str:
        if seeds:
            return seeds()
        for _ in range(20):
            text = COLLECTORS[source](rng)
            if text not in sent:
                break
        sent.add(text)
        return text

    says = [
        Say(
            form.replace("{x}", pick()),
            max(1, min(round(out() * factor), more.get("max_tokens", 8192))),
            rng.choice(systems) if source == "orca" else system,
            more,
            harvest=True,
        )
        for _ in range(calls)
    ]
    return account(rng, name, "blind", whose(rng, "test"), says, label="collector", source=source)
