"""Who says what an attempt used: the provider's report, or what passed through our hands. Pure."""

from stillhouse.gateway.admit import Admitted
from stillhouse.gateway.routing import Leg
from stillhouse.ledger.receipt import (
    FLAG_DUPLICATE_USAGE,
    FLAG_INCONSISTENT,
    Open,
    Outcome,
)
from stillhouse.ledger.rules import believable
from stillhouse.units.usage import NOTHING, Usage
from stillhouse.wire.count import count_input, count_output
from stillhouse.wire.paths import Surface
from stillhouse.wire.stream import Stream
from stillhouse.wire.usage import read_usage


def open_record(
    admitted: Admitted, leg: Leg, surface: Surface, *, seq: int, call: int, at: int, held: int
) -> Open:
    """What is known of an attempt before it is dispatched."""
    path, deployment, sale, cost = admitted.path, leg.deployment, leg.sale, leg.cost
    key = path.payer.key
    return Open(
        seq,
        call,
        at,
        key.account,
        key.project,
        key.id,
        deployment.name,
        leg.provider.name,
        deployment.model,
        surface,
        admitted.asked.stream,
        held,
        "" if sale is None else sale.id,
        "" if cost is None else cost.id,
        path.purse_names if held else (),
        admitted.tokens_in,
    )


def reported(
    surface: Surface, stream: Stream | None, status: int, answer: bytes
) -> tuple[Usage | None, int]:
    """The provider's usage, None when it reported none that can be true; and flags."""
    if stream is not None:
        usage, odd = stream.usage, stream.inconsistent
        flags = FLAG_DUPLICATE_USAGE if stream.usage_reports > 1 else 0
    elif status == 200 and answer:
        found = read_usage(surface, answer)
        if found is None:
            return None, 0
        usage, odd = found
        flags = 0
    else:
        return None, 0
    if usage is not None and not believable(usage):
        return None, flags | FLAG_INCONSISTENT
    return usage, flags | FLAG_INCONSISTENT if odd else flags


def counted(
    surface: Surface, stream: Stream | None, outcome: Outcome, answer: bytes, body: bytes
) -> Usage:
    """What we saw ourselves. Nothing seen, nothing counted."""
    if stream is not None:
        pieces = stream.pieces
    elif outcome == "completed" and answer:
        pieces = count_output(surface, answer)
    else:
        return NOTHING
    return Usage(input=count_input(body), output=pieces, requests=1)
