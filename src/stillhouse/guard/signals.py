"""What one request shows, without its text: keyed fingerprints, a small sketch, shapes and counts.

    fingerprints  64 bits of BLAKE2b under this folder's key: prompt, system prompt, tools, first
                  message, network, client, payment, end user. They tell equal from different, to
                  nobody without the key
    sketch        the `SKETCH` words of the last message that hash lowest, 32 bits each: how much
                  two prompts share, and how fast an account's words run out. Words with digits are
                  one word; a script without blanks is cut into pairs of letters
    shapes        flags (`Flag`), lines, words, turns, tokens, how the answer was asked for

Only the first `TEXT_CHARS` of a text are read, so a call costs about 50 us whatever its length. The
memory of hashed words is bounded; when it is full it is forgotten, which changes no answer.
"""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from stillhouse.guard.shapes import Flag, orders, shape
from stillhouse.wire.mistakes import BadRequest
from stillhouse.wire.paths import METERED, Surface
from stillhouse.wire.request import read
from stillhouse.wire.template import Templates

TEXT_CHARS = 1024
PRINT_CHARS = 1024
"""Longer texts are known again by their beginning, their end and their length."""
SKETCH = 16
WORDS_KEPT_MAX = 1 << 16


class Call(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known of one call. Times in microseconds; "" is not known.

    body: the request's JSON. path: the access path, as the terms registry names it. template: what
    `wire.template` found, None: not looked for. output_tokens: -1 when nobody counted.
    payment, ip, client: what the operator knows of the payer and the connection. user: the end user
    that the caller names; read from the body when empty.
    """

    id: str
    at: int
    account: str
    model: str
    body: bytes
    surface: Surface = Surface.CHAT
    project: str = ""
    key: str = ""
    path: str = ""
    template: str | None = None
    input_tokens: int = -1
    output_tokens: int = -1
    ip: str = ""
    client: str = ""
    payment: str = ""
    user: str = ""


class Signal(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one call shows. Holds no text of it; ids and names of accounts are the operator's own.

    Fingerprints are 0 where there is nothing. thread: of the conversation's first user message; for
    a first turn it is the prompt's. turns: of the user. decode: of the parameters of decoding.
    words, lines: of the last user message, up to `TEXT_CHARS`. chars: of it, whole.
    system_chars: how long the system prompt is. sketch: ascending. orders: of lines
    that tell to do something.
    """

    id: str
    at: int
    account: str
    model: str
    project: str = ""
    key: str = ""
    path: str = ""
    prompt: int = 0
    thread: int = 0
    system: int = 0
    system_chars: int = 0
    tools: int = 0
    template: str = ""
    decode: int = 0
    opening: int = 0
    flags: int = 0
    turns: int = 1
    chars: int = 0
    words: int = 0
    lines: int = 0
    input_tokens: int = 0
    output_tokens: int = -1
    network: int = 0
    client: int = 0
    payment: int = 0
    user: int = 0
    sketch: tuple[int, ...] = ()
    orders: tuple[int, ...] = ()


_words = re.compile(r"\w+").findall
_digit = re.compile(r"\d").search
_unspaced = re.compile(r"[\u0e00-\u0eff\u2e80-\u9fff\uf900-\ufaff]").match
_dict = msgspec.json.Decoder(dict[str, Any]).decode
_TEXT = frozenset({"text", "input_text", "output_text"})
_RESULTS = frozenset({"tool_result", "function_call_output"})
_DECODING = (
    "temperature",
    "top_p",
    "n",
    "logprobs",
    "top_logprobs",
    "seed",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "reasoning_effort",
    "frequency_penalty",
    "presence_penalty",
    "stop",
)


class Signals:
    """Makes signals. key: this data folder's own, 1 to 64 bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._templates = Templates(key)
        self._known: dict[str, int] = {}

    def see(self, call: Call) -> Signal:
        """What this call shows. A body that is no JSON object shows only that it was sent."""
        try:
            body = _dict(call.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            body = {}
        asked = _asked(body, call.surface)
        text = asked.last[:TEXT_CHARS]
        prompt = self._print(_normal(asked.last))
        first = asked.first
        lower = text.lower()
        found = _words(lower)
        user = call.user or _user(body)
        return Signal(
            id=call.id,
            at=call.at,
            account=call.account,
            model=call.model,
            project=call.project,
            key=call.key,
            path=call.path,
            prompt=prompt,
            thread=prompt if first is asked.last else self._print(_normal(first)),
            system=self._print(_normal(asked.system)),
            system_chars=len(asked.system),
            tools=self._print(_tools(body)),
            template=self._template(call) if call.template is None else call.template,
            decode=self._print(repr([body.get(name) for name in _DECODING])),
            opening=self._word(found[0]) if found else 0,
            flags=int(asked.flags | _parameters(body) | shape(lower, found)),
            turns=asked.turns,
            chars=len(asked.last),
            words=len(found),
            lines=1 + text.count("\n") if text else 0,
            input_tokens=(len(call.body) + 3) // 4 if call.input_tokens < 0 else call.input_tokens,
            output_tokens=call.output_tokens,
            network=self._print(_network(call.ip)),
            client=self._print(call.client),
            payment=self._print(call.payment),
            user=self._print(user),
            sketch=self._sketch(lower, found),
            orders=tuple(self._print(_normal(line)) for line in orders(text)),
        )

    def _print(self, text: str) -> int:
        if not text:
            return 0
        data = text.encode("utf-8", "replace")
        return int.from_bytes(blake2b(data, key=self._key, digest_size=8).digest(), "big")

    def _template(self, call: Call) -> str:
        if call.surface not in METERED:
            return ""
        try:
            return self._templates.find(call.surface, call.body, read(call.surface, call.body))
        except (BadRequest, ValueError, RecursionError):
            return ""

    def _word(self, word: str) -> int:
        found = self._known.get(word)
        if found is None:
            if len(self._known) >= WORDS_KEPT_MAX:
                self._known.clear()
            said = "0" if _digit(word) else word
            data = said.encode("utf-8", "replace")
            digest = blake2b(data, key=self._key, digest_size=4).digest()
            found = self._known[word] = int.from_bytes(digest, "big")
        return found

    def _sketch(self, lower: str, words: list[str]) -> tuple[int, ...]:
        if not lower.isascii() and any(_unspaced(word) for word in words):
            pairs: list[str] = []
            for word in words:
                spaced = _unspaced(word) is None or len(word) == 1
                pairs += [word] if spaced else [word[i : i + 2] for i in range(len(word) - 1)]
            words = pairs
        known, hashed = self._known, self._word
        hashes = {known[word] if word in known else hashed(word) for word in words}
        return tuple(sorted(hashes)[:SKETCH])


class _Asked(msgspec.Struct, gc=False):
    """The turns of a request. first, last: texts of the user."""

    system: str = ""
    first: str = ""
    last: str = ""
    turns: int = 0
    flags: Flag = Flag(0)


def _asked(body: Mapping[str, Any], surface: Surface) -> _Asked:
    asked = _Asked()
    for name in ("system", "instructions"):
        asked.system += _text(body.get(name), asked)
    if asked.system:
        asked.flags |= Flag.SYSTEM
    if surface is Surface.EMBEDDINGS:
        asked.flags |= Flag.EMBEDS
    if body.get("previous_response_id") or body.get("conversation"):
        asked.flags |= Flag.FOLLOW_UP
    turns = body.get("messages") or body.get("input") or body.get("prompt") or ""
    if isinstance(turns, list) and turns and isinstance(turns[0], dict):
        for turn in turns:
            if isinstance(turn, dict):
                _turn(turn, asked)
    else:
        _said(_text(turns, asked), asked)
    return asked


def _turn(turn: Mapping[str, Any], asked: _Asked) -> None:
    role, content = _word(turn, "role"), turn.get("content")
    if role in {"system", "developer"}:
        asked.system += _text(content, asked)
        asked.flags |= Flag.SYSTEM
    elif role == "assistant":
        asked.flags |= Flag.FOLLOW_UP
    elif role in {"tool", "function"} or _word(turn, "type") in _RESULTS:
        asked.flags |= Flag.TOOL_RESULT
    elif role == "user" and (text := _text(content, asked)):
        _said(text, asked)


def _word(of: Mapping[str, Any], name: str) -> str:
    value = of.get(name)
    return value if isinstance(value, str) else ""


def _said(text: str, asked: _Asked) -> None:
    asked.turns += 1
    asked.last = text
    if asked.turns == 1:
        asked.first = text


def _text(content: object, asked: _Asked) -> str:
    """The text of a message's content: a string, or the parts that are text."""
    if isinstance(content, str):
        return content
    parts: list[str] = []
    for part in content if isinstance(content, list) else ():
        if isinstance(part, str):
            parts.append(part)
        elif isinstance(part, dict):
            kind = _word(part, "type")
            if kind in _TEXT and isinstance(part.get("text"), str):
                parts.append(part["text"])
            else:
                asked.flags |= Flag.TOOL_RESULT if kind in _RESULTS else Flag.MEDIA
    return "\n".join(parts)


def _parameters(body: Mapping[str, Any]) -> Flag:
    flags = Flag(0)
    if body.get("tools") or body.get("functions"):
        flags |= Flag.TOOLS
    form = body.get("response_format") or body.get("text") or body.get("output_format")
    if isinstance(form, dict) and "json" in str(form.get("type") or form.get("format")):
        flags |= Flag.SCHEMA
    if _more(body.get("n"), 1) or _more(body.get("best_of"), 1):
        flags |= Flag.MANY
    if body.get("logprobs") or body.get("top_logprobs"):
        flags |= Flag.LOGPROBS
    if body.get("seed") is not None:
        flags |= Flag.SEED
    heat = body.get("temperature")
    if isinstance(heat, int | float):
        flags |= Flag.HOT if heat >= 0.5 else Flag.COLD if heat < 0.01 else Flag(0)
    if body.get("reasoning_effort") or body.get("reasoning") or body.get("thinking"):
        flags |= Flag.EFFORT
    return flags


def _more(value: object, than: int) -> bool:
    return isinstance(value, int | float) and value > than


def _user(body: Mapping[str, Any]) -> str:
    """The end user that the caller names: OpenAI's fields, then Anthropic's."""
    metadata = body.get("metadata")
    inner = metadata.get("user_id") if isinstance(metadata, dict) else None
    for value in (body.get("user"), body.get("safety_identifier"), inner):
        if isinstance(value, str) and value:
            return value
    return ""


def _tools(body: Mapping[str, Any]) -> str:
    tools = body.get("tools") or body.get("functions")
    if not tools:
        return ""
    return msgspec.json.encode(tools, order="deterministic").decode()


def _normal(text: str) -> str:
    if len(text) > PRINT_CHARS:
        text = f"{text[:PRINT_CHARS]}{len(text)}{text[-PRINT_CHARS:]}"
    return " ".join(text.lower().split())


def _network(ip: str) -> str:
    """An address's neighbourhood: 24 bits of IPv4, 48 of IPv6; "" for one that names nobody."""
    if ":" in ip:
        return "" if ip[:2].lower() in {"fc", "fd", "fe", "::"} else ":".join(ip.split(":")[:3])
    parts = ip.split(".")
    if len(parts) != 4 or parts[0] in {"10", "127"} or parts[:2] == ["192", "168"]:
        return ""
    if parts[0] == "172" and parts[1].isdigit() and 16 <= int(parts[1]) < 32:
        return ""
    return ".".join(parts[:3])
