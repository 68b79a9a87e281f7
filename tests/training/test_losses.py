"""The value at equality first, then what the formula promises."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stillhouse.training.losses import top_k_divergence

B, T, V = 2, 3, 11
ALL = torch.ones(B, T, dtype=torch.bool)


def scores(seed: int, *shape: int, spread: float = 2.0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * spread


def recorded(logits: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    top = torch.log_softmax(logits, -1).topk(k, -1)
    return top.indices, top.values


def dense(student: torch.Tensor, teacher: torch.Tensor) -> float:
    p = torch.log_softmax(teacher, -1)
    return float((p.exp() * (p - torch.log_softmax(student, -1))).sum(-1).mean())


@pytest.mark.parametrize("k", [1, 5, V])
def test_a_student_that_equals_its_teacher_loses_nothing(k: int) -> None:
    logits = scores(1, B, T, V)

    assert float(top_k_divergence(logits, *recorded(logits, k), ALL)) == pytest.approx(0, abs=1e-6)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_with_the_whole_vocabulary_it_is_the_dense_divergence(seed: int) -> None:
    student, teacher = scores(seed, B, T, V), scores(seed + 1, B, T, V)
    loss = float(top_k_divergence(student, *recorded(teacher, V), ALL))

    assert dense(student, teacher) == pytest.approx(loss, abs=1e-5)


@given(st.integers(0, 10_000), st.integers(1, V - 1))
@settings(max_examples=50, deadline=None)
def test_seeing_more_never_makes_it_smaller(seed: int, k: int) -> None:
    student, teacher = scores(seed, B, T, V), scores(seed + 1, B, T, V)
    less, more = (float(top_k_divergence(student, *recorded(teacher, n), ALL)) for n in (k, k + 1))

    assert -1e-5 <= less <= more + 1e-5


def test_a_certain_teacher_makes_it_the_cross_entropy() -> None:
    student, said = scores(3, B, T, V), torch.tensor([[[1], [2], [3]], [[4], [5], [6]]])
    loss = top_k_divergence(student, said, torch.zeros(B, T, 1), ALL)
    expected = torch.nn.functional.cross_entropy(student.flatten(0, 1), said.flatten())

    assert float(expected) == pytest.approx(float(loss), abs=1e-5)


def test_fillers_change_nothing_though_they_name_a_real_token() -> None:
    student, teacher = scores(5, B, T, V), scores(6, B, T, V)
    ids, logprobs = recorded(teacher, 3)
    fillers = torch.zeros(B, T, 2, dtype=torch.long)
    longer = torch.cat([ids, fillers], -1), torch.cat([logprobs, fillers - torch.inf], -1)

    assert float(top_k_divergence(student, ids, logprobs, ALL)) == pytest.approx(
        float(top_k_divergence(student, *longer, ALL)), abs=1e-6
    )


def test_only_the_mask_counts_and_its_positions_are_averaged() -> None:
    student, teacher = scores(7, B, T, V), scores(8, B, T, V)
    ids, logprobs = recorded(teacher, 4)
    mask = torch.tensor([[False, True, False], [False, False, False]])
    alone = top_k_divergence(
        student[:1, 1:2], ids[:1, 1:2], logprobs[:1, 1:2], torch.ones(1, 1, dtype=torch.bool)
    )
    elsewhere = student.clone()
    elsewhere[~mask] = 100 * scores(9, 5, V)

    assert float(alone) == pytest.approx(float(top_k_divergence(elsewhere, ids, logprobs, mask)))
    assert float(alone) / 4 == pytest.approx(
        float(top_k_divergence(student, ids, logprobs, mask, count=4))
    )
    assert float(top_k_divergence(student, ids, logprobs, mask & False)) == 0


@pytest.mark.parametrize("k", [1, 4, V])
def test_the_gradient_is_that_of_finite_differences(k: int) -> None:
    """The loss computes in float32, so the step is wide and the tolerance with it."""
    student, teacher = scores(10, 1, 2, V).double(), scores(11, 1, 2, V)
    student.requires_grad_()
    ids, logprobs = recorded(teacher, k)
    mask = torch.ones(1, 2, dtype=torch.bool)

    assert torch.autograd.gradcheck(
        lambda x: top_k_divergence(x, ids, logprobs, mask), student, eps=1e-2, atol=2e-3, rtol=2e-2
    )


@pytest.mark.parametrize("k", [1, 5, V])
def test_the_gradient_is_the_teacher_taken_from_the_student(k: int) -> None:
    """d/d logit_j = q_j - p_j inside K, and q_j - p_tail q_j / q_tail outside."""
    student, teacher = scores(12, 1, 1, V), scores(13, 1, 1, V)
    student.requires_grad_()
    ids, logprobs = recorded(teacher, k)
    top_k_divergence(student, ids, logprobs, torch.ones(1, 1, dtype=torch.bool)).backward()
    q = torch.softmax(student.detach(), -1)[0, 0]
    expected = q.clone()
    inside = ids[0, 0]
    expected[inside] -= logprobs[0, 0].exp()
    outside = torch.ones(V, dtype=torch.bool).index_fill(0, inside, False)
    if outside.any():
        expected[outside] -= (1 - logprobs[0, 0].exp().sum()) * q[outside] / q[outside].sum()

    assert student.grad is not None
    assert torch.allclose(expected, student.grad[0, 0], atol=1e-5)


def test_a_record_whose_rounding_sums_above_one_is_scaled() -> None:
    logits = scores(14, 1, 1, V)
    ids, logprobs = recorded(logits, V)
    loss = top_k_divergence(logits, ids, logprobs + 1e-4, torch.ones(1, 1, dtype=torch.bool))

    assert float(loss) == pytest.approx(0, abs=1e-6)
