"""Twenty tasks as people write them, to be filled with real texts: (instructions, user's text)."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[2].parent / "shared" / "data"

TASKS: list[tuple[str | None, str]] = [
    (None, "Classify this comment: {text}"),
    (None, "Translate the following sentence into French.\n\n{text}"),
    (None, 'Is the customer angry? Answer "yes" or "no".\n"{text}"'),
    (None, "<comment>{text}</comment>\nWrite a polite answer."),
    (None, "Terjemahkan ke bahasa Indonesia: {text}"),
    (None, "Comment number {n}: {text}\nLabel:"),
    (None, "Rewrite `{text}` in plain English"),
    ("You classify bank questions. Answer with one of: balance, card, other.", "{text}"),
    ("You classify bank questions. Answer with a sentiment: good, bad.", "{text}"),
    ("Today is {day}. You are the assistant of a bank. Be brief.", "{text}"),
    ("You speak with customer {n} ({mail}). Offer a refund when asked.", "{text}"),
    ('Label the text as "spam" or "ham".', "{text}"),
    ('Label the text as "toxic" or "fine".', "{text}"),
    ("Kamu adalah asisten bank. Jawab dengan sopan.", "{text}"),
    ("Summarise the ticket {uuid} in one line.", "Ticket: {text}"),
    ("Extract the amounts as JSON. See https://bank.example/{n} for the rules.", "{text}"),
    ("You write SQL for our warehouse.\nTables: calls, invoices.\n", "{text}"),
    ("You write Python for our warehouse.\nTables: calls, invoices.\n", "{text}"),
    (
        "Answer from this page only.\n<page>{text}</page>\nSay when it is not there.",
        "Question: {n}",
    ),
    ("You are a careful translator from English to German.", "{text}"),
]
DAYS = ["Monday, 2 November 2026", "Tuesday, 3 November 2026", "Sunday, 6 December 2026"]


def filled(task: int, n: int, text: str) -> list[dict[str, Any]]:
    """Messages of one call."""
    facts = {
        "text": text,
        "n": n * 37 + 11,
        "day": DAYS[n % 3],
        "mail": f"user{n}@example.com",
        "uuid": f"{n:08x}-5717-4562-b3fc-2c963f66afa6",
    }
    system, user = (t and t.format(**facts) for t in TASKS[task])
    messages = [{"role": "user", "content": user}]
    return [{"role": "system", "content": system}, *messages] if system else messages


def real_texts() -> list[str]:
    """What customers wrote: banking77 and clinc150."""
    banking, clinc = DATA / "banking77" / "train.csv", DATA / "clinc150" / "data_full.json.gz"
    if not (banking.exists() and clinc.exists()):
        pytest.skip("needs shared/data/banking77 and clinc150 beside the repository")
    with banking.open(newline="", encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    with gzip.open(clinc, "rt", encoding="utf-8") as file:
        texts += [text for text, _ in json.load(file)["train"]]
    return texts
