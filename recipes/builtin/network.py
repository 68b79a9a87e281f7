"""The network, in torch: a small causal transformer made to be cheap to serve, not to be novel.

    ids (B, T) -> embedding -> L x [x + attention(norm x); x + inner(norm x)] -> norm -> tied logits

Positions are ALiBi (Press et al., 2022, arXiv:2108.12409): a bias -slope * distance on the
scores. It is one addition that the causal mask needs anyway, so the exported graph has no node
for positions, and a prompt longer than those seen in training degrades gently instead of meeting
an untrained position. Half of the heads have slope 0 (content only): the answer sits at the end
of a prompt and must see the comment wherever it stands.

`export.py` writes the same arithmetic as an ONNX graph with a key-value cache; a test holds the
two together.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network. `context` only bounds serving: no weight depends on it."""

    vocabulary: int = 2048
    width: int = 128
    layers: int = 4
    heads: int = 4
    inner: int = 512
    context: int = 512

    @property
    def head_width(self) -> int:
        return self.width // self.heads


def slopes(heads: int) -> list[float]:
    """ALiBi slope of each head: the first half 0, the rest 1/2, 1/8, 1/32, ..."""
    flat = heads // 2
    return [0.0] * flat + [2.0 ** -(1 + 2 * i) for i in range(heads - flat)]


def bias(heads: int, length: int) -> Tensor:
    """Causal mask and ALiBi in one table, (heads, length, length)."""
    at = torch.arange(length)
    distance = (at[:, None] - at[None, :]).float()  # (T, T): query minus key
    table = -torch.tensor(slopes(heads))[:, None, None] * distance
    return table.masked_fill(distance < 0, float("-inf"))


class Block(nn.Module):  # type: ignore[misc] # torch is not followed
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.norm_attention = nn.LayerNorm(shape.width, bias=False)
        self.qkv = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.out = nn.Linear(shape.width, shape.width, bias=False)
        self.norm_inner = nn.LayerNorm(shape.width, bias=False)
        self.up = nn.Linear(shape.width, shape.inner, bias=False)
        self.down = nn.Linear(shape.inner, shape.width, bias=False)

    def forward(self, x: Tensor, table: Tensor) -> Tensor:
        batch, length, width = x.shape
        qkv = self.qkv(self.norm_attention(x))  # (B, T, 3D)
        qkv = qkv.view(batch, length, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each (B, H, T, D/H)
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=table.to(q.dtype))
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        return x + self.down(functional.relu(self.up(self.norm_inner(x))))


class Network(nn.Module):  # type: ignore[misc] # torch is not followed
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.width, bias=False)
        self.register_buffer("table", bias(shape.heads, shape.context), persistent=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                # Residual branches start small, so depth does not change the scale of the sum.
                calm = (
                    (2 * shape.layers) ** -0.5
                    if name.endswith(("out.weight", "down.weight"))
                    else 1
                )
                nn.init.normal_(weight, std=0.04 * calm)

    def hidden(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids)  # (B, T, D)
        table = self.table[:, : ids.shape[1], : ids.shape[1]]
        for block in self.blocks:
            x = block(x, table)
        return self.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        return functional.linear(hidden, self.embedding.weight)  # (..., V)

    def forward(self, ids: Tensor) -> Tensor:
        return self.logits(self.hidden(ids))
