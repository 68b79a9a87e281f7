"""Equal weights and folders have equal digests, whatever else differs."""

from pathlib import Path

import torch
from tests.training import small

from stillhouse.training.digests import files_sha256, weights_sha256


def test_weights_are_known_by_their_values() -> None:
    one, same, other = small.model(seed=1), small.model(seed=1), small.model(seed=2)

    assert weights_sha256(one) == weights_sha256(same)
    assert weights_sha256(one) != weights_sha256(other)
    assert weights_sha256(one) != weights_sha256(same.to(torch.bfloat16))


def test_folders_are_known_by_names_and_contents(tmp_path: Path) -> None:
    for name, text in (("one", "a"), ("same", "a"), ("other", "b")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(text)
    (tmp_path / "same" / "card").write_text("made today")
    one, other = files_sha256(tmp_path / "one"), files_sha256(tmp_path / "other")

    assert one == files_sha256(tmp_path / "same", but={"card"})
    assert len({one, other, files_sha256(tmp_path / "same")}) == 3
