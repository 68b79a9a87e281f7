"""Settings are resolved once, every mistake is told, and each value says where it came from."""

import dataclasses
from pathlib import Path

import pytest

from stillhouse.training.settings import (
    BadSettingsError,
    Config,
    from_command_line,
    printed,
    resolve,
)

LEAST = {"base": "b", "data": "d", "out": "o"}


def test_the_command_line_is_over_the_file_is_over_the_default(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(
        'base = "b"\ndata = "d"\nout = "o"\nepochs = 2\nrate = 1e-3\n[template]\ntone = "curt"\n'
    )
    config, origins = from_command_line([str(file), "--rate", "2e-3", "--bfloat16", "true"])

    assert (2.0, 2e-3, True, {"tone": "curt"}) == (
        config.epochs, config.rate, config.bfloat16, config.template,
    )  # fmt: skip
    assert ("file", "command line", "default") == tuple(
        origins[name] for name in ("epochs", "rate", "seed")
    )
    assert "rate               0.002" in printed(config, origins)
    assert "(command line)" in printed(config, origins)


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(BadSettingsError) as failed:
        resolve(
            {
                "base": "b",
                "epoch": 3,
                "batch": 0,
                "seed": "one",
                "objective": "magic",
                "warmup": 2.0,
            },
            {},
        )
    told = str(failed.value)

    assert 7 == told.count("\n- ")
    for part in (
        "data: is needed",
        "out: is needed",
        "epoch: unknown",
        "batch: 0",
        "seed:",
        "magic",
        "warmup",
    ):
        assert part in told


@pytest.mark.parametrize(
    ("objective", "needed"), [("on-policy", "teacher:"), ("top-k", "teacher_tokenizer:")]
)
def test_an_objective_names_what_it_needs(objective: str, needed: str) -> None:
    with pytest.raises(BadSettingsError, match=needed):
        resolve({**LEAST, "objective": objective}, {})


def test_a_file_that_cannot_be_read_is_a_mistake_of_settings(tmp_path: Path) -> None:
    with pytest.raises(BadSettingsError, match="cannot be read"):
        from_command_line([str(tmp_path / "none.toml")])
    (tmp_path / "bad.toml").write_text("base = ")
    with pytest.raises(BadSettingsError, match="cannot be read"):
        from_command_line([str(tmp_path / "bad.toml")])


def test_true_is_no_number_and_a_whole_number_is_a_fraction() -> None:
    with pytest.raises(BadSettingsError, match="batch: True"):
        resolve({**LEAST, "batch": True}, {})

    assert 3.0 == resolve({**LEAST, "epochs": 3}, {})[0].epochs


def test_the_reference_lists_every_setting_with_its_default() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "training.md").read_text("utf-8")
    missing = [
        item.name for item in dataclasses.fields(Config) if f"\n| `{item.name}` | " not in page
    ]

    assert [] == missing
