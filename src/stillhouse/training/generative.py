"""Fit a causal student: the pipeline's rows -> a run of `causal` -> what the manifest says.

`settings.extra` holds settings of `settings.Config` by name. `base` names a folder or a hub's
model; "new", the default, is a small Llama with random weights and a tokenizer learned from these
rows: enough for short answers to narrow questions, needing nobody's weights, and nothing more.

Short answers are compared with the teacher's on `valid` and a threshold is chosen, on the
probability of the whole answer. Long ones differ in words without being wrong: no threshold then,
agreement is told, and whether the student may serve is for the evaluation to say.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from stillhouse.distill.answer import Answer
from stillhouse.distill.artefact import DamagedError, Manifest
from stillhouse.distill.example import Example, agree, written
from stillhouse.distill.threshold import Cut, threshold
from stillhouse.training import causal, chat, hub, validation
from stillhouse.training.conversation import BrokenTemplateError, messages, template
from stillhouse.training.fitting import Fitted, Settings, UnfitError
from stillhouse.training.preflight import PreflightError
from stillhouse.training.settings import BadSettingsError, resolve
from stillhouse.training.speaking import Wish, answers
from stillhouse.training.vocabulary import ForeignTokenizerError, spell
from stillhouse.wire import fields

NEW: Final = "new"
NEW_SIZES: Final = {"width": 96, "layers": 2, "heads": 4, "inner": 256}
NEW_TOKENS: Final = 1_000
NEW_DEFAULTS: Final = {
    "rate": 3e-3, "epochs": 20.0, "max_tokens": 512, "smoke_steps": 150, "smoke_rate": 5e-3,
}  # fmt: skip
SHORT_TOKENS: Final = 16
"""median length of the teacher's answers up to which equal words are asked for"""
JUDGED: Final = 2_000
"""rows of `valid` that are answered: enough for a threshold"""


def fit(
    train: Sequence[Example],
    valid: Sequence[Example],
    *,
    settings: Settings,
    folder: Path,
    moved: Callable[[float], None],
) -> Fitted:
    """Train into `folder`, and choose below which confidence the teacher answers.

    Raises:
        UnfitError: with the next step.
    """
    extra = {name: value for name, value in settings.extra.items() if name != "form"}
    work = folder.with_name(folder.name + ".rows")
    work.mkdir(exist_ok=True)
    (work / "rows.jsonl").write_bytes(b"".join(written(row) + b"\n" for row in train))
    try:
        if extra.get("base", NEW) == NEW:
            extra = {**NEW_DEFAULTS, **extra, "base": str(work / NEW)}
            begin_new(work / NEW, train, context=int(extra["max_tokens"]), seed=settings.seed)
        config, origins = resolve(
            extra,
            {
                "data": str(work / "rows.jsonl"),
                "out": str(folder),
                "seed": settings.seed,
                "threads": settings.threads,
            },
        )
        card = causal.main(config, origins, moved=moved)
        choose = validation.chosen if settings.apart else threshold
        metrics, cut = judged(
            folder, valid, lambda p: choose(p, target=settings.target), dict(config.template)
        )
    except (
        BadSettingsError,
        PreflightError,
        ForeignTokenizerError,
        BrokenTemplateError,
        hub.NotLoadableError,
    ) as cause:
        raise UnfitError(str(cause)) from cause
    shutil.rmtree(work)
    new = settings.extra.get("base", NEW) == NEW
    named = card["base"]
    return Fitted(
        kind="generative",
        form="causal",
        files=tuple(sorted(p.name for p in folder.iterdir())),
        model={"template": dict(config.template), "parameters": card["parameters"]},
        threshold=cut,
        metrics=metrics,
        base="" if new else f"{named['name']}@{named['revision'] or named['sha256'][:12]}",
    )


def answering(manifest: Manifest, folder: Path) -> Callable[[bytes], Answer]:
    """What answers a request's body, one at a time: the same steps as the server's.

    Raises:
        DamagedError: the folder holds no model that can be served.
    """
    try:
        loaded = hub.load(str(folder))
        how = template(loaded.model, loaded.tokenizer, manifest.model.get("template", {}))
    except (hub.NotLoadableError, BrokenTemplateError) as cause:
        raise DamagedError(str(cause)) from cause
    model, spelled = loaded.model.eval(), spell(loaded.tokenizer)
    context = int(model.config.max_position_embeddings)

    def answer(body: bytes) -> Answer:
        try:
            asked = chat.asked(
                fields.parse(body),
                how,
                context=context,
                intake=manifest.intake,
                sure=True,
                entropy=0,
            )
        except chat.DeclinedError as declined:
            return Answer("", 0.0, False, declined.why)
        except fields.Refused:
            return Answer("", 0.0, False, "not_plain")
        choice = chat.Choice(spelled, asked.stops)
        [tokens] = answers(model, [asked.ids], asked.wish, stops=how.stops)
        text = "".join(choice.hear(token).text for token in tokens)
        if not text or tokens[-1].finish != "stop":
            return Answer("", choice.confidence, False, "incomplete")
        kept = choice.confidence >= manifest.threshold
        return Answer(text, choice.confidence, kept, "" if kept else "low_confidence")

    return answer


def begin_new(folder: Path, rows: Sequence[Example], *, context: int, seed: int) -> None:
    """A small model that has read nothing, and a tokenizer of these rows."""
    texts = [text for row in rows for text in (*(turn.text for turn in row.turns), row.output)]
    tokenizer = hub.learn_tokenizer(texts, tokens=NEW_TOKENS)
    hub.save(
        folder, hub.fresh("llama", tokenizer, **NEW_SIZES, context=context, seed=seed), tokenizer
    )


def judged(
    folder: Path,
    valid: Sequence[Example],
    choose: Callable[[list[tuple[float, bool]]], Cut],
    settings: dict[str, Any],
) -> tuple[dict[str, Any], float]:
    """What the student says to rows that it has not learned; and the threshold, by `choose`."""
    loaded = hub.load(str(folder))
    how = template(loaded.model, loaded.tokenizer, settings)
    context = int(loaded.model.config.max_position_embeddings)
    prompts = {
        at: ids
        for at, row in enumerate(valid[:JUDGED])
        if len(ids := how.opening(messages(row))) < context
    }
    if not prompts:
        return {"valid": 0}, 0.0
    lengths = [len(how.tokenizer(valid[at].output)["input_ids"]) for at in prompts]
    limit = min(2 * max(lengths) + 8, *(context - len(ids) for ids in prompts.values()))
    told = answers(
        loaded.model.eval(),
        list(prompts.values()),
        Wish(limit=max(1, limit), top=0),
        stops=how.stops,
    )
    spelled = spell(loaded.tokenizer)
    pairs, stopped = [], 0
    for at, tokens in zip(prompts, told, strict=True):
        choice = chat.Choice(spelled, ())
        text = "".join(choice.hear(token).text for token in tokens)
        stopped += tokens[-1].finish == "stop"
        pairs.append((choice.confidence, agree(text, valid[at].output)))
    metrics = {
        "valid": len(pairs),
        "agreement": round(sum(same for _, same in pairs) / len(pairs), 4),
        "stopped": round(stopped / len(pairs), 4),
    }
    if statistics.median(lengths) > SHORT_TOKENS:
        return metrics, 0.0
    cut = choose(pairs)
    return metrics | {
        "kept": round(cut.kept, 4),
        "agreement_kept": round(cut.right, 4),
    }, cut.threshold
