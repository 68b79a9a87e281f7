"""The recipe on a micro setting: it learns, and what it exports is served with the same numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from stillhouse.upstream.builtin.model import Engine, Wish
from stillhouse.upstream.builtin.prompt import Message

torch = pytest.importorskip("torch", reason="training needs the extra 'train' (torch)")

from recipes.builtin import train  # noqa: E402 after the skip
from recipes.builtin.export import export  # noqa: E402
from recipes.builtin.network import Network, Shape  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

MICRO = Shape(vocabulary=512, width=32, layers=2, heads=2, inner=64, context=512)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("builtin")
    config = train.Config(
        out=out,
        steps=20,
        warmup_steps=2,
        tokens_per_batch=2048,
        tokenizer_conversations=300,
        held_out=3,
        shape=MICRO,
    )
    threads = torch.get_num_threads()
    card = train.main(config)
    torch.set_num_threads(threads)
    return out, card


def test_twenty_steps_lower_the_loss(made: tuple[Path, dict[str, Any]]) -> None:
    _, card = made

    assert card["loss_first"] == pytest.approx(np.log(MICRO.vocabulary), rel=0.1)
    assert card["loss_last"] < card["loss_first"]


def test_the_card_says_how_it_was_made(made: tuple[Path, dict[str, Any]]) -> None:
    out, card = made

    assert card == json.loads((out / "card.json").read_text())
    assert {"data_sha256", "commit", "settings", "terms", "accuracy"} <= set(card)


def test_what_is_exported_can_be_served(made: tuple[Path, dict[str, Any]]) -> None:
    engine = Engine(made[0])
    start = engine.begin(engine.chat([Message("user", "halo 😂")]))

    assert len(list(engine.speak(start, Wish(5)))) <= 5


def test_served_logits_are_the_trained_logits(tmp_path: Path) -> None:
    """Torch at once against ONNX in pieces, weights rounded to what is stored."""
    torch.manual_seed(1)
    network = Network(MICRO)
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(weight.half().float())
    export(network, tmp_path / "model.onnx", metadata={"context": "512"})
    from stillhouse.upstream.builtin.network import Network as Served  # noqa: PLC0415 same name

    served = Served(tmp_path / "model.onnx")
    ids = torch.randint(0, MICRO.vocabulary, (30,)).tolist()
    expected = network(torch.tensor([ids])).detach().numpy()[0]
    read = served.read(ids[:7])
    got = [read.logits]
    for token in ids[7:]:
        read = served.read([token], read.past)
        got.append(read.logits)

    np.testing.assert_allclose(expected[6:], np.stack(got), atol=1e-4)


def test_export_is_deterministic(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = Network(MICRO)
    for name in ("a", "b"):
        export(network, tmp_path / name, metadata={"context": "512"})

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_loss_is_zero_when_every_answer_is_certain() -> None:
    class Certain(Network):
        def logits(self, hidden: Tensor) -> Tensor:
            sure: Tensor = torch.full((len(hidden), 8), -1e4)
            sure[:, 3] = 1e4
            return sure

    network = Certain(Shape(vocabulary=8, width=8, layers=1, heads=2, inner=8))
    ids = torch.full((2, 5), 3)
    loss = train.answer_loss(network, ids, torch.ones(2, 5))

    assert pytest.approx(loss.item()) == 0


def test_settings_and_their_origin_come_from_the_command_line() -> None:
    config, origins = train.from_command_line(["--steps", "7", "--layers", "3"])

    assert (config.steps, config.shape.layers) == (7, 3)
    assert origins == {"steps": "command line", "shape": "command line"}
