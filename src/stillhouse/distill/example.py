"""One training row: what was asked, what the teacher answered, and where both came from.

A row is never without its lineage: every stage copies rows with `msgspec.structs.replace`, so that
scrubbing, relabelling and deduplication cannot lose whose terms it stands under. A row whose log
does not say is of an unknown origin, and is denied.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from stillhouse.terms import Origin

Finish = Literal["stop", "length", "tool_calls", "content_filter", "unknown"]


class Turn(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One message. role: "system" for system and developer, "user", "assistant", "tool"."""

    role: str
    text: str


class Step(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One token of the answer. alternatives: (token, logarithm of its chance), best first."""

    token: str
    alternatives: tuple[tuple[str, float], ...]


class Example(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """id: of the call. at: when it was made, microseconds. output: the teacher's answer, as text.

    lineage: every model that had a hand in `output`; none is unknown, and denied. Of `gold` no
    terms are asked, it is the operator's own. input: the part of the request that varies, once
    `intake` knows it. steps: with top-k logprobs, where recorded. corrected: what the teacher had
    said, where a later stage put another label.
    """

    id: str
    at: int
    account: str
    workload: str
    turns: tuple[Turn, ...]
    output: str
    lineage: tuple[Origin, ...]
    finish: Finish = "unknown"
    gold: str | None = None
    input: str = ""
    steps: tuple[Step, ...] = ()
    corrected: str | None = None
    project: str = ""
    task: str = ""


_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(Example).decode


def written(example: Example) -> bytes:
    """One line of a dataset, without its end; the same bytes for the same example."""
    return _encode(example)


def read(line: bytes) -> Example:
    """Raises msgspec.MsgspecError for what is no such line."""
    return _decode(line)


def as_label(text: str) -> str:
    """An answer that is a label, without what a chat model puts around it."""
    return " ".join(text.split()).strip(" .!\"'`*")


def as_json(text: str) -> Any:
    """The JSON object of an answer, out of its fence; None when it is none."""
    text = text.strip()
    if text.startswith("```"):
        text = text.strip("`").removeprefix("json").strip()
    if not text.startswith("{"):
        return None
    try:
        found = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return found if isinstance(found, Mapping) else None


def agree(one: str, other: str) -> bool:
    """Whether two answers say the same: equal JSON, or equal words whatever the case and ends."""
    mine, theirs = as_json(one), as_json(other)
    if mine is not None and theirs is not None:
        return bool(mine == theirs)
    return as_label(one).casefold() == as_label(other).casefold()
