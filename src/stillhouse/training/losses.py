"""What a student loses against its teacher's recorded top-k log-probabilities.

A gateway's log holds, for each token said, the k likeliest tokens and their log-probabilities.
The rest of the vocabulary is one bucket, the tail, whose probability is what is left to one. Top-k
alone, renormalised, would teach the student that everything else is impossible; with the tail it
learns how much is elsewhere, and not where.

Where nothing was recorded (an API lists no log-probabilities for the mark that ends an answer) the
token itself stands with probability one, so the same formula is its cross-entropy.

Units: nats per token. Logs are made at temperature 1 and are used as they are: a tail cannot be
tempered, since the shape inside it is unknown.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

RESOLUTION: Final = 1e-6
"""a tail below this is rounding of the record, and counts as none; the rest is scaled to one"""

NOTHING: Final = -1e9
"""stands in for log 0 where it is multiplied by 0: finite, so that its gradient is 0 and not NaN"""


def top_k_divergence(
    logits: Tensor,
    ids: Tensor,
    logprobs: Tensor,
    mask: Tensor,
    *,
    count: Tensor | int | None = None,
) -> Tensor:
    """Kullback-Leibler divergence of the student from the recorded teacher, in nats per token.

        sum_{i in K} p_i (log p_i - log q_i) + p_tail (log p_tail - log q_tail)

    averaged over the positions of the mask; p is the teacher's, q the student's, p_tail = 1 -
    sum_K p_i and q_tail = 1 - sum_K q_i. It is the divergence of both after all that is not in K
    became one event, so it never exceeds the dense one (data processing inequality; Cover and
    Thomas, 2006, 2.8) and equals it where K is the whole vocabulary. The bucket is that of Arcee's
    DistillKit, 2025, and of others.

    Value when student equals teacher: 0. Random student of V tokens, certain teacher: log V.

    Args:
        logits: (B, T, V), the student's, at the position that predicts each recorded token.
        ids: (B, T, K) integers, the tokens of K, distinct where their logprob is finite.
        logprobs: (B, T, K), the teacher's; -inf fills a position that recorded fewer than K.
        mask: (B, T) bool, the positions that count.
        count: divide by this instead of by the positions of the mask: the tokens of the whole
            step, where a step is split over batches or processes.
    """
    logits, ids, logprobs = logits[mask].float(), ids[mask], logprobs[mask]  # (N, V), (N, K) twice
    recorded = logprobs > -torch.inf  # (N, K)
    p = torch.where(recorded, logprobs, torch.zeros_like(logprobs)).double().exp() * recorded
    tail = (1 - p.sum(-1)).clamp(min=0)  # (N,)
    tail = torch.where(tail < RESOLUTION, torch.zeros_like(tail), tail)
    whole = p.sum(-1) + tail
    p, tail = (p / whole[:, None]).float(), (tail / whole).float()

    log_q = torch.log_softmax(logits, -1)  # (N, V)
    inside = log_q.gather(-1, ids)  # (N, K)
    # What is not in K: the K are taken out, so that no small number is a difference of two large.
    # A filler points at a real token and must not take it out: amount 0 there.
    taken = torch.zeros_like(log_q).scatter_add(-1, ids, recorded.to(log_q.dtype)) > 0
    outside = torch.logsumexp(log_q.masked_fill(taken, NOTHING), -1)  # (N,)

    each = torch.where(recorded, torch.xlogy(p, p) - p * inside, torch.zeros_like(p)).sum(-1)
    each = each + torch.xlogy(tail, tail) - tail * outside
    return each.sum() / (mask.sum().clamp(min=1) if count is None else count)
