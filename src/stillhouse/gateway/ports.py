"""What the gateway needs from other rooms; compose hands in the concrete things."""

from typing import Protocol

from stillhouse.ledger.receipt import Outcome
from stillhouse.wire.deployment import Provider
from stillhouse.wire.paths import Surface

Headers = dict[bytes, bytes]
"""Of a provider's answer, names in lower case; of a name given twice, the last."""


class Line(Protocol):
    """A request on its way to a provider."""

    def abandon(self) -> None:
        """Close it: nobody reads the answer any more."""
        ...

    def pause(self) -> None: ...
    def resume(self) -> None: ...


class Sink(Protocol):
    """Who reads a provider's answer: one attempt of a call.

    on_head, then on_data any number of times, then on_end or on_failure, exactly one of them.
    on_failure may come first, and comes at most once. `kind` is an Outcome. on_answer comes instead
    of all when a whole answer came at once; its line has ended.
    """

    def on_head(self, status: int, headers: Headers) -> None: ...
    def on_data(self, data: bytes) -> None: ...
    def on_end(self) -> None: ...
    def on_answer(self, status: int, headers: Headers, body: bytes) -> None: ...
    def on_failure(self, kind: Outcome, message: str) -> None: ...


class Upstream(Protocol):
    """Connections to one provider."""

    provider: Provider

    def dispatch(
        self, surface: Surface, model: str, body: bytes, extra: bytes, sink: Sink
    ) -> Line | None:
        """Send one request. `extra` is further header lines, already encoded.

        Returns None when the provider has no room for another connection.
        """
        ...

    def retire(self) -> None:
        """No new requests; connections close when their answers end."""
        ...

    def sweep(self, now: float) -> None:
        """Close connections that were idle for too long."""
        ...


class Journal(Protocol):
    """One writer's journal file; `stillhouse.store.journal` is the one on disk."""

    writer: int

    def next_seq(self) -> int: ...
    def append(self, frame: bytes) -> None: ...
    def flush(self) -> int: ...
    def sync(self, position: int) -> None: ...
