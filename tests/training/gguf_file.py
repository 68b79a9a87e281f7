"""A small Llama of ours as llama.cpp reads it: one GGUF file, written by hand.

llama.cpp's converter knows tokenizers by the hash of what they do, and refuses one that was learned
here. The format is public (ggml/docs/gguf.md, version 3): a head, what is said of the model, what
tensors there are, their numbers. llama.cpp turns neighbours by one angle where transformers turns
halves, so the rows of queries and keys change places.
"""

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import torch
from transformers import PreTrainedTokenizerFast

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


def write(file: Path, model: Any, tokenizer: PreTrainedTokenizerFast) -> Path:
    """Of a model with the embedding of its input as that of its output."""
    said = {"general.architecture": "llama", "general.name": file.stem}
    said |= _shape(model.config) | _words(tokenizer)
    tensors = dict(_tensors(model))
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(said))
    head += b"".join(_string(name) + _value(value) for name, value in said.items())
    numbers = b""
    for name, tensor in tensors.items():
        head += _string(name) + struct.pack("<I", tensor.dim())
        head += struct.pack(f"<{tensor.dim()}Q", *reversed(tensor.shape))
        head += struct.pack("<IQ", F32, len(numbers))
        numbers += _padded(tensor.float().contiguous().numpy().tobytes())
    file.write_bytes(_padded(head) + numbers)
    return file


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
    weights, heads = model.state_dict(), model.config.num_attention_heads
    yield "token_embd.weight", weights["model.embed_tokens.weight"]
    yield "output_norm.weight", weights["model.norm.weight"]
    for at in range(model.config.num_hidden_layers):
        for theirs, ours in LAYER.items():
            weight = weights[f"model.layers.{at}.{theirs}.weight"]
            if ours in {"attn_q", "attn_k"}:
                rows, width = weight.shape  # (heads * 2 * half, width)
                halves = weight.reshape(heads, 2, rows // heads // 2, width)
                weight = halves.transpose(1, 2).reshape(rows, width)
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
