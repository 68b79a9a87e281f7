"""Real loading code, on models made here: every family, offline, and what is refused."""

from pathlib import Path

import pytest
import torch
from tests.training import small

from stillhouse.training import hub


@pytest.mark.parametrize("family", sorted(hub.FAMILIES))
def test_a_family_goes_to_disk_and_comes_back(family: str, tmp_path: Path) -> None:
    made = small.model(family)
    hub.save(tmp_path, made, small.tokenizer())
    loaded = hub.load(str(tmp_path), revision="not asked of a folder")
    ids = torch.tensor([[5, 6, 7, 8]])
    same = torch.allclose(made.eval()(ids).logits, loaded.model.eval()(ids).logits, atol=1e-6)

    assert (True, None) == (same, loaded.revision)
    assert small.tokenizer().get_vocab() == loaded.tokenizer.get_vocab()
    assert loaded.tokenizer.chat_template == hub.SHORT_TEMPLATE


@pytest.mark.parametrize("revision", [None, "", "main", "v1.0", "4e20de3"])
def test_a_hubs_model_without_a_pinned_commit_is_refused_before_any_connection(
    revision: str | None,
) -> None:
    with pytest.raises(hub.NotLoadableError, match="40 hex digits"):
        hub.load("someone/model", revision=revision)


def test_weights_that_run_code_when_read_are_refused(tmp_path: Path) -> None:
    small.saved(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    (tmp_path / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(hub.NotLoadableError, match="pickle, which runs code"):
        hub.load(str(tmp_path))
    (tmp_path / "pytorch_model.bin").unlink()
    with pytest.raises(hub.NotLoadableError, match="no weights"):
        hub.load(str(tmp_path))


def test_code_that_comes_with_a_model_is_not_run(tmp_path: Path) -> None:
    small.saved(tmp_path)
    config = tmp_path / "config.json"
    config.write_text(
        config.read_text()
        .replace('"model_type": "llama"', '"model_type": "own"')
        .replace(
            "{", '{"auto_map": {"AutoConfig": "own.Own", "AutoModelForCausalLM": "own.Own"},', 1
        )
    )
    (tmp_path / "own.py").write_text("raise SystemExit('this ran')\n")
    with pytest.raises(hub.NotLoadableError, match="cannot be loaded"):
        hub.load(str(tmp_path))


def test_an_absent_model_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(hub.NotLoadableError, match="nobody/nothing"):
        hub.load("nobody/nothing", revision="a" * 40)


def test_equal_seeds_make_equal_weights() -> None:
    one, same, other = (small.model(seed=s).state_dict()["lm_head.weight"] for s in (1, 1, 2))

    assert torch.equal(one, same)
    assert not torch.equal(one, other)
