"""The three objectives as trainers: two of TRL's, and one of ours for what TRL lacks.

    sequence    SequenceTrainer    trl.SFTTrainer, in an order of ours
    top-k       TopKTrainer        transformers.Trainer with `losses.top_k_divergence`
    on-policy   trl.DistillationTrainer

All get tokens and targets that `conversation` made together: none of them applies a template,
builds a mask or cuts a row (TRL applies the template to prompts of on-policy runs, where there is
no answer to mask).
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import accelerate
import peft
import torch
import transformers
import trl
from datasets import Dataset
from torch import Tensor

from stillhouse.training.conversation import Turn, messages
from stillhouse.training.losses import top_k_divergence
from stillhouse.training.order import ByLength

if TYPE_CHECKING:
    from stillhouse.training.hub import Loaded
    from stillhouse.training.preflight import Examined
    from stillhouse.training.recorded import Ranked
    from stillhouse.training.settings import Config


def say(text: str) -> None:
    """To whoever watches; stdout is the answer's, of a command that was asked for JSON."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def trainer_of(
    config: Config,
    loaded: Loaded,
    teacher: Loaded | None,
    examined: Examined,
    turns: Sequence[Turn],
    tops: Sequence[Sequence[Ranked]],
    *,
    work: Path,
) -> transformers.Trainer:
    """The trainer of the objective; what can be the same for all three is."""
    cpu = not torch.cuda.is_available()
    plain: dict[str, Any] = {
        "output_dir": str(work),
        "num_train_epochs": config.epochs,
        "per_device_train_batch_size": config.batch,
        "gradient_accumulation_steps": config.accumulate,
        "learning_rate": config.rate,
        "warmup_steps": config.warmup,  # below one it is a share
        "weight_decay": config.weight_decay,
        "lr_scheduler_type": "cosine",
        "max_grad_norm": 1.0,
        "seed": config.seed,
        "data_seed": config.seed,
        "bf16": config.bfloat16,
        "use_cpu": cpu,
        "gradient_checkpointing": config.checkpointing,
        "save_strategy": "steps",
        "save_steps": config.save_every,
        "save_total_limit": 2,
        "logging_steps": 50,
        "report_to": [],
        "disable_tqdm": not sys.stderr.isatty(),
        "dataloader_pin_memory": not cpu,
        "remove_unused_columns": False,
        # Every weight takes part in every step: looking for those that do not costs each a walk.
        "ddp_find_unused_parameters": False,
    }
    order = ByLength(
        [len(turn.ids) for turn in turns],
        batch=config.batch * config.accumulate * accelerate.PartialState().num_processes,
        seed=config.seed,
    )
    lora = (
        peft.LoraConfig(
            r=config.lora_rank,
            lora_alpha=config.lora_alpha,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        if config.lora_rank
        else None
    )
    tokenizer = loaded.tokenizer
    match config.objective:
        case "sequence":
            return SequenceTrainer(
                order=order,
                model=loaded.model,
                args=trl.SFTConfig(
                    **plain,
                    max_length=None,
                    dataset_kwargs={"skip_prepare_dataset": True},
                ),
                train_dataset=Dataset.from_list(
                    [{"input_ids": list(t.ids), "labels": t.labels} for t in turns]
                ),
                processing_class=tokenizer,
                peft_config=lora,
            )
        case "top-k":
            model = peft.get_peft_model(loaded.model, lora) if lora else loaded.model
            return TopKTrainer(
                order=order,
                model=model,
                args=transformers.TrainingArguments(**plain),
                train_dataset=Dataset.from_list(
                    [
                        {
                            "ids": list(turn.ids),
                            "prompt": turn.prompt,
                            "top_ids": [[i for i, _ in ranked] for ranked in top],
                            "top_nats": [[nats for _, nats in ranked] for ranked in top],
                        }
                        for turn, top in zip(turns, tops, strict=True)
                    ]
                ),
                data_collator=Collate(tokenizer.pad_token_id),
                processing_class=tokenizer,
            )
        case "on-policy":
            if teacher is None:
                raise TypeError("an on-policy run has a teacher")
            tokenizer.padding_side = "left"
            return trl.DistillationTrainer(
                model=loaded.model,
                teacher_model=teacher.model,
                args=trl.DistillationConfig(
                    **plain,
                    beta=config.beta,
                    temperature=config.temperature,
                    max_completion_length=config.answer_tokens,
                    chat_template_kwargs=dict(config.template),
                ),
                train_dataset=Dataset.from_list(
                    [{"prompt": messages(row)} for row, _ in examined.kept]
                ),
                processing_class=tokenizer,
                peft_config=lora,
            )


@dataclasses.dataclass(frozen=True, slots=True)
class Collate:
    """Rows -> one batch, padded on the left so that all answers end together.

    With S the longest answer, only the last S + 1 positions need logits: a prompt of a thousand
    tokens costs no (T, V).
    """

    pad: int

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        longest = max(len(row["ids"]) for row in rows)
        said = max(len(row["top_ids"]) for row in rows)
        most = max(len(ranked) for row in rows for ranked in row["top_ids"])
        ids = torch.full((len(rows), longest), self.pad)  # (B, T)
        real = torch.zeros_like(ids)
        labels = torch.full_like(ids, -100)
        top_ids = torch.zeros(len(rows), said, most, dtype=torch.long)  # (B, S, K)
        top_nats = torch.full((len(rows), said, most), -torch.inf)
        for at, row in enumerate(rows):
            length, answer = len(row["ids"]), len(row["top_ids"])
            ids[at, longest - length :] = torch.tensor(row["ids"])
            real[at, longest - length :] = 1
            labels[at, longest - answer :] = torch.tensor(row["ids"][row["prompt"] :])
            for place, (numbers, nats) in enumerate(
                zip(row["top_ids"], row["top_nats"], strict=True), start=said - answer
            ):
                top_ids[at, place, : len(numbers)] = torch.tensor(numbers)
                top_nats[at, place, : len(nats)] = torch.tensor(nats)
        return {
            "input_ids": ids,
            "attention_mask": real,
            "position_ids": (real.cumsum(-1) - 1).clamp(min=0),
            "labels": labels,
            "top_ids": top_ids,
            "top_nats": top_nats,
        }


class SequenceTrainer(trl.SFTTrainer):  # type: ignore[misc] # trl is not followed
    """TRL's, in an order of ours."""

    def __init__(self, *, order: ByLength, **given: Any) -> None:
        self._order = order
        super().__init__(**given)

    def _get_train_sampler(self, *_: Any) -> ByLength:
        return self._order


class TopKTrainer(transformers.Trainer):  # type: ignore[misc] # transformers is not followed
    """transformers' Trainer with `top_k_divergence` for its loss."""

    loss_is_scaled_for_ga = True

    def __init__(self, *, order: ByLength, **given: Any) -> None:
        self._order = order
        super().__init__(**given)
        self.model_accepts_loss_kwargs = True  # asks it to count the labels of a whole update

    def _get_train_sampler(self, *_: Any) -> ByLength:
        return self._order

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,  # noqa: FBT001, FBT002 the library's signature
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        said = inputs["top_ids"].shape[1]
        output = model(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            position_ids=inputs["position_ids"],
            logits_to_keep=said + 1,
            use_cache=False,
        )
        loss = top_k_divergence(
            output.logits[:, :-1],  # (B, S, V): each predicts the token after it
            inputs["top_ids"],
            inputs["top_nats"],
            inputs["labels"][:, -said:] != -100,
            count=num_items_in_batch,
        )
        if self.args.average_tokens_across_devices and num_items_in_batch is not None:
            loss = loss * self.accelerator.num_processes  # the gradients are averaged over them
        return (loss, output) if return_outputs else loss


class Moved(transformers.TrainerCallback):  # type: ignore[misc] # transformers is not followed
    """Tells how far a run is."""

    def __init__(self, moved: Callable[[float], None]) -> None:
        self._moved = moved

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._moved(state.global_step / max(1, state.max_steps))
