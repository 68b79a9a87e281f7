"""What goes on to a provider: the client's bytes with the named edits, and the headers that pass.

    model             the deployment's name becomes the provider's
    stream_options    a stream is asked for its usage, where the client did not ask
    token limit       near the end of a budget, for deployments with `cap`

Everything else of a body stays byte for byte. Pure.
"""

from stillhouse.gateway.admit import Admitted
from stillhouse.gateway.routing import ANTHROPIC_SURFACES, Leg
from stillhouse.tariff import bound
from stillhouse.wire import edit
from stillhouse.wire.paths import Surface
from stillhouse.wire.request import Asked

MUST_ASK = frozenset({Surface.CHAT, Surface.COMPLETIONS})
"""Streams that report their usage only when asked."""
ANTHROPIC_VERSION = b"2023-06-01"
PASSED = frozenset({b"openai-beta", b"idempotency-key", b"anthropic-beta", b"anthropic-version"})
CAP_TOKENS_MIN = 16
"""Below this many affordable output tokens a call is refused rather than shortened."""


def edited(body: bytes, asked: Asked, leg: Leg, surface: Surface) -> bytes:
    """The body for this provider."""
    model = leg.deployment.model
    if asked.model != model:
        body = edit.with_model(body, model)
    if asked.stream and strips(asked, leg, surface):
        body = edit.with_usage(body, asked)
    return body


def strips(asked: Asked, leg: Leg, surface: Surface) -> bool:
    """Whether we ask a stream for its usage, and so must take that out of it again."""
    return not asked.asked_usage and surface in MUST_ASK and leg.provider.stream_usage


def headers(given: dict[bytes, bytes], surface: Surface) -> bytes:
    """Header lines for the provider; its own credentials are added elsewhere."""
    lines = b""
    if not PASSED.isdisjoint(given):
        lines = b"".join(b"%b: %b\r\n" % line for line in given.items() if line[0] in PASSED)
    if surface in ANTHROPIC_SURFACES and b"anthropic-version" not in given:
        lines += b"anthropic-version: %b\r\n" % ANTHROPIC_VERSION
    return lines


def affordable(admitted: Admitted, room: int) -> tuple[int, int]:
    """(output tokens, hold) that `room` pico-units can pay for, where the deployment allows a cap.

    (0, 0) when it may not be capped or would be capped to nothing useful. A client's own limit is
    never lowered, and a call with several answers or fallbacks is refused rather than guessed at.
    """
    legs, asked = admitted.lane.legs, admitted.asked
    leg = legs[0]
    sale = leg.sale
    if (
        not leg.deployment.cap
        or sale is None
        or len(legs) > 1
        or asked.output_limit is not None
        or asked.choices * asked.prompts != 1
    ):
        return 0, 0
    tokens_in, tokens = admitted.tokens_in, admitted.tokens_out
    ends = [sale] if leg.sales is None else leg.sales.within(tokens_in)
    if max(t.bound_out for t in ends) <= 0:
        return 0, 0
    for t in ends:
        if t.bound_out:
            left = room - bound(tokens_in, 0, t)
            tokens = min(left // t.bound_out, tokens)
    hold = leg.bound(tokens_in, max(tokens, 0))
    return (0, 0) if tokens < CAP_TOKENS_MIN or hold > room else (tokens, hold)
