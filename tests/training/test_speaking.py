"""Many prompts at once say what each says alone, and end as they are told."""

from itertools import islice

import pytest
import torch
from tests.training import small

from stillhouse.training import hub
from stillhouse.training.speaking import Token, Wish, answers, speak

NEVER: frozenset[int] = frozenset()
PROMPTS = [[5, 6, 7], [8], [9, 10, 11, 12, 13], [14, 15]]


@pytest.mark.parametrize("family", sorted(hub.FAMILIES))
def test_a_batch_says_what_each_prompt_says_alone(family: str) -> None:
    model = small.model(family, seed=3).eval()
    wish = Wish(limit=5, top=2)
    together = answers(model, PROMPTS, wish, stops=NEVER)
    alone = [answers(model, [prompt], wish, stops=NEVER)[0] for prompt in PROMPTS]

    assert [[t.id for t in a] for a in alone] == [[t.id for t in a] for a in together]
    for one, other in zip(alone, together, strict=True):
        assert [t.logprob for t in one] == pytest.approx([t.logprob for t in other], abs=1e-4)


def test_greedy_is_what_the_library_generates_and_its_logprobs_are_the_models() -> None:
    model = small.model(seed=4).eval()
    [said] = answers(model, [PROMPTS[2]], Wish(limit=6, top=3), stops=NEVER)
    expected = model.generate(
        torch.tensor([PROMPTS[2]]), max_new_tokens=6, do_sample=False, eos_token_id=None
    )[0, 5:].tolist()
    with torch.inference_mode():
        ids = torch.tensor([[*PROMPTS[2], *expected]])
        normal = torch.log_softmax(model(ids).logits[0, 4:-1], -1)

    assert expected == [t.id for t in said]
    assert [float(normal[i, t]) for i, t in enumerate(expected)] == pytest.approx(
        [t.logprob for t in said], abs=1e-4
    )
    assert [3] * 6 == [len(t.top) for t in said]
    assert [t.id for t in said] == [t.top[0][0] for t in said]
    assert "length" == said[-1].finish


def test_a_row_ends_at_its_stop_or_limit_and_the_others_go_on() -> None:
    model = small.model(seed=5).eval()
    free = answers(model, PROMPTS, Wish(limit=6), stops=NEVER)
    stop = free[0][2].id
    wishes = [Wish(limit=6), Wish(limit=1), Wish(limit=6), Wish(limit=3)]
    steps = list(speak(model, PROMPTS, wishes, stops=frozenset({stop})))
    told = [[s[row] for s in steps if s[row] is not None] for row in range(4)]

    for row, wish in enumerate(wishes):
        ids = [t.id for t in free[row]]
        upto = min(wish.limit, ids.index(stop) + 1 if stop in ids else wish.limit)
        assert ids[:upto] == [t.id for t in told[row] if t]
        last = told[row][-1]
        assert last is not None
        assert ("stop" if last.id == stop else "length") == last.finish


def test_a_row_that_is_wanted_no_more_leaves() -> None:
    steps = speak(small.model().eval(), PROMPTS[:2], [Wish(limit=50)] * 2, stops=NEVER)
    next(steps)
    second = steps.send({0})

    assert [None] == second[:1]
    assert isinstance(second[1], Token)
    with pytest.raises(StopIteration):
        steps.send({1})


def test_equal_seeds_draw_equal_answers_and_a_narrow_top_p_is_greedy() -> None:
    model = small.model(seed=6).eval()

    def said(wish: Wish) -> list[int]:
        return [t.id for t in answers(model, [PROMPTS[0]], wish, stops=NEVER)[0]]

    warm = Wish(limit=8, temperature=1.5, seed=1)

    assert said(warm) == said(warm)
    assert said(warm) != said(Wish(limit=8, temperature=1.5, seed=2))
    assert said(Wish(limit=8)) == said(Wish(limit=8, temperature=1.0, top_p=1e-6, seed=3))


def test_the_generator_leaves_the_threads_gradient_mode_alone() -> None:
    steps = speak(small.model(), PROMPTS, [Wish(limit=3)] * 4, stops=NEVER)
    list(islice(steps, 1))

    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
