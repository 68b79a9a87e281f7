"""What a provider's prompt cache could take off a workload's bill, at most. Integers.

Calls of one task begin alike: instructions, tools, examples. How long that beginning is can be told
without text: no call has fewer input tokens than it. The smallest input is the beginning plus the
shortest question, so the estimate is an upper bound, and one call that is not like the others
lowers it; therefore the first percentile is taken, not the least.

    cacheable = (calls - 1) * beginning, in whole blocks; nothing below the shortest that is cached
    saving    = (cacheable - already read from the cache) * (input price - cache price)

Writing to a cache costs extra with some providers and is not in the figure.
"""

from dataclasses import dataclass

BLOCK, SHORTEST = 128, 1024
"""Tokens: OpenAI caches beginnings of 1,024 and more, in steps of 128; Anthropic from 1,024 on for
most models (both pages read 2026-11)."""


@dataclass(frozen=True, slots=True)
class Caching:
    """Tokens: all input, the part that could come from a cache, and what did.

    saving: pico-units; None where the tariff has no cache price.
    """

    input: int
    cacheable: int
    cached: int
    saving: int | None

    @property
    def unused(self) -> int:
        return max(0, self.cacheable - self.cached)


def caching(
    *,
    calls: int,
    input_tokens: int,
    cached_tokens: int,
    beginning: int,
    input_price: int | None,
    cache_price: int | None,
) -> Caching:
    """Of one workload's calls to one model.

    Args:
        calls: how many.
        input_tokens: of all input meters together.
        cached_tokens: of them, read from the cache.
        beginning: the first percentile of a call's input tokens.
        input_price: pico-units per token; None: there is none.
        cache_price: the same, of a token that is read from the cache.
    """
    fixed = beginning // BLOCK * BLOCK if beginning >= SHORTEST else 0
    cacheable = min(max(calls - 1, 0) * fixed, input_tokens)
    if input_price is None or cache_price is None:
        saving = None
    else:
        saving = max(0, cacheable - cached_tokens) * max(0, input_price - cache_price)
    return Caching(input_tokens, cacheable, cached_tokens, saving)


def added(parts: list[Caching]) -> Caching:
    """Over several models; the saving of those that have one."""
    savings = [p.saving for p in parts if p.saving is not None]
    return Caching(
        sum(p.input for p in parts),
        sum(p.cacheable for p in parts),
        sum(p.cached for p in parts),
        sum(savings) if savings else None,
    )
