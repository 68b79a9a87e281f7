"""The engine: counts, limits, choices, forced tokens; and that the model is worth shipping."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from recipes.builtin import evaluate

from stillhouse.upstream.builtin.grammar import of_schema
from stillhouse.upstream.builtin.labels import LABELS
from stillhouse.upstream.builtin.model import FILES, Engine, Start, Token, Wish
from stillhouse.upstream.builtin.prompt import ContextExceeded, Message
from stillhouse.upstream.builtin.sampling import Sampling

if TYPE_CHECKING:
    from collections.abc import Sequence

MEGABYTE = 1_000_000


def heard(engine: Engine, start: Start, wish: Wish) -> tuple[Sequence[Token], str]:
    tokens, steps = [], engine.speak(start, wish)
    while True:
        try:
            tokens.append(next(steps))
        except StopIteration as end:
            return tokens, end.value


@pytest.fixture
def start(engine: Engine) -> Start:
    return engine.begin(engine.chat([Message("user", "Say hello")]))


def test_the_model_fits_the_wheel() -> None:
    assert sum(path.stat().st_size for path in FILES.iterdir()) <= 5 * MEGABYTE


def test_it_says_hello(engine: Engine, start: Start) -> None:
    tokens, finish = heard(engine, start, Wish(limit=60))

    assert finish == "stop"
    assert b"".join(t.data for t in tokens).startswith(b"Hello")


@pytest.mark.parametrize("limit", [1, 3])
def test_a_limit_is_kept_to_the_token(engine: Engine, start: Start, limit: int) -> None:
    tokens, finish = heard(engine, start, Wish(limit))

    assert (limit, "length") == (len(tokens), finish)


def test_a_shorter_limit_gives_the_beginning_of_the_same_answer(
    engine: Engine, start: Start
) -> None:
    whole, _ = heard(engine, start, Wish(60))
    part, _ = heard(engine, start, Wish(4))

    assert [t.id for t in whole[:4]] == [t.id for t in part]


def test_log_probabilities_do_not_change_the_answer(engine: Engine, start: Start) -> None:
    plain, _ = heard(engine, start, Wish(60))
    likely, _ = heard(engine, start, Wish(60, top=3))

    assert [t.id for t in plain] == [t.id for t in likely]
    assert all(t.logprob is not None and t.logprob <= 0 and len(t.top) == 3 for t in likely)
    assert all((t.id, t.logprob) == t.top[0] for t in likely)


def test_choices_differ_and_each_repeats(engine: Engine) -> None:
    start = engine.begin(engine.chat([Message("user", "Write a positive comment about food")]))
    sampling = Sampling(temperature=1.5, seed=11)
    answers = [
        [t.id for t in heard(engine, start, Wish(30, sampling, choice))[0]]
        for choice in (0, 1, 2, 0, 1, 2)
    ]

    assert answers[:3] == answers[3:]
    assert len({tuple(a) for a in answers[:3]}) == 3


def test_forced_tokens_are_skipped_without_changing_the_answer(engine: Engine) -> None:
    """With log-probabilities every token is computed; without, only those with a choice."""
    schema = {"type": "object", "properties": {k: {"enum": list(v)} for k, v in LABELS.items()}}
    wish = of_schema(schema, engine.encode)
    start = engine.begin(engine.chat([Message("user", "Label: the song is so catchy 😍")]))
    fast, _ = heard(engine, start, Wish(99, grammar=wish))
    full, _ = heard(engine, start, Wish(99, grammar=wish, top=0))

    assert [t.id for t in full] == [t.id for t in fast]


def test_the_context_ends_an_answer(engine: Engine) -> None:
    room = 3
    ids = engine.chat([Message("user", "")])
    ids = [*ids[:-2], *[ids[0]] * (engine.network.context - len(ids) - room), *ids[-2:]]
    start = engine.begin(ids)

    assert len(list(islice(engine.speak(start, Wish(10**9)), 99))) <= room


def test_a_prompt_over_the_context_is_refused(engine: Engine) -> None:
    with pytest.raises(ContextExceeded):
        engine.begin([1] * engine.network.context)


@pytest.mark.parametrize(
    ("split", "least"), [("pairs", 0.9), ("frames", 0.8), ("phrasing", 0.8), ("both", 0.65)]
)
def test_held_out_prompts_are_answered_well(engine: Engine, split: str, least: float) -> None:
    """A small sample of what the card reports in full, with a seed of its own."""
    found = evaluate.scores(engine, split, 90, seed=77)
    scored = [good for task, _, good in found if not task.startswith("json.")]

    assert sum(scored) / len(scored) >= least


def test_the_card_of_the_run_promises_what_is_asked() -> None:
    """At least 85 % over all held-out generated prompts, measured on these very files."""
    card = json.loads((FILES / "card.json").read_text())
    held_out = [card["accuracy"][split] for split in ("pairs", "frames", "phrasing", "both")]
    right = sum(split["all"] * split["asked"] for split in held_out)

    assert card["bytes"] == {name: (FILES / name).stat().st_size for name in card["bytes"]}
    assert right / sum(split["asked"] for split in held_out) >= 0.85


def test_the_page_states_the_figures_of_the_card() -> None:
    card = json.loads((FILES / "card.json").read_text())
    page = (Path(__file__).parents[3] / "docs/reference/builtin-card.md").read_text()

    assert all(f"**{100 * s['all']:.1f}**" in page for s in card["accuracy"].values())
