"""A student that was made here, as llama.cpp reads it: `python -m stillhouse.training.gguf FOLDER`.

    weights, tokenizer, template ─► FOLDER/student.gguf

llama.cpp's own converter is for the models of hubs: it knows a tokenizer by the hash of what it
does, and refuses one that was learned here. This one is for those alone: a Llama with one embedding
for input and output, a byte-level BPE, 32-bit weights. The format is public (ggml/docs/gguf.md,
version 3): a head, what is said of the model, what tensors there are, their numbers.

llama.cpp turns neighbours by one angle where transformers turns halves, so the rows of queries and
keys change places.
"""

from __future__ import annotations

import argparse
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from stillhouse.training import hub
from stillhouse.training.runtimes import NotRunnableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import torch
    from transformers import PreTrainedTokenizerFast

FILE = "student.gguf"
ALIGNED = 32
F32, NORMAL, CONTROL = 0, 1, 3
LAYER = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="stillhouse.training.gguf", description=__doc__)
    parser.add_argument("folder", type=Path, help="the student's folder")
    folder = parser.parse_args(words).folder
    try:
        loaded = hub.load(str(folder))
        written = write(folder / FILE, loaded.model, loaded.tokenizer)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(written)  # noqa: T201 what it made


def write(file: Path, model: Any, tokenizer: PreTrainedTokenizerFast) -> Path:
    """Write it whole, by one rename.

    Raises:
        NotRunnableError: a model of another kind.
    """
    _refuse_others(model.config, tokenizer)
    said = {"general.architecture": "llama", "general.name": file.stem}
    said |= _shape(model.config) | _words(tokenizer)
    tensors = dict(_tensors(model))
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(said))
    head += b"".join(_string(name) + _value(value) for name, value in said.items())
    at = 0
    for name, tensor in tensors.items():
        head += _string(name) + struct.pack("<I", tensor.dim())
        head += struct.pack(f"<{tensor.dim()}Q", *reversed(tensor.shape))
        head += struct.pack("<IQ", F32, at)
        at += -(-4 * tensor.numel() // ALIGNED) * ALIGNED
    part = file.with_suffix(".part")
    with part.open("wb") as out:
        out.write(_padded(head))
        for tensor in tensors.values():
            out.write(_padded(tensor.float().contiguous().numpy().tobytes()))
    part.rename(file)
    return file


def _refuse_others(config: Any, tokenizer: PreTrainedTokenizerFast) -> None:
    marks = [tokenizer.backend_tokenizer.id_to_token(at) for at in range(len(hub.MARKS))]
    plain = (
        config.model_type == "llama"
        and config.tie_word_embeddings
        and config.rope_parameters["rope_type"] == "default"
        and not (config.attention_bias or config.mlp_bias)
    )
    if not plain or tuple(marks) != hub.MARKS:
        raise NotRunnableError(
            "this writes models that Stillhouse made anew, and this one began as another's: take "
            "llama.cpp's convert_hf_to_gguf.py."
        )


def _shape(config: Any) -> dict[str, Any]:
    said = {
        "context_length": config.max_position_embeddings,
        "embedding_length": config.hidden_size,
        "block_count": config.num_hidden_layers,
        "feed_forward_length": config.intermediate_size,
        "attention.head_count": config.num_attention_heads,
        "attention.head_count_kv": config.num_key_value_heads,
        "attention.layer_norm_rms_epsilon": float(config.rms_norm_eps),
        "rope.dimension_count": config.head_dim,
        "rope.freq_base": float(config.rope_parameters["rope_theta"]),
        "vocab_size": config.vocab_size,
    }
    return {f"llama.{name}": value for name, value in said.items()}


def _words(tokenizer: PreTrainedTokenizerFast) -> dict[str, Any]:
    inner = tokenizer.backend_tokenizer
    tokens = [inner.id_to_token(i) for i in range(len(tokenizer))]
    marks = set(inner.get_added_tokens_decoder())
    said = {
        "model": "gpt2",
        "pre": "gpt-2",
        "tokens": tokens,
        "token_type": [CONTROL if i in marks else NORMAL for i in range(len(tokens))],
        "merges": [
            " ".join(pair) for pair in msgspec.json.decode(inner.to_str())["model"]["merges"]
        ],
        "eos_token_id": tokenizer.eos_token_id,
        "padding_token_id": tokenizer.pad_token_id,
        "add_bos_token": False,
    }
    return {f"tokenizer.ggml.{name}": value for name, value in said.items()} | {
        "tokenizer.chat_template": tokenizer.chat_template
    }


def _tensors(model: Any) -> Iterable[tuple[str, torch.Tensor]]:
    weights, config = model.state_dict(), model.config
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    yield "token_embd.weight", weights["model.embed_tokens.weight"]
    yield "output_norm.weight", weights["model.norm.weight"]
    for at in range(config.num_hidden_layers):
        for theirs, ours in LAYER.items():
            weight = weights[f"model.layers.{at}.{theirs}.weight"]
            if ours in heads:
                halves = weight.unflatten(0, (heads[ours], 2, -1))  # (heads, 2, half, width)
                weight = halves.transpose(1, 2).flatten(0, 2)
            yield f"blk.{at}.{ours}.weight", weight


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNED)


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Any) -> bytes:
    match value:
        case bool():
            return struct.pack("<I?", 7, value)
        case int():
            return struct.pack("<II", 4, value)
        case float():
            return struct.pack("<If", 6, value)
        case str():
            return struct.pack("<I", 8) + _string(value)
        case [str(), *_]:
            return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(_string, value))
        case _:
            return struct.pack(f"<IIQ{len(value)}i", 9, 5, len(value), *value)


if __name__ == "__main__":
    main()
