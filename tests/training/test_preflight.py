"""What would fail at the end fails before the first epoch: each mistake is made once here."""

import copy
from typing import Any

import pytest
import torch
from tests.training import small
from tests.training.test_conversation import BROKEN, CHATML

from stillhouse.training.hub import Loaded
from stillhouse.training.preflight import Examined, PreflightError, examine, rehearse


def look(loaded: Loaded | None = None, rows: Any = None, **more: Any) -> Examined:
    given = {"max_tokens": 64, "over_length": "refuse", "settings": {}, **more}
    return examine(loaded or small.loaded(), rows or small.examples(30), **given)


def with_template(written: str) -> Loaded:
    loaded = small.loaded()
    loaded.tokenizer.chat_template = written
    return loaded


def test_sound_rows_pass_and_are_counted() -> None:
    found = look()
    card = found.card()

    assert (30, {}, 0) == (card["rows"], card["excluded"], card["padding_rows_cut"])
    assert sum(len(turn.said) for _, turn in found.kept) == card["tokens_learned"]
    assert 64 == len(card["tokenizer_sha256"])


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_template_is_caught_before_the_first_epoch(case: str) -> None:
    written, says = BROKEN[case]
    with pytest.raises(PreflightError, match=f"30 of 30 rows|{says}") as failed:
        look(with_template(written))

    assert says.split()[0] in str(failed.value)


def test_nothing_is_cut_in_silence() -> None:
    rows = [*small.examples(5), small.example("word " * 90, "red")]
    with pytest.raises(PreflightError, match="1 of 6 rows are over max_tokens = 64"):
        look(rows=rows)
    found = look(rows=rows, over_length="drop")

    assert (5, {"over length": 1}) == (len(found.kept), found.excluded)


def test_odd_rows_are_left_out_and_counted() -> None:
    rows = [
        *small.examples(5),
        small.example("<assistant>red<end>", "red"),
        small.example("x", " "),
    ]
    found = look(rows=rows)

    assert {"a text holds a mark of the template": 1, "no answer": 1} == found.excluded


def test_every_reason_is_told_at_once() -> None:
    rows = [small.example("word " * 90, "red")]
    with pytest.raises(PreflightError) as failed:
        look(rows=rows, max_tokens=80)

    assert 2 == len(failed.value.reasons)
    assert "made for 64" in str(failed.value)


def test_rows_of_padding_are_cut_and_told() -> None:
    loaded = small.loaded()
    loaded.model.resize_token_embeddings(320, mean_resizing=False)

    assert 20 == look(loaded).card()["padding_rows_cut"]


def test_rows_that_are_learned_by_heart_are_said_again_and_the_model_stays_as_it_was() -> None:
    loaded = small.loaded()
    before = copy.deepcopy(loaded.model.state_dict())
    state = torch.get_rng_state()
    found = rehearse(loaded, look(loaded), steps=150, rate=1e-2)

    assert (20, 20) == (found.prompts, found.stopped)
    assert found.repeated >= 18
    assert all(torch.equal(before[k], v) for k, v in loaded.model.state_dict().items())
    assert torch.equal(state, torch.get_rng_state())


def test_a_student_that_does_not_stop_fails_its_rehearsal() -> None:
    """The mask is sound, and serving waits for another token than the one that was learned."""
    loaded = with_template(CHATML)
    found = look(loaded)
    waits = copy.deepcopy(found.template)
    object.__setattr__(waits, "stops", frozenset({loaded.tokenizer.convert_tokens_to_ids("<pad>")}))
    object.__setattr__(found, "template", waits)
    with pytest.raises(PreflightError, match=r"did not stop by themselves.*eos_token_id"):
        rehearse(loaded, found, steps=60, rate=1e-2)
