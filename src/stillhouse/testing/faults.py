"""Faults as data: what goes wrong with the n-th call is a pure function of a seed and n.

    plan = FaultPlan(seed=7, rates={Fault.CUT_MID_STREAM: 0.01, Fault.STATUS_429: 0.02})
    plan.draw(41)        the same fault, or none, on every machine and in every run

A failing test prints `str(plan)`, which is the command-line options that replay it. A request may
also ask for one fault by its name (see `script`). What a fault does to an answer is here too, on
the steps that the upstream plays: bytes to write, seconds to wait, or the end of the connection.

All faults but the refusals bill the call in full, the worst case for a gateway: a provider charges
for what it made, whether or not it arrived.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import Literal, Self

Step = bytes | float | Literal["close", "abort"]
"""Write these bytes; wait these seconds; close (what was written arrives); abort (it may not)."""


class Fault(StrEnum):
    """What can go wrong with one call."""

    CUT_BEFORE_ANSWER = "cut_before_answer"
    CUT_MID_CHUNK = "cut_mid_chunk"  # inside an event, or inside a plain body
    CUT_MID_STREAM = "cut_mid_stream"  # between two events; a plain answer loses its whole body
    STALL_BEFORE = "stall_before"
    STALL_MID = "stall_mid"
    STATUS_429 = "status_429"
    STATUS_500 = "status_500"
    STATUS_503 = "status_503"
    MISSING_USAGE = "missing_usage"
    DUPLICATE_USAGE = "duplicate_usage"  # first a low figure, then the right one
    OVER_REPORT = "over_report"  # more tokens than the request allowed, and billed
    GARBAGE_BYTES = "garbage_bytes"  # not UTF-8
    GARBAGE_JSON = "garbage_json"  # an event, or a plain body, that is not JSON
    GARBAGE_FRAMING = "garbage_framing"  # a chunk size, or a status line, that is none
    SLOW_BYTES = "slow_bytes"  # byte by byte
    EARLY_CLOSE = "early_close"  # the kept connection closes just after the answer


REFUSALS = {Fault.STATUS_429: 429, Fault.STATUS_500: 500, Fault.STATUS_503: 503}
_SLOW_BYTES_MAX = 512
"""After so many single bytes the rest comes at once: the point is made, and tests stay short."""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Which call meets which fault. rates: share of calls, 0 to 1, summing to at most 1."""

    seed: int = 0
    rates: Mapping[Fault, float] = field(default_factory=dict)
    stall_s: float = 30.0
    slow_byte_s: float = 0.001

    def __post_init__(self) -> None:
        total = sum(self.rates.values())
        if total > 1.0 or any(rate < 0 for rate in self.rates.values()):
            raise ValueError(f"rates are shares of calls from 0 to 1 in all, not {total}")

    @classmethod
    def parse(cls, text: str, *, seed: int = 0, stall_s: float = 30.0) -> Self:
        """Read "cut_mid_stream=0.01,status_429=0.02". Raises ValueError naming what is wrong."""
        rates: dict[Fault, float] = {}
        for pair in filter(None, text.split(",")):
            name, _, rate = pair.partition("=")
            try:
                rates[Fault(name.strip())] = float(rate)
            except ValueError as error:
                known = ", ".join(Fault)
                raise ValueError(f"{pair!r}: {error}; write FAULT=SHARE, of: {known}") from error
        return cls(seed=seed, rates=rates, stall_s=stall_s)

    def draw(self, number: int) -> Fault | None:
        """What befalls the number-th call."""
        if not self.rates:
            return None
        digest = blake2b(b"%d:%d" % (self.seed, number), digest_size=8).digest()
        point = int.from_bytes(digest, "big") / 2.0**64
        for fault, rate in self.rates.items():
            point -= rate
            if point < 0:
                return fault
        return None

    def __str__(self) -> str:
        rates = ",".join(f"{fault}={rate}" for fault, rate in self.rates.items())
        return f"--seed {self.seed} --faults {rates or '-'} --stall {self.stall_s}"


def spoil(fault: Fault, head: bytes, frames: list[bytes], plan: FaultPlan) -> list[Step]:
    """The steps of an answer with this fault; faults that only change its words change none here.

    head: status line and headers. frames: the body as it goes over the wire, piece by piece.
    """
    middle = len(frames) // 2
    before, after = head + b"".join(frames[:middle]), b"".join(frames[middle:])
    match fault:
        case Fault.CUT_BEFORE_ANSWER:
            return ["abort"]
        case Fault.CUT_MID_STREAM:
            return [before, "close"]
        case Fault.CUT_MID_CHUNK:
            return [before + frames[middle][: len(frames[middle]) // 2], "close"]
        case Fault.STALL_BEFORE:
            return [plan.stall_s, before + after]
        case Fault.STALL_MID:
            return [before, plan.stall_s, after]
        case Fault.GARBAGE_FRAMING if len(frames) > 1:
            return [before + b"zz\r\n", "close"]
        case Fault.GARBAGE_FRAMING:
            return [b"HTTP/1.1 okay then\r\n\r\n", "close"]
        case Fault.SLOW_BYTES:
            return list(_slowly(before + after, plan.slow_byte_s))
        case Fault.EARLY_CLOSE:
            return [before + after, 0.005, "close"]
        case _:
            return [before + after]


def _slowly(data: bytes, wait: float) -> Iterator[Step]:
    for at in range(min(len(data), _SLOW_BYTES_MAX)):
        yield data[at : at + 1]
        yield wait
    yield data[_SLOW_BYTES_MAX:]


def garble(fault: Fault, pieces: list[bytes], *, stream: bool) -> list[bytes]:
    """Break the words of an answer while its framing stays right."""
    if fault is Fault.GARBAGE_BYTES:
        broken = b"data: \xff\xfe\x80 not text \xc3\x28\n\n" if stream else b"\xff\xfe\x80\xc3\x28"
    elif fault is Fault.GARBAGE_JSON:
        broken = b'data: {"id":"chatcmpl-scr", "choices":[{\n\n' if stream else b'{"id":"chatc'
    else:
        return pieces
    if not stream:
        return [broken]
    middle = len(pieces) // 2
    return [*pieces[:middle], broken, *pieces[middle:]]
