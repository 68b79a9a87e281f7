"""Train a causal model on a teacher's answers: `python -m stillhouse.training.causal RUN.toml`.

    examples -> preflight -> tokens and mask -> one of three objectives -> weights, tokenizer, card

    sequence    cross-entropy of the teacher's text (TRL's SFTTrainer); sequence-level distillation
                (Kim and Rush, 2016, arXiv:1606.07947), and also plain fine-tuning on gold
    top-k       divergence from its recorded log-probabilities (`losses.top_k_divergence`);
                proven tokenizers only
    on-policy   the student speaks, a local teacher corrects every token (TRL's
                DistillationTrainer; Agarwal et al., 2023, arXiv:2306.13649)

All weights, or LoRA (`lora_rank`), merged at the end: what is served is one set of weights. The
same script runs on a CPU, on a GPU, or on many (`accelerate launch -m ...`).

Posture: fails closed. Nothing is trained before the preflight has passed; a killed run continues
from its last whole checkpoint when it is started again with equal settings and data; the student's
folder appears by one rename, so there is never half of one. On a CPU with equal libraries the same
inputs give the same bytes, killed on the way or not.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import accelerate
import peft
import torch
import transformers
import trl

from stillhouse.distill import example
from stillhouse.distill.example import Example
from stillhouse.training import hub, preflight, vocabulary
from stillhouse.training.conversation import Turn
from stillhouse.training.digests import files_sha256, weights_sha256
from stillhouse.training.preflight import Examined, PreflightError
from stillhouse.training.recorded import Ranked, UnalignedError, reader
from stillhouse.training.resume import begin, last_checkpoint
from stillhouse.training.settings import BadSettingsError, Config, from_command_line, printed
from stillhouse.training.trainers import Moved, say, trainer_of

Card = dict[str, Any]
CARD: Final = "causal.json"
WORK: Final = ".work"
"""suffix of the folder beside the student's that holds checkpoints while a run is under way"""


class BadRowsError(ValueError):
    """The file of examples is not what it should be; the message names the line."""


def main(
    config: Config,
    origins: Mapping[str, str] | None = None,
    *,
    moved: Callable[[float], None] = lambda _: None,
) -> Card:
    """Train, save, and return the card, which also lies beside the weights.

    `moved` is told the share of the updates that is done, after each.

    Raises:
        BadRowsError, NotLoadableError, PreflightError, ForeignTokenizerError: nothing was trained.
    """
    state = accelerate.PartialState(cpu=not torch.cuda.is_available())
    first = state.is_main_process  # only one of the processes talks and writes
    if first:
        say(printed(config, origins or {}))
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.use_deterministic_algorithms(True, warn_only=state.device.type != "cpu")
    # Its other half fills every new buffer, to show reads before writes: twice the time of a run.
    torch.utils.deterministic.fill_uninitialized_memory = False
    transformers.set_seed(config.seed)
    if not sys.stderr.isatty():
        transformers.utils.logging.disable_progress_bar()

    rows, data_sha256 = read(Path(config.data))
    # An adapter's base is frozen, so half of its bits suffice; what is trained keeps all of them.
    dtype = torch.bfloat16 if config.bfloat16 and config.lora_rank else torch.float32
    loaded = hub.load(config.base, revision=config.revision or None, dtype=dtype)
    card: Card = {
        "form": "causal",
        "settings": told(config),
        "data_sha256": data_sha256,
        "base": described(loaded),
        "libraries": versions(),
        "commit": commit(),  # now: the checkout may move on meanwhile
    }
    examined = preflight.examine(
        loaded,
        rows,
        max_tokens=config.max_tokens,
        over_length=config.over_length,
        settings=config.template,
    )
    teacher = teacher_of(config, loaded)
    card["teacher"] = described(teacher) if teacher else None
    turns, tops, unaligned = recorded(config, loaded, examined)
    key = hashlib.sha256(json.dumps(card).encode()).hexdigest()  # of all that decides the run
    card["preflight"] = examined.card() | {"learned_from_text_alone": unaligned}
    card["rehearsal"] = None
    if config.smoke_prompts:
        card["rehearsal"] = preflight.rehearse(
            loaded,
            examined,
            prompts=config.smoke_prompts,
            steps=config.smoke_steps,
            rate=config.smoke_rate or 10 * config.rate,
            seed=config.seed,
            device=state.device,
        ).card()
    if first:
        say(f"preflight   {card['preflight']}")
        say(f"rehearsal   {card['rehearsal'] or 'left out (smoke_prompts = 0)'}")

    out = Path(config.out)
    work = out.with_name(out.name + WORK)
    with state.main_process_first():
        resumed = begin(work, key) if first else last_checkpoint(work)
    trainer = trainer_of(config, loaded, teacher, examined, turns, tops, work=work)
    trainer.remove_callback(transformers.PrinterCallback)  # it writes to stdout
    trainer.add_callback(Moved(moved))
    began = time.monotonic()
    trainer.train(resume_from_checkpoint=None if resumed is None else str(resumed))
    seconds = time.monotonic() - began

    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    card |= {
        "updates": trainer.state.global_step,
        "processes": state.num_processes,
        "loss_first": losses[0] if losses else None,
        "loss_last": losses[-1] if losses else None,
    }
    # Collective under FSDP: every process comes here, the first one writes.
    weights = trainer.accelerator.get_state_dict(trainer.model)
    if first:
        model = trainer.accelerator.unwrap_model(trainer.model)
        card |= save(work / "student", model, weights, loaded, config)
        (work / "student" / CARD).write_text(json.dumps(card, indent=1) + "\n")
        shutil.rmtree(out, ignore_errors=True)
        (work / "student").rename(out)
        shutil.rmtree(work)
    state.wait_for_everyone()
    # What a clock or a kill decides is told, and not written: equal runs leave equal folders.
    resumed_at = int(resumed.name.partition("-")[2]) if resumed else 0
    return card | {"seconds": round(seconds, 1), "resumed_at": resumed_at}


def save(
    folder: Path, model: Any, weights: Mapping[str, Any], loaded: hub.Loaded, config: Config
) -> Card:
    """Write weights and tokenizer, an adapter merged into them; say what they are."""
    if config.lora_rank:
        model.load_state_dict(weights)
        model = model.merge_and_unload()
        weights = model.state_dict()
    model.config.use_cache = True
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder, state_dict=weights)
    loaded.tokenizer.save_pretrained(folder)
    return {
        "weights_sha256": files_sha256(folder),
        "parameters": sum(weight.numel() for weight in model.parameters()),
    }


def described(loaded: hub.Loaded) -> Card:
    """Which weights these are. Of a folder only its name: where it lay says nothing."""
    name = loaded.name if loaded.revision else Path(loaded.name).name
    return {
        "name": name,
        "revision": loaded.revision,
        "sha256": weights_sha256(loaded.model),
    }


def read(file: Path) -> tuple[list[Example], str]:
    """The examples, and the SHA-256 of their file.

    Raises:
        BadRowsError: no file, no rows, or a line that is no example.
    """
    try:
        data = file.read_bytes()
    except OSError as cause:
        raise BadRowsError(f"{file}: {cause.strerror}.") from cause
    rows = []
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            rows.append(example.read(line))
        except ValueError as cause:
            raise BadRowsError(f"{file}, line {number}: {cause}.") from cause
    if not rows:
        raise BadRowsError(f"{file} has no rows.")
    return rows, hashlib.sha256(data).hexdigest()


def teacher_of(config: Config, student: hub.Loaded) -> hub.Loaded | None:
    """The local teacher of an on-policy run, its tokens proven to be the student's.

    Raises:
        ForeignTokenizerError: for on-policy and top-k runs; a run on text alone needs no proof.
    """
    if config.objective == "sequence":
        return None
    if config.objective == "top-k" and not config.teacher:
        vocabulary.prove_digest(student.tokenizer, config.teacher_tokenizer)
        return None
    dtype = torch.bfloat16 if config.bfloat16 else torch.float32
    teacher = hub.load(config.teacher, revision=config.teacher_revision or None, dtype=dtype)
    vocabulary.prove_same(student.tokenizer, teacher.tokenizer)
    vocabulary.cut(teacher.model, teacher.tokenizer)
    return teacher if config.objective == "on-policy" else None


def recorded(
    config: Config, loaded: hub.Loaded, examined: Examined
) -> tuple[list[Turn], list[list[Ranked]], int]:
    """Turns, and for each token said its recorded distribution; and how many rows had none.

    Where nothing is recorded, the token said stands with probability one (0 nats).
    """
    turns, tops, unaligned = [], [], 0
    by_text = reader(loaded.tokenizer) if config.objective == "top-k" else None
    for row, turn in examined.kept:
        said: tuple[int, ...] = turn.said
        top: list[Ranked] = [((token, 0.0),) for token in said]
        if by_text is not None:
            try:
                found = by_text.read(row.steps, answer=row.output)
            except UnalignedError:
                unaligned += 1
            else:
                said = (*found.ids, turn.said[-1])
                top = [*found.top, ((turn.said[-1], 0.0),)]
        turns.append(Turn((*turn.ids[: turn.prompt], *said), turn.prompt))
        tops.append(top)
    if by_text is not None and unaligned == len(turns):
        why = (
            "No row has log-probabilities that spell its answer: capture them (logprobs and "
            'top_logprobs in the requests), or say objective = "sequence".'
        )
        raise PreflightError([why])
    return turns, tops, unaligned


def told(config: Config) -> dict[str, Any]:
    """The settings as the card tells them: without paths, which say nothing of the student."""
    settings = dataclasses.asdict(config)
    for path in ("data", "out", "base", "teacher"):
        settings.pop(path)
    return settings | {"template": dict(config.template)}


def versions() -> dict[str, str]:
    libraries = (torch, transformers, trl, peft, accelerate)
    return {library.__name__: str(library.__version__) for library in libraries}


def commit() -> str:
    """The code's commit, "+" when the tree differs from it, or "unknown" outside a checkout."""
    try:
        at = _git("rev-parse", "HEAD")
        return at + ("+" if _git("status", "--porcelain", "--", "src/stillhouse") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*words: str) -> str:
    root = Path(__file__).parents[3]
    return subprocess.run(  # noqa: S603 words of ours
        ["git", *words],  # noqa: S607 whichever git this checkout was made with
        check=True,
        capture_output=True,
        text=True,
        cwd=root,
    ).stdout.strip()


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        main(*from_command_line())
    except (
        BadSettingsError,
        BadRowsError,
        hub.NotLoadableError,
        PreflightError,
        vocabulary.ForeignTokenizerError,
    ) as cause:
        sys.exit(str(cause))
