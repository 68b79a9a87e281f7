"""One accepted request, as the scripted upstream understands it: the input of every answer.

Reading takes only the fields that shape an answer, typed, so that a body which a real provider
would refuse is refused here too and a gateway's edits are seen for what they are.
"""

import re
from enum import StrEnum
from typing import Any

import msgspec

from stillhouse.testing.script import NOTHING_ASKED, Bill, Script, bill_for, read_script

CREATED = 1_700_000_000
"""Every answer says that it was made at this moment: the same call gives the same bytes."""
_CHUNKS_MAX = 32


class Surface(StrEnum):
    """Which API a path belongs to."""

    CHAT = "chat"
    COMPLETIONS = "completions"
    EMBEDDINGS = "embeddings"
    RESPONSES = "responses"
    MESSAGES = "messages"
    COUNT_TOKENS = "count_tokens"


class Route(msgspec.Struct, frozen=True):
    """Where a path leads. deployment: the model that an Azure path names."""

    surface: Surface
    azure: bool = False
    deployment: str = ""


_PATH = re.compile(
    r"(?:/v1|/openai/v1|/openai/deployments/(?P<deployment>[^/]+))"
    r"/(?P<name>chat/completions|completions|embeddings|responses|messages/count_tokens|messages)"
)
_SURFACES = {
    "chat/completions": Surface.CHAT,
    "completions": Surface.COMPLETIONS,
    "embeddings": Surface.EMBEDDINGS,
    "responses": Surface.RESPONSES,
    "messages": Surface.MESSAGES,
    "messages/count_tokens": Surface.COUNT_TOKENS,
}


def route(url: str) -> Route | None:
    """None: no such path. As at Azure, a deployment's path without an api-version is none."""
    path, _, query = url.partition("?")
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    deployment = found["deployment"] or ""
    if deployment and "api-version=" not in query:
        return None
    return Route(_SURFACES[found["name"]], path.startswith("/openai/"), deployment)


class _StreamOptions(msgspec.Struct):
    include_usage: bool | None = None


class _Function(msgspec.Struct):
    name: str = ""


class _Tool(msgspec.Struct):
    name: str = ""
    function: _Function | None = None


class _Body(msgspec.Struct):
    model: str = ""
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    metadata: dict[str, Any] | None = None
    user: str | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    max_output_tokens: int | None = None
    n: int | None = None
    tools: list[_Tool] | None = None
    input: msgspec.Raw = msgspec.Raw()
    encoding_format: str | None = None
    dimensions: int | None = None


class Call(msgspec.Struct, frozen=True):
    """What an answer is made of. `model` and `tool` are JSON strings, quotes included.

    reports: how many times the answer says its usage; a fault makes it 0 or 2.
    limit: the request's own token limit, if it named one.
    """

    number: int
    surface: Surface
    model: bytes
    stream: bool
    include_usage: bool
    bill: Bill
    script: Script
    limit: int | None = None
    n: int = 1
    tool: bytes = b""
    inputs: int = 1
    dimensions: int = 8
    base64: bool = False
    reports: int = 1

    @property
    def stopped(self) -> bytes:
        """As asked; else "length" when the answer fills the request's limit, and "stop"."""
        full = self.limit is not None and self.bill.completion >= self.limit > 0
        return (self.script.end or ("length" if full else "stop")).encode()


_bodies = msgspec.json.Decoder(_Body)


def read_call(number: int, way: Route, body: bytes, unasked: Script = NOTHING_ASKED) -> Call:
    """Raises msgspec.DecodeError (or its ValidationError) for a body that a provider would refuse.

    unasked: the script of a request that carries none.
    """
    asked = _bodies.decode(body)
    script = read_script(asked.metadata, asked.user)
    if script is NOTHING_ASKED:
        script = unasked
    limit = asked.max_completion_tokens or asked.max_tokens or asked.max_output_tokens
    bill = bill_for(script, body, limit=limit)
    if way.surface in {Surface.EMBEDDINGS, Surface.COUNT_TOKENS}:
        bill = Bill(bill.prompt, 0)
    options = asked.stream_options
    call = Call(
        number=number,
        surface=way.surface,
        model=msgspec.json.encode(asked.model or way.deployment),
        stream=bool(asked.stream),
        include_usage=options is not None and bool(options.include_usage),
        bill=bill,
        script=script,
        limit=limit,
        n=asked.n or 1,
    )
    if way.surface is Surface.EMBEDDINGS:
        return msgspec.structs.replace(
            call,
            stream=False,
            inputs=_inputs(asked.input),
            dimensions=asked.dimensions or 8,
            base64=asked.encoding_format == "base64",
        )
    if script.arguments and asked.tools:
        tool = asked.tools[0]
        name = tool.function.name if tool.function else tool.name
        return msgspec.structs.replace(call, tool=msgspec.json.encode(name))
    return call


def _inputs(raw: msgspec.Raw) -> int:
    """One text, one list of token ids, or a list of either."""
    if not bytes(raw):
        return 1
    value = msgspec.json.decode(raw)
    if not isinstance(value, list) or not value or isinstance(value[0], int):
        return 1
    return len(value)


def text(call: Call) -> bytes:
    """The whole answer's text, escaped for a JSON string."""
    return b"".join(text_pieces(call, 1))


def text_pieces(call: Call, count: int = 0) -> list[bytes]:
    """The text in `count` pieces (0: as many as the script says), escaped for a JSON string."""
    script = call.script
    if script.text:
        letters, count = script.text, count or script.chunks or 4
        size = -(-len(letters) // count)
        cut = [letters[at : at + size] for at in range(0, len(letters), size)]
        return [msgspec.json.encode(piece)[1:-1] for piece in cut]
    words = call.bill.completion - call.bill.reasoning
    if words <= 0:
        return []
    count = min(count or script.chunks or _CHUNKS_MAX, words)
    each, more = divmod(words, count)
    return [b" word" * each] * (count - 1) + [b" word" * (each + more)]
