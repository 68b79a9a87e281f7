"""What a batch of the top-k objective is; that the trainers learn is in `test_causal`."""

import torch

from stillhouse.training import trainers


def test_a_batch_pads_on_the_left_so_that_answers_end_together() -> None:
    rows = [
        {"ids": [4, 5, 6, 1], "prompt": 2, "top_ids": [[6], [1]], "top_nats": [[0.0], [0.0]]},
        {"ids": [7, 8, 1], "prompt": 2, "top_ids": [[1, 3]], "top_nats": [[-0.1, -2.0]]},
    ]
    batch = trainers.Collate(0)(rows)

    assert [[4, 5, 6, 1], [0, 7, 8, 1]] == batch["input_ids"].tolist()
    assert [[-100, -100, 6, 1], [-100, -100, -100, 1]] == batch["labels"].tolist()
    assert [[0, 1, 2, 3], [0, 0, 1, 2]] == batch["position_ids"].tolist()
    assert [[[6, 0], [1, 0]], [[0, 0], [1, 3]]] == batch["top_ids"].tolist()
    assert -torch.inf == float(batch["top_nats"][1, 0, 0])


def test_a_run_says_how_far_it_is() -> None:
    told: list[float] = []
    state = type("State", (), {"global_step": 3, "max_steps": 4, "is_world_process_zero": True})
    trainers.Moved(told.append).on_step_end(None, state, None)

    assert [0.75] == told
