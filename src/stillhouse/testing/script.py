"""What a test asks of the scripted upstream, and how the wish travels through a gateway.

A gateway forwards bodies and drops headers, so the wish rides in the body. Two carriers, both of
which official clients let through; values are strings because OpenAI's metadata are:

    metadata   {"prompt_tokens": "374", "completion_tokens": "44", "fault": "cut_mid_stream"}
               chat and responses
    user       "script:374:44" or "script:374:44:cached_tokens=100:delay_ms=50"
               every surface; Anthropic's name for it is metadata.user_id

When nothing is asked the figures follow from the body alone: the same call costs the same.
"""

import zlib
from typing import Any

import msgspec

_PREFIX = "script:"


class Script(msgspec.Struct, frozen=True, omit_defaults=True):
    """One wish. Tokens left at -1 follow from the body.

    prompt_tokens: all of the input, with what was read from or written to a cache.
    completion_tokens: all of the output, with reasoning.
    chunks: pieces of text in a stream; 0 means one for each token, 32 at most.
    wait_ms: before the first byte. delay_ms: between two pieces of a stream.
    end: how it stops: "stop", or "length", or (responses) "failed".
    text: the answer's words, when a test parses them.
    arguments: answer with a call of the first tool.
    tag: comes back in the ledger, so that a test finds its own call again.
    """

    prompt_tokens: int = -1
    completion_tokens: int = -1
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    chunks: int = 0
    wait_ms: float = 0.0
    delay_ms: float = 0.0
    end: str = ""
    text: str = ""
    arguments: str = ""
    fault: str = ""
    tag: str = ""

    def metadata(self) -> dict[str, str]:
        """The wish as OpenAI metadata."""
        return {name: str(value) for name, value in msgspec.to_builtins(self).items()}

    def user(self) -> str:
        """The wish as a `user` (or Anthropic `metadata.user_id`). Raises ValueError for a colon."""
        asked = self.metadata()
        if any(":" in value for value in asked.values()):
            raise ValueError("a value with a colon travels in metadata only")
        first = [asked.pop("prompt_tokens", ""), asked.pop("completion_tokens", "")]
        rest = [f"{name}={value}" for name, value in asked.items()]
        return _PREFIX + ":".join(first + rest)


NOTHING_ASKED = Script()


def read_script(metadata: dict[str, Any] | None, user: str | None) -> Script:
    """Find the wish in either carrier. Raises msgspec.ValidationError when it is malformed."""
    if metadata:
        by_id = metadata.get("user_id")
        if isinstance(by_id, str) and by_id.startswith(_PREFIX):
            return _from_user(by_id)
        script = msgspec.convert(metadata, Script, strict=False)
        if script != NOTHING_ASKED:
            return script
    if user and user.startswith(_PREFIX):
        return _from_user(user)
    return NOTHING_ASKED


def _from_user(text: str) -> Script:
    prompt, _, rest = text.removeprefix(_PREFIX).partition(":")
    completion, _, rest = rest.partition(":")
    if not rest and prompt and completion:
        try:
            return Script(int(prompt), int(completion))
        except ValueError as error:
            raise msgspec.ValidationError(f"user {text!r}: {error}") from error
    fields = {"prompt_tokens": prompt, "completion_tokens": completion}
    for pair in rest.split(":"):
        name, _, value = pair.partition("=")
        fields[name] = value
    asked = {name: value for name, value in fields.items() if value}
    return msgspec.convert(asked, Script, strict=False)


class Bill(msgspec.Struct, frozen=True):
    """What the upstream charges for: totals, and the parts that they contain."""

    prompt: int
    completion: int
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0

    @property
    def total(self) -> int:
        return self.prompt + self.completion


def bill_for(script: Script, body: bytes, *, limit: int | None) -> Bill:
    """The figures that an honest provider would reach: never above the request's own limit."""
    prompt = script.prompt_tokens if script.prompt_tokens >= 0 else len(body) // 4 + 1
    completion = script.completion_tokens
    if completion < 0:
        completion = zlib.crc32(body) % 64 + 1
    if limit is not None:
        completion = min(completion, limit)
    cached = min(script.cached_tokens, prompt)
    return Bill(
        prompt=prompt,
        completion=completion,
        cached=cached,
        cache_write=min(script.cache_write_tokens, prompt - cached),
        reasoning=min(script.reasoning_tokens, completion),
    )
