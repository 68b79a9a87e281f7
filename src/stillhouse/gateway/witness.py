"""Who says what an attempt used: the provider's report, or what passed through our hands. Pure."""

from stillhouse.ledger.receipt import FLAG_DUPLICATE_USAGE, FLAG_INCONSISTENT, Outcome
from stillhouse.units.usage import NOTHING, Usage
from stillhouse.wire.count import count_input, count_output
from stillhouse.wire.paths import Surface
from stillhouse.wire.stream import Stream
from stillhouse.wire.usage import read_usage


def reported(
    surface: Surface, stream: Stream | None, status: int, answer: bytes
) -> tuple[Usage | None, int, str | None]:
    """The provider's usage, None when it reported none; flags; the service tier that it named."""
    if stream is not None:
        usage, odd, tier = stream.usage, stream.inconsistent, stream.tier
        flags = FLAG_DUPLICATE_USAGE if stream.usage_reports > 1 else 0
    elif status == 200 and answer:
        found = read_usage(surface, answer)
        if found is None:
            return None, 0, None
        return found.usage, FLAG_INCONSISTENT if found.inconsistent else 0, found.tier
    else:
        return None, 0, None
    return usage, flags | FLAG_INCONSISTENT if odd else flags, tier


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
