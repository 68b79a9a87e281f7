"""Torch weights -> an ONNX graph with a key-value cache, so that each new token is one small
step.

    ids (T), past (L, 2, H, P, D/H)
        ->  logits (V) of the last position, pooled (D), present (L, 2, H, P + T, D/H)

One sequence at a time: no padding, no mask input, the past's length is read from its shape.
`pooled` is the mean of the final hidden states of the T new positions: an embedding of the text
when P = 0. Weights are stored as float16 and cast up when the session starts (onnxruntime folds
the casts): half the bytes, float32 arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from recipes.builtin.network import Network, slopes
from recipes.builtin.onnx_file import FLOAT, INT64, Graph

if TYPE_CHECKING:
    from pathlib import Path

# Masked scores get this instead of -inf: softmax of a finite number is never NaN.
MASKED = -1e9


def export(network: Network, path: Path, *, metadata: dict[str, str]) -> None:
    """Write the network to `path`. Deterministic: equal weights give equal bytes."""
    shape = network.shape
    graph = Graph()
    weights = {name: w.detach().float().numpy() for name, w in network.named_parameters()}

    def weight(name: str, *, transposed: bool = False) -> str:
        values = weights[name].T if transposed else weights[name]
        stored = graph.tensor(values.astype(np.float16), f"{name}.f16")
        return graph.add("Cast", stored, to=FLOAT)

    def ints(*values: int) -> str:
        return graph.tensor(np.array(values, dtype=np.int64))

    def number(value: int) -> str:
        return graph.tensor(np.array(value, dtype=np.int64))

    past_dims = (shape.layers, 2, shape.heads, "past", shape.head_width)
    ids = graph.input("ids", INT64, ("new",))
    past = graph.input("past", FLOAT, past_dims)

    # Mask and ALiBi, once for all layers: (H, T, P + T).
    axis_zero, axis_new = ints(0), ints(1)
    new = graph.add("Shape", ids)  # (1,)
    old = graph.add("Slice", graph.add("Shape", past), ints(3), ints(4))  # (1,)
    total = graph.add("Add", new, old)
    old, total = (graph.add("Squeeze", length, axis_zero) for length in (old, total))
    queries = graph.add("Range", old, total, number(1))
    keys = graph.add("Range", number(0), total, number(1))
    distance = graph.add(
        "Sub", graph.add("Unsqueeze", queries, axis_new), graph.add("Unsqueeze", keys, axis_zero)
    )  # (T, P + T)
    slope = graph.tensor(-np.array(slopes(shape.heads), np.float32)[:, None, None])
    linear = graph.add("Mul", slope, graph.add("Cast", distance, to=FLOAT))
    seen = graph.add("GreaterOrEqual", distance, number(0))
    masked = graph.tensor(np.array(MASKED, np.float32))
    bias = graph.add("Where", seen, linear, masked)

    embedding = weight("embedding.weight")
    x = graph.add("Gather", embedding, ids)  # (T, D)
    split_heads = ints(-1, 3, shape.heads, shape.head_width)
    join_heads = ints(-1, shape.width)
    scale = graph.tensor(np.array(shape.head_width**-0.5, np.float32))
    presents = []
    for layer in range(shape.layers):
        name = f"blocks.{layer}"
        normed = graph.add("LayerNormalization", x, weight(f"{name}.norm_attention.weight"))
        qkv = graph.add("MatMul", normed, weight(f"{name}.qkv.weight", transposed=True))
        qkv = graph.add("Reshape", qkv, split_heads)  # (T, 3, H, D/H)
        qkv = graph.add("Transpose", qkv, perm=(1, 2, 0, 3))  # (3, H, T, D/H)
        q, kv = graph.split("Split", qkv, ints(1, 2), names=(f"q_{layer}", f"kv_{layer}"), axis=0)
        before = graph.add("Gather", past, number(layer), axis=0)  # (2, H, P, D/H)
        kv = graph.add("Concat", before, kv, axis=2)  # (2, H, P + T, D/H)
        presents.append(graph.add("Unsqueeze", kv, axis_zero))
        k, v = graph.split("Split", kv, ints(1, 1), names=(f"k_{layer}", f"v_{layer}"), axis=0)
        scores = graph.add("MatMul", q, graph.add("Transpose", k, perm=(0, 1, 3, 2)))
        scores = graph.add("Add", graph.add("Mul", scores, scale), bias)
        mixed = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), v)  # (1, H, T, D/H)
        mixed = graph.add("Transpose", mixed, perm=(0, 2, 1, 3))
        mixed = graph.add("Reshape", mixed, join_heads)  # (T, D)
        out = graph.add("MatMul", mixed, weight(f"{name}.out.weight", transposed=True))
        x = graph.add("Add", x, out)
        normed = graph.add("LayerNormalization", x, weight(f"{name}.norm_inner.weight"))
        up = graph.add("MatMul", normed, weight(f"{name}.up.weight", transposed=True))
        down = weight(f"{name}.down.weight", transposed=True)
        x = graph.add("Add", x, graph.add("MatMul", graph.add("Relu", up), down))
    hidden = graph.add("LayerNormalization", x, weight("norm.weight"))  # (T, D)

    # Only the last position is asked for its next token: the rest never meets the vocabulary.
    last = graph.add("Gather", hidden, number(-1), axis=0)  # (D,)
    graph.add("MatMul", embedding, last, name="logits")  # (V,)
    graph.add("ReduceMean", hidden, name="pooled", axes=(0,), keepdims=0)
    graph.add("Concat", *presents, name="present", axis=0)
    graph.output("logits", FLOAT, (shape.vocabulary,))
    graph.output("pooled", FLOAT, (shape.width,))
    graph.output("present", FLOAT, (*past_dims[:3], "total", shape.head_width))
    path.write_bytes(graph.file(metadata=metadata))
