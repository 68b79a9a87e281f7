"""What is checked before a run may cost anything: everything that fails only at the end.

A run with a broken template looks well: the loss falls, and hours later the student does not stop,
or answers behind another prompt than it is served with. So, before the first epoch:

    examine    tokenizer, vocabulary, and every row: prompt is a prefix, text reads back, the stop
               token is learned, nothing is over length
    rehearse   twenty rows are learned by heart in a copy, and said again through the code that
               serves: an answer that does not stop by itself fails the rehearsal

Posture: fails closed, and tells every mistake at once. A row that is at fault alone (a mark of the
template in a user's text, too long where `over_length` is "drop") is left out and counted.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import torch

from stillhouse.training import vocabulary
from stillhouse.training.conversation import (
    BrokenTemplateError,
    OddRowError,
    Template,
    Turn,
    messages,
    template,
)
from stillhouse.training.speaking import Wish, answers

if TYPE_CHECKING:
    from stillhouse.distill.example import Example
    from stillhouse.training.hub import Loaded

REHEARSED: Final = 20
SHARE_STOPPED: Final = 0.95
"""of the rehearsed answers; one of twenty may run on"""
MOST_TOLD: Final = 3
"""examples of a mistake that repeats"""


class PreflightError(ValueError):
    """The run must not start. The operator's to mend: every reason, with the next step."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("Nothing was trained:\n" + "\n".join(f"- {why}" for why in reasons))


@dataclass(frozen=True, slots=True)
class Examined:
    """What a run may learn from, and what is told of it on the card."""

    template: Template
    kept: tuple[tuple[Example, Turn], ...]
    excluded: Mapping[str, int]
    tokenizer_sha256: str
    padding_rows_cut: int
    longest: int  # tokens of the longest row that is kept

    def card(self) -> dict[str, Any]:
        return {
            "rows": len(self.kept),
            "excluded": dict(sorted(self.excluded.items())),
            "tokenizer_sha256": self.tokenizer_sha256,
            "padding_rows_cut": self.padding_rows_cut,
            "longest_tokens": self.longest,
            "tokens": sum(len(turn.ids) for _, turn in self.kept),
            "tokens_learned": sum(len(turn.said) for _, turn in self.kept),
        }


def examine(
    loaded: Loaded,
    rows: Sequence[Example],
    *,
    max_tokens: int,
    over_length: str,
    settings: Mapping[str, Any],
) -> Examined:
    """Check model, tokenizer and every row.

    max_tokens: of a row, prompt and answer together. over_length: "refuse" to start, or "drop" the
    row and count it; nothing is ever cut. settings: of the chat template.

    Raises:
        PreflightError: with every reason.
    """
    reasons: list[str] = []
    excluded: Counter[str] = Counter()
    tokenizer, model = loaded.tokenizer, loaded.model
    context = getattr(model.config, "max_position_embeddings", None) or max_tokens
    if max_tokens > context:
        reasons.append(
            f"max_tokens is {max_tokens} and the model was made for {context}: lower max_tokens."
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token  # masked everywhere, so any token will do
    try:
        padding = vocabulary.cut(model, tokenizer)
        how = template(model, tokenizer, settings)
    except (vocabulary.ForeignTokenizerError, BrokenTemplateError) as cause:
        raise PreflightError([*reasons, str(cause)]) from cause

    kept: list[tuple[Example, Turn]] = []
    broken: Counter[str] = Counter()
    lengths: list[int] = []
    for row in rows:
        try:
            turn = how.turn(messages(row), row.output)
        except OddRowError as odd:
            excluded[str(odd)] += 1
            continue
        except BrokenTemplateError as cause:
            broken[str(cause)] += 1
            continue
        if len(turn.ids) > max_tokens:
            lengths.append(len(turn.ids))
            excluded["over length"] += 1
            continue
        kept.append((row, turn))
    for why, times in broken.most_common(MOST_TOLD):
        reasons.append(f"{times} of {len(rows)} rows: {why}")
    if lengths and over_length != "drop":
        reasons.append(
            f"{len(lengths)} of {len(rows)} rows are over max_tokens = {max_tokens} (the longest "
            f"has {max(lengths)}). Nothing is cut in silence: raise max_tokens, or say "
            'over_length = "drop" to leave them out.'
        )
    if not kept and not reasons:
        reasons.append("No row is left to learn from.")
    if reasons:
        raise PreflightError(reasons)
    return Examined(
        how,
        tuple(kept),
        excluded,
        vocabulary.digest(tokenizer),
        padding,
        max(len(turn.ids) for _, turn in kept),
    )


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of learning a few rows by heart."""

    prompts: int
    stopped: int
    repeated: int  # said word for word; told, not judged: a few steps need not reach it
    loss: float  # nats per token at the end
    examples: tuple[str, ...] = field(default=())

    def card(self) -> dict[str, Any]:
        return {
            "prompts": self.prompts,
            "stopped": self.stopped,
            "repeated": self.repeated,
            "loss": round(self.loss, 4),
        }


def rehearse(
    loaded: Loaded,
    examined: Examined,
    *,
    prompts: int = REHEARSED,
    steps: int = 60,
    rate: float = 3e-3,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> Rehearsal:
    """Learn a few rows by heart in a copy of the model and say them again as a server would.

    The copy costs the model's memory once more, and its optimizer's; `smoke_prompts = 0` in a
    run's settings leaves the rehearsal out, and the card says so.

    Raises:
        PreflightError: too many answers did not stop by themselves.
    """
    spread = max(1, len(examined.kept) // prompts)
    turns = [turn for _, turn in examined.kept[::spread][:prompts]]
    how = examined.template
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        twin = copy.deepcopy(loaded.model).to(device).float().train()
        optimizer = torch.optim.AdamW(twin.parameters(), lr=rate, weight_decay=0.0)
        ids, mask, labels = padded(turns, how.tokenizer.pad_token_id)
        ids, mask, labels = (x.to(twin.device) for x in (ids, mask, labels))
        loss = torch.zeros(())
        for step in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1.0, (step + 1) / 10)
            loss = twin(input_ids=ids, attention_mask=mask, labels=labels).loss
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(twin.parameters(), 1.0)
            optimizer.step()
            if loss.item() < 0.01:
                break
        twin.eval()
        longest = max(len(turn.said) for turn in turns)
        told = answers(
            twin,
            [turn.ids[: turn.prompt] for turn in turns],
            Wish(limit=2 * longest + 8),
            stops=how.stops,
        )
    stopped = [said for said in told if said[-1].finish == "stop"]
    repeated = sum(
        tuple(t.id for t in said) == turn.said for said, turn in zip(told, turns, strict=True)
    )
    seen = tuple(
        how.tokenizer.decode([t.id for t in said], skip_special_tokens=False) for said in told
    )
    result = Rehearsal(len(turns), len(stopped), repeated, loss.item(), seen[:MOST_TOLD])
    if len(stopped) < SHARE_STOPPED * len(turns):
        raise PreflightError(
            [
                (
                    f"After learning {len(turns)} rows by heart (loss {result.loss:.3f}), "
                    f"{len(turns) - len(stopped)} answers did not stop by themselves, as "
                    f"{seen[0][:80]!r}. The stop token of the template is not the one that serving "
                    "waits for, or the loss was still high: compare eos_token_id in "
                    "generation_config.json with the template, or raise smoke_steps."
                )
            ]
        )
    return result


def padded(turns: Sequence[Turn], pad: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(B, T) each: tokens, which of them are real, targets. Padded on the right."""
    longest = max(len(turn.ids) for turn in turns)
    ids = torch.full((len(turns), longest), pad)
    mask = torch.zeros_like(ids)
    labels = torch.full_like(ids, -100)
    for row, turn in enumerate(turns):
        ids[row, : len(turn.ids)] = torch.tensor(turn.ids)
        mask[row, : len(turn.ids)] = 1
        labels[row, : len(turn.ids)] = torch.tensor(turn.labels)
    return ids, mask, labels
