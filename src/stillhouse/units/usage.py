"""What one call used, by meter. Meters are disjoint: they sum to the provider's totals.

A `Usage` is a plain tuple of counts in the order of `METERS`, because it is made, priced and
stored once per call on the hot path: a charge is then one dot product.
"""

from enum import StrEnum
from typing import NamedTuple


class Meter(StrEnum):
    """What is counted. The value is the word used in configuration, receipts and invoices."""

    INPUT = "input"
    """Text input tokens that were neither read from nor written to a cache."""
    CACHE_READ = "cache_read"
    CACHE_WRITE = "cache_write"
    """Cache writes with the provider's default lifetime (5 minutes at Anthropic)."""
    CACHE_WRITE_1H = "cache_write_1h"
    OUTPUT = "output"
    """Text output tokens that the client can read; reasoning is counted apart."""
    REASONING = "reasoning"
    AUDIO_IN = "audio_in"
    AUDIO_OUT = "audio_out"
    IMAGE_IN = "image_in"
    IMAGE_OUT = "image_out"
    REQUESTS = "requests"


class Usage(NamedTuple):
    """Counts of one call, each >= 0, in the order of `METERS`."""

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    output: int = 0
    reasoning: int = 0
    audio_in: int = 0
    audio_out: int = 0
    image_in: int = 0
    image_out: int = 0
    requests: int = 0

    @property
    def tokens_in(self) -> int:
        return (
            self.input
            + self.cache_read
            + self.cache_write
            + self.cache_write_1h
            + self.audio_in
            + self.image_in
        )

    @property
    def tokens_out(self) -> int:
        return self.output + self.reasoning + self.audio_out + self.image_out


COUNT_MAX = 2**25
"""No call uses more of one meter. A report that says so is garbage and is not believed: it would
cost a customer a fortune, and a charge must fit its 64 bits."""


class Plain(Usage):
    """Text in, text out, one request: most calls. Made by `plain`.

    Its type says that the other meters are zero, and that these are from 0 to COUNT_MAX.
    """

    __slots__ = ()

    @property
    def tokens_in(self) -> int:
        return self[0]

    @property
    def tokens_out(self) -> int:
        return self[4]


_new = tuple.__new__


def plain(tokens_in: int, tokens_out: int) -> Plain:
    return _new(Plain, (tokens_in, 0, 0, 0, tokens_out, 0, 0, 0, 0, 0, 1))


METERS: tuple[Meter, ...] = tuple(Meter)
INPUT_METERS = frozenset(
    {
        Meter.INPUT,
        Meter.CACHE_READ,
        Meter.CACHE_WRITE,
        Meter.CACHE_WRITE_1H,
        Meter.AUDIO_IN,
        Meter.IMAGE_IN,
    }
)
OUTPUT_METERS = frozenset({Meter.OUTPUT, Meter.REASONING, Meter.AUDIO_OUT, Meter.IMAGE_OUT})
NOTHING = Usage()
