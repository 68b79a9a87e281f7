"""Prompts -> tokens, many prompts at once: the one way in which a causal student speaks here.

The smoke test before training, the evaluation after it and the server all come through here, so
what is tested is what is served.

    for step in speak(model, prompts, wishes, stops=...):
        step[i] is the token of prompt i, or None when it has ended; why[i] says how

Prompts are padded on the left and share one key-value cache; a prompt that has ended leaves it. A
row's tokens do not depend on who shares its batch, up to the last bits of a float: greedy ties may
fall otherwise, and log-probabilities differ by about 1e-6.

Log-probabilities are of the model's own distribution: temperature 1, before top_p.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from transformers import DynamicCache

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True, slots=True)
class Wish:
    """How one prompt is to be answered."""

    limit: int  # most tokens to say, >= 1
    temperature: float = 0.0  # 0 is greedy
    top_p: float = 1.0
    seed: int = 0
    top: int | None = None  # None: no log-probabilities; else how many of the likeliest beside


@dataclass(frozen=True, slots=True)
class Token:
    id: int
    logprob: float | None = None
    top: tuple[tuple[int, float], ...] = ()
    finish: str | None = None  # "stop": this is the stop token; "length": the last that may be said


def speak(
    model: PreTrainedModel,
    prompts: Sequence[Sequence[int]],
    wishes: Sequence[Wish],
    *,
    stops: frozenset[int],
) -> Generator[list[Token | None], set[int] | None, None]:
    """Say all answers, a token each per step; a row is None from the step after its last.

    A consumer may send a set of rows that it wants no more of: they end there.
    """
    device = model.device
    longest = max(len(ids) for ids in prompts)
    padded = torch.zeros(len(prompts), longest, dtype=torch.long)  # (B, T)
    mask = torch.zeros_like(padded)
    for row, ids in enumerate(prompts):
        padded[row, longest - len(ids) :] = torch.tensor(ids)
        mask[row, longest - len(ids) :] = 1
    fed, mask = padded.to(device), mask.to(device)
    places = (mask.cumsum(-1) - 1).clamp(min=0)
    cache = DynamicCache(config=model.config)
    chance = [torch.Generator().manual_seed(wish.seed % 2**63) for wish in wishes]
    rows = list(range(len(prompts)))
    said = [0] * len(prompts)
    while rows:
        # A generator must not leave the thread's gradient mode changed while it is suspended.
        with torch.inference_mode():
            logits = (
                model(
                    input_ids=fed,
                    attention_mask=mask,
                    position_ids=places,
                    cache=cache,
                    use_cache=True,
                    logits_to_keep=1,
                )
                .logits[:, -1]
                .float()
                .cpu()
            )  # (B, V)
            normal = torch.log_softmax(logits, -1)
            greedy = logits.argmax(-1).tolist()
            step: list[Token | None] = [None] * len(prompts)
            going = []
            for at, row in enumerate(rows):
                wish = wishes[row]
                said[row] += 1
                chosen = (
                    greedy[at] if wish.temperature == 0 else _draw(logits[at], wish, chance[row])
                )
                ended = "stop" if chosen in stops else "length" if said[row] == wish.limit else None
                step[row] = _token(chosen, normal[at], wish, ended)
                if ended is None:
                    going.append(at)
        left = (yield step) or ()
        going = [at for at in going if rows[at] not in left]
        if not going:
            return
        with torch.inference_mode():
            kept = torch.tensor(going, device=device)
            if len(going) < len(rows):
                cache.batch_select_indices(kept)
                mask, places = mask[kept], places[kept]
            rows = [rows[at] for at in going]
            told = [step[row] for row in rows]
            fed = torch.tensor([[token.id] for token in told if token], device=device)
            mask = torch.cat([mask, torch.ones_like(mask[:, :1])], -1)
            places = places[:, -1:] + 1


def answers(
    model: PreTrainedModel,
    prompts: Sequence[Sequence[int]],
    wish: Wish,
    *,
    stops: frozenset[int],
    batch: int = 64,
) -> list[list[Token]]:
    """Every prompt answered in the same way, shortest prompts first in a batch to pad little."""
    order = sorted(range(len(prompts)), key=lambda at: len(prompts[at]))
    told: list[list[Token]] = [[] for _ in prompts]
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        for step in speak(model, [prompts[r] for r in rows], [wish] * len(rows), stops=stops):
            for row, token in zip(rows, step, strict=True):
                if token is not None:
                    told[row].append(token)
    return told


def _token(chosen: int, normal: Tensor, wish: Wish, finish: str | None) -> Token:
    if wish.top is None:
        return Token(chosen, finish=finish)
    ranked = normal.topk(min(wish.top, normal.numel())) if wish.top else None
    top = tuple(zip(ranked.indices.tolist(), ranked.values.tolist(), strict=True)) if ranked else ()
    return Token(chosen, float(normal[chosen]), top, finish)


def _draw(logits: Tensor, wish: Wish, chance: torch.Generator) -> int:
    """From the smallest set of likeliest tokens that holds top_p of the tempered probability."""
    ranked, ids = torch.softmax(logits / wish.temperature, -1).sort(descending=True)
    before = ranked.cumsum(-1) - ranked
    kept = ranked * (before < wish.top_p)
    return int(ids[torch.multinomial(kept, 1, generator=chance)])
