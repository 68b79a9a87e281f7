"""Models and tokenizers from a folder or a hub, safely; and small new ones of the same families.

Posture: fails closed. A hub's model is loaded only at a pinned revision (a full commit hash: a
branch or a tag can be moved by its owner), only from safetensors (a pickle runs code when it is
read), and never with code of its own. A folder is loaded as it is, by the same rules but the pin.

    load("meta-llama/Llama-3.2-1B", revision="4e20de36...")    from a hub, or its cache offline
    load("build/teacher")                                      from a folder

Families: any causal model that transformers itself implements; Llama, Qwen and Gemma are tested.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedTokenizerFast,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from transformers import PreTrainedModel

COMMIT: Final = re.compile(r"[0-9a-f]{40}")
FAMILIES: Final = {"llama": "llama", "qwen": "qwen3", "gemma": "gemma3_text"}
"""what a small new model may be -> transformers' name of it"""
PAD, END, ROLE_SYSTEM, ROLE_USER, ROLE_ASSISTANT = (
    "<pad>",
    "<end>",
    "<system>",
    "<user>",
    "<assistant>",
)
MARKS: Final = (PAD, END, ROLE_SYSTEM, ROLE_USER, ROLE_ASSISTANT)
SHORT_TEMPLATE: Final = (
    "{% for message in messages %}"
    "{{ '<' + message.role + '>' + message.content + '<end>' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}"
)
"""two marks a message: a small model's context is not to be spent on headers"""


class NotLoadableError(ValueError):
    """A model cannot be taken as named. The operator's to mend: the message says how."""


@dataclass(frozen=True, slots=True)
class Loaded:
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerFast
    name: str
    revision: str | None  # None: a folder


def load(name: str, *, revision: str | None = None, dtype: torch.dtype = torch.float32) -> Loaded:
    """A causal model and its tokenizer.

    Raises:
        NotLoadableError: no revision for a hub's model, no safetensors, no fast tokenizer, code of
            its own, or nothing there.
    """
    folder = Path(name).is_dir()
    if folder:
        _refuse_pickles(Path(name))
        revision = None
    elif revision is None or not COMMIT.fullmatch(revision):
        raise NotLoadableError(
            f"{name!r} is not a folder, so it is a hub's model and needs a revision: the full "
            "commit hash (40 hex digits) that the hub shows under 'Files'. Branches and tags move."
        )
    where: dict[str, Any] = {"revision": revision, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, **where)
        model = AutoModelForCausalLM.from_pretrained(
            name, use_safetensors=True, dtype=dtype, **where
        )
    except (OSError, ValueError, KeyError) as cause:
        raise NotLoadableError(
            f"{name!r} cannot be loaded: {str(cause).splitlines()[0]}"
        ) from cause
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise NotLoadableError(
            f"{name!r} has no tokenizer.json: save its fast tokenizer beside it and try again."
        )
    return Loaded(model, tokenizer, name, revision)


def _refuse_pickles(folder: Path) -> None:
    if not any(folder.glob("*.safetensors")):
        found = sorted(p.name for p in folder.glob("*.bin"))
        what = (
            f"only {found[0]}, a pickle, which runs code when it is read" if found else "no weights"
        )
        raise NotLoadableError(
            f"{str(folder)!r} has {what}. Load it where you trust it and save it again with "
            "save_pretrained, which writes safetensors."
        )


def learn_tokenizer(texts: Iterable[str], *, tokens: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE of `tokens` tokens, five marks among them, with the short template."""
    learned = Tokenizer(models.BPE())
    learned.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    learned.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=tokens,
        special_tokens=list(MARKS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    learned.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=learned, pad_token=PAD, eos_token=END, clean_up_tokenization_spaces=False
    )
    tokenizer.chat_template = SHORT_TEMPLATE
    return tokenizer


def fresh(
    family: str,
    tokenizer: PreTrainedTokenizerFast,
    *,
    width: int,
    layers: int,
    heads: int,
    inner: int,
    context: int,
    seed: int,
) -> PreTrainedModel:
    """A new model with random weights: what a student starts from where no weights may be had."""
    torch.manual_seed(seed)
    return AutoModelForCausalLM.from_config(
        AutoConfig.for_model(
            FAMILIES[family],
            vocab_size=len(tokenizer),
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            num_key_value_heads=heads,
            head_dim=width // heads,
            intermediate_size=inner,
            max_position_embeddings=context,
            tie_word_embeddings=True,
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
        )
    )


def save(folder: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> None:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
