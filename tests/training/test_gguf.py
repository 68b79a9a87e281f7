"""What is written is what the format says; that llama.cpp reads it: tests/contract."""

import struct
from pathlib import Path

import pytest
import torch
from tests.training import small

from stillhouse.training import gguf


def test_the_numbers_lie_where_the_head_says(tmp_path: Path) -> None:
    small.saved(tmp_path)
    gguf.main([str(tmp_path)])
    data = (tmp_path / gguf.FILE).read_bytes()
    magic, version, tensors, _ = struct.unpack_from("<4sIQQ", data)
    weights = small.model().state_dict()
    embedding = weights["model.embed_tokens.weight"]
    name = b"token_embd.weight"
    at = data.index(name) + len(name)
    told = struct.unpack_from("<IQQIQ", data, at)
    numbers = sum(-(-4 * w.numel() // 32) * 32 for w in weights.values()) - 4 * embedding.numel()

    assert (b"GGUF", 3, len(weights) - 1) == (magic, version, tensors), "one embedding for both"
    assert (2, *reversed(embedding.shape), 0, 0) == told
    assert 0 == (len(data) - numbers) % 32
    found = torch.frombuffer(
        bytearray(data[len(data) - numbers :]), dtype=torch.float32, count=embedding.numel()
    )
    assert torch.equal(embedding.flatten(), found)
    assert not list(tmp_path.glob("*.part"))


def test_halves_that_turn_together_become_neighbours() -> None:
    model = small.model()
    weights = dict(gguf._tensors(model))
    given = model.state_dict()["model.layers.0.self_attn.q_proj.weight"]  # 2 heads of 16

    assert torch.equal(weights["blk.0.attn_q.weight"][0:4], given[[0, 8, 1, 9]])
    assert torch.equal(weights["blk.0.attn_q.weight"][16], given[16])


def test_a_model_of_another_family_is_refused(tmp_path: Path) -> None:
    small.saved(tmp_path, "qwen")

    with pytest.raises(SystemExit, match="convert_hf_to_gguf"):
        gguf.main([str(tmp_path)])
    assert not (tmp_path / gguf.FILE).exists()
