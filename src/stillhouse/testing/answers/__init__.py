"""The bytes of a provider's answer on each surface, as the real ones write them.

    call -> pieces of body: one for a plain answer, one for each event of a stream

    chat          /v1/chat/completions
    completions   /v1/completions
    embeddings    /v1/embeddings
    responses     /v1/responses
    anthropic     /v1/messages and /v1/messages/count_tokens
    refusals      error bodies in each dialect

Pure. The shapes follow recorded exchanges. Text is one word over and over, so that a piece is
encoded once and repeated: a stream of a thousand chunks costs little more to build than one of ten.
"""

from collections.abc import Callable

from stillhouse.testing.answers import anthropic, chat, completions, embeddings, responses
from stillhouse.testing.call import Call, Surface

_UNARY: dict[Surface, Callable[[Call], bytes]] = {
    Surface.CHAT: chat.unary,
    Surface.COMPLETIONS: completions.unary,
    Surface.EMBEDDINGS: embeddings.unary,
    Surface.RESPONSES: responses.unary,
    Surface.MESSAGES: anthropic.unary,
    Surface.COUNT_TOKENS: anthropic.count_tokens,
}
_EVENTS: dict[Surface, Callable[[Call], list[bytes]]] = {
    Surface.CHAT: chat.events,
    Surface.COMPLETIONS: completions.events,
    Surface.RESPONSES: responses.events,
    Surface.MESSAGES: anthropic.events,
}


def pieces(call: Call) -> list[bytes]:
    """The body of the answer, in the pieces that a stream sends apart."""
    if call.stream and call.surface in _EVENTS:
        return _EVENTS[call.surface](call)
    return [_UNARY[call.surface](call)]
