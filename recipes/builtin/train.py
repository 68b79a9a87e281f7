"""Train the model that ships: `python -m recipes.builtin.train`, 20 minutes of one CPU core.

    generator -> tokenizer -> batches -> Muon and AdamW -> ONNX -> measured as served -> card

Writes model.onnx, tokenizer.json and card.json. Equal settings give equal data (the card has its
hash); weights may differ in the last bits between machines.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import math
import random
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from recipes.builtin import evaluate
from recipes.builtin.examples import ask, batches
from recipes.builtin.export import export
from recipes.builtin.network import Network, Shape
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch.nn import functional

from stillhouse.upstream.builtin.prompt import MARKS

TERMS = (
    "Every text is written by this recipe's own generator; no third party's text, model or output."
)


@dataclass(frozen=True, slots=True)
class Config:
    out: Path = Path("build/builtin")
    seed: int = 20
    steps: int = 3400
    tokens_per_batch: int = 4096
    peak_rate: float = 3e-3
    warmup_steps: int = 200
    weight_decay: float = 0.05
    prose: float = 0.15  # loss weight of what the assistant does not say; 0 after prose_steps
    prose_steps: int = 500
    tokenizer_conversations: int = 40_000
    held_out: int = 500  # prompts per split when measuring
    bfloat16: bool = True
    shape: Shape = field(default_factory=Shape)


def main(config: Config, origins: dict[str, str] | None = None) -> dict[str, Any]:
    """Train, export, measure; return the card, which is also written beside the model."""
    for item in dataclasses.fields(config):
        origin = (origins or {}).get(item.name, "default")
        print(f"{item.name:24} {getattr(config, item.name)}  ({origin})", flush=True)
    made_by = commit()  # of the code that runs: the checkout may move on meanwhile
    torch.set_num_threads(1)
    torch.manual_seed(config.seed)
    config.out.mkdir(parents=True, exist_ok=True)

    tokenizer = learn_tokenizer(config)
    tokenizer.save(str(config.out / "tokenizer.json"), pretty=False)
    network = Network(config.shape)
    parameters = sum(p.numel() for p in network.parameters())
    print(f"{parameters:,} parameters", flush=True)
    optimizers = optimizers_of(network, config)
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, config))
        for optimizer in optimizers
    ]
    data = batches(
        tokenizer,
        seed=config.seed,
        tokens_per_batch=config.tokens_per_batch,
        context=config.shape.context,
    )

    fed, losses = hashlib.sha256(), []
    began, seen = time.monotonic(), 0
    for step in range(config.steps):
        ids, said, real = next(data)
        fed.update(ids.tobytes())
        seen += int(real.sum())
        weights = torch.from_numpy(said).float()  # (B, T)
        if step < config.prose_steps:
            weights += config.prose * torch.from_numpy(real & ~said).float()
        with torch.autocast("cpu", torch.bfloat16, enabled=config.bfloat16):
            loss = answer_loss(network, torch.from_numpy(ids), weights)
        network.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            schedule.step()
        losses.append(loss.item())
        if step % 100 == 99 or step == config.steps - 1:
            spent = time.monotonic() - began
            left = spent / (step + 1) * (config.steps - step - 1)
            recent = sum(losses[-100:]) / len(losses[-100:])
            print(
                f"step {step + 1:6}/{config.steps}  loss {recent:.4f}  {seen / spent:,.0f} tokens/s"
                f"  {left / 60:.1f} min left",
                flush=True,
            )

    # What is served is float16: measure that, not a better twin of it.
    export(network, config.out / "model.onnx", metadata={"context": str(config.shape.context)})
    card = {
        "name": "builtin",
        "terms": TERMS,
        "settings": {k: str(v) if k == "out" else v for k, v in dataclasses.asdict(config).items()},
        "parameters": parameters,
        "data_sha256": fed.hexdigest(),
        "tokens_seen": seen,
        "commit": made_by,
        "torch": torch.__version__,
        "training_seconds": round(time.monotonic() - began),
        "loss_first": losses[0],
        "loss_last": sum(losses[-50:]) / len(losses[-50:]),
        "bytes": {p: (config.out / p).stat().st_size for p in ("model.onnx", "tokenizer.json")},
        "accuracy": evaluate.measure(config.out, per_split=config.held_out, seed=config.seed),
    }
    card["settings"].pop("out")
    (config.out / "card.json").write_text(json.dumps(card, indent=1) + "\n")
    return card


def learn_tokenizer(config: Config) -> Tokenizer:
    """Byte-level BPE on the generator's own texts: reads anything, its own words briefly."""
    rng = random.Random(config.seed + 1)
    texts = (
        message.text for _ in range(config.tokenizer_conversations) for message in ask(rng).messages
    )
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=config.shape.vocabulary - MARKS,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    if tokenizer.get_vocab_size() != config.shape.vocabulary - MARKS:
        raise ValueError("too little text for this vocabulary: raise tokenizer_conversations")
    return tokenizer


def optimizers_of(network: Network, config: Config) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the blocks, AdamW for the embedding and the norms.

    Muon (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon) makes each matrix's update
    orthogonal. Scaled to AdamW's size, it shares AdamW's rate.
    """
    inside = [w for w in network.blocks.parameters() if w.dim() == 2]
    others = [w for w in network.parameters() if not any(w is m for m in inside)]
    decay = config.weight_decay
    return [
        torch.optim.Muon(
            inside, lr=config.peak_rate, weight_decay=decay, adjust_lr_fn="match_rms_adamw"
        ),
        torch.optim.AdamW(others, lr=config.peak_rate, betas=(0.9, 0.98), weight_decay=decay),
    ]


def rate(step: int, config: Config) -> float:
    """Share of the peak rate: linear warm-up, then a cosine to 0."""
    if step < config.warmup_steps:
        return (step + 1) / config.warmup_steps
    done = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
    return 0.5 * (1 + math.cos(math.pi * done))


def answer_loss(network: Network, ids: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Weighted cross-entropy of the next token, in nats per unit of weight.

    sum_t w_t * -log p(ids_t | ids_<t) / sum_t w_t. At random it is about log V; 0 when every
    weighted token is certain. Logits are made only where the weight is not 0.

    Args:
        ids: (B, T).
        weights: (B, T), >= 0, of each token as a target.
    """
    hidden = network.hidden(ids[:, :-1])  # (B, T - 1, D)
    weights = weights[:, 1:]
    kept = weights > 0
    logits = network.logits(hidden[kept]).float()  # (N, V)
    each = functional.cross_entropy(logits, ids[:, 1:][kept], reduction="none")
    return (each * weights[kept]).sum() / weights.sum()


def commit() -> str:
    """The code's commit, "+" when the tree differs from it, or "unknown" outside a checkout."""
    try:
        at = _git("rev-parse", "HEAD")
        return at + ("+" if _git("status", "--porcelain", "--", "recipes/builtin") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], check=True, capture_output=True, text=True, cwd=Path(__file__).parent
    ).stdout.strip()


def from_command_line(words: list[str] | None = None) -> tuple[Config, dict[str, str]]:
    parser = argparse.ArgumentParser(description=__doc__)
    plain = [item for item in dataclasses.fields(Config) if item.name != "shape"]
    default = Config()
    for item in [*plain, *dataclasses.fields(Shape)]:
        owner: Any = default if item in plain else default.shape
        kind = type(getattr(owner, item.name))
        parser.add_argument(
            "--" + item.name.replace("_", "-"),
            type=(lambda word: word == "true") if kind is bool else kind,
            help=f"default {getattr(owner, item.name)}",
        )
    given = {k: v for k, v in vars(parser.parse_args(words)).items() if v is not None}
    sizes = {
        item.name: given.pop(item.name) for item in dataclasses.fields(Shape) if item.name in given
    }
    origins = dict.fromkeys([*given, *(["shape"] if sizes else [])], "command line")
    return Config(**given, shape=dataclasses.replace(default.shape, **sizes)), origins


if __name__ == "__main__":
    main(*from_command_line())
