"""What the scripted upstream billed: the truth that receipts are compared with.

A call is billed when the upstream accepts it, whatever then happens to its answer; refusals are
counted apart and cost nothing. Kept in memory, in order of arrival.
"""

import msgspec

from stillhouse.testing.call import Call


class Billed(msgspec.Struct):
    """One call that the upstream charges for.

    delivered: the whole answer was handed to the connection; not proof that anyone read it.
    tag: what the request's script called itself.
    """

    id: str
    surface: str
    model: str
    stream: bool
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    fault: str = ""
    tag: str = ""
    delivered: bool = False


class UpstreamLedger:
    """Every billed call, and how many requests were refused."""

    def __init__(self) -> None:
        self.billed: list[Billed] = []
        self.refused = 0
        self.connections = 0
        """opened since the start: far fewer than calls when connections are kept"""

    def bill(self, request_id: str, call: Call, fault: str) -> Billed:
        bill = call.bill
        entry = Billed(
            id=request_id,
            surface=call.surface.value,
            model=call.model[1:-1].decode(),
            stream=call.stream,
            prompt_tokens=bill.prompt,
            completion_tokens=bill.completion,
            cached_tokens=bill.cached,
            cache_write_tokens=bill.cache_write,
            reasoning_tokens=bill.reasoning,
            fault=fault,
            tag=call.script.tag,
        )
        self.billed.append(entry)
        return entry

    def summary(self, *, records: bool = False) -> dict[str, object]:
        """The JSON of GET /_script/ledger; with ?records=1 each call, else their ids."""
        billed = self.billed
        shown: dict[str, object] = {
            "calls": len(billed),
            "refused": self.refused,
            "connections": self.connections,
            "prompt_tokens": sum(entry.prompt_tokens for entry in billed),
            "completion_tokens": sum(entry.completion_tokens for entry in billed),
            "cached_tokens": sum(entry.cached_tokens for entry in billed),
            "cache_write_tokens": sum(entry.cache_write_tokens for entry in billed),
            "reasoning_tokens": sum(entry.reasoning_tokens for entry in billed),
            "ids": [entry.id for entry in billed],
        }
        if records:
            shown["records"] = billed
        return shown

    def clear(self) -> None:
        self.billed.clear()
        self.refused = 0
