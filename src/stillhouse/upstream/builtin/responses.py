"""Tokens -> the object and the events of /v1/responses.

One message with one text part; the events are numbered from 0, and only the last one carries usage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stillhouse.upstream.builtin.asked import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stillhouse.upstream.builtin.answers import Count
    from stillhouse.upstream.builtin.asked import Asked
    from stillhouse.wire.fields import Body

Json = dict[str, Any]


@dataclass(slots=True)
class Reply:
    """One response under way; hands out the events in order."""

    id: str
    created: int
    body: Body
    asked: Asked
    _sequence: int = 0

    def opening(self) -> Iterator[Json]:
        yield self._event("response.created", response=self._object("in_progress"))
        yield self._event("response.in_progress", response=self._object("in_progress"))
        yield self._event(
            "response.output_item.added", output_index=0, item=self._item("in_progress", [])
        )
        yield self._event("response.content_part.added", **self._where, part=_part(""))

    def delta(self, text: str) -> Json:
        return self._event("response.output_text.delta", **self._where, delta=text, logprobs=[])

    def closing(self, text: str, finish: str, count: Count) -> Iterator[Json]:
        yield self._event("response.output_text.done", **self._where, text=text, logprobs=[])
        yield self._event("response.content_part.done", **self._where, part=_part(text))
        whole = self.whole(text, finish, count)
        yield self._event("response.output_item.done", output_index=0, item=whole["output"][0])
        yield self._event(f"response.{whole['status']}", response=whole)

    def whole(self, text: str, finish: str, count: Count) -> Json:
        status = "incomplete" if finish == "length" else "completed"
        details = {"reason": "max_output_tokens"} if status == "incomplete" else None
        return self._object(status) | {
            "output": [self._item(status, [_part(text)])],
            "incomplete_details": details,
            "usage": {
                "input_tokens": count.prompt,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": count.completion,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": count.prompt + count.completion,
            },
        }

    @property
    def _where(self) -> Json:
        return {"item_id": self._item_id, "output_index": 0, "content_index": 0}

    @property
    def _item_id(self) -> str:
        return "msg_" + self.id.removeprefix("resp_")

    def _item(self, status: str, parts: list[Json]) -> Json:
        return {
            "id": self._item_id,
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": parts,
        }

    def _object(self, status: str) -> Json:
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "instructions": self.body.get("instructions"),
            "max_output_tokens": self.body.get("max_output_tokens"),
            "model": NAME,
            "output": [],
            "parallel_tool_calls": False,
            "previous_response_id": None,
            "temperature": self.asked.sampling.temperature,
            "text": self.body.get("text") or {"format": {"type": "text"}},
            "tool_choice": "none",
            "tools": [],
            "top_p": self.asked.sampling.top_p,
            "metadata": self.body.get("metadata") or {},
            "usage": None,
        }

    def _event(self, kind: str, **fields: Any) -> Json:
        event = {"type": kind, "sequence_number": self._sequence} | fields
        self._sequence += 1
        return event


def _part(text: str) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
