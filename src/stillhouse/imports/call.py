"""One call as a log tells it: who, when, which model, how much. No text of it is kept.

A line that cannot be read is a value with a reason, never an end: one bad line hides no good one.
"""

from decimal import Decimal
from typing import Literal

import msgspec

from stillhouse.ledger.receipt import Outcome, Witness
from stillhouse.units.usage import Usage
from stillhouse.wire.paths import Surface

Reason = Literal[
    "not_json",  # not one JSON value
    "not_an_object",  # JSON, but no object of this format: a field is missing or of another type
    "too_long",  # longer than any call's line
    "no_time",  # it does not say when, or not in which zone
    "no_account",  # it names no account and none was given for the file
    "no_model",
    "no_usage",  # nothing says what was used, and there is no text to count
    "no_call",  # a line of another kind: a request that was never answered, a job's state
    "unbelievable",  # counts or times that no call has
    "bad_name",  # an account or project name that cannot be one
    "conflict",  # this id was imported before with other contents
]


class LineError(ValueError):
    """This line cannot be imported, and why."""

    def __init__(self, reason: Reason, message: str) -> None:
        self.reason, self.message = reason, message
        super().__init__(message)


class Call(msgspec.Struct, frozen=True, gc=False):
    """What a line says. Times in microseconds.

    id: the log's own name of the call, "" when it has none. account, project, key: as the log
    names them; "" is none. tier: as `wire.tiers` calls it. counted: the witness is our own count
    of `sizes`, the bytes of request and response. workload, cohort: as declared. reported_cost:
    what the log says that the provider bills, in `currency`; None when it does not say. template:
    the request, only on its way to the fingerprint of its template; never kept.
    """

    id: str
    at: int
    account: str
    model: str
    usage: Usage
    project: str = ""
    key: str = ""
    provider: str = ""
    surface: Surface = Surface.CHAT
    stream: bool = False
    tier: str = ""
    witness: Witness = "reported"
    inconsistent: bool = False
    sizes: tuple[int, int] = (0, 0)
    workload: str = ""
    cohort: str = ""
    template: bytes = b""
    batch: bool = False
    outcome: Outcome = "completed"
    status: int = 200
    free: bool = False
    first_byte_us: int = -1
    latency_us: int = 0
    reported_cost: Decimal | None = None
    currency: str = "USD"
