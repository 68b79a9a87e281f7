"""Token counts for answers whose provider reports none: the witness `counted`.

A rough count, and called so wherever it is shown: the bytes of the text divided by four, rounded
up. Near the truth for English in byte-pair vocabularies; other scripts have fewer bytes a token, so
there it undercounts. It needs no tokenizer, and it cannot see hidden reasoning.
"""

from typing import Any

import msgspec

from stillhouse.wire.paths import Surface

BYTES_PER_TOKEN = 4

_DELIVERED = frozenset(
    {
        "arguments",
        "content",
        "input",
        "name",
        "reasoning",
        "reasoning_content",
        "refusal",
        "text",
        "thinking",
        "transcript",
    }
)
"""Keys of an answer whose strings the model wrote."""
_BINARY = frozenset({"data", "file_data", "b64_json", "encrypted_content", "signature"})
"""Keys of a request whose strings are not text."""


def count_output(surface: Surface, body: bytes) -> int:
    """Tokens of what an unstreamed answer delivered: content, reasoning, refusals, tool arguments.

    An answer that is not JSON counts as if all of it were text.
    """
    if surface is Surface.EMBEDDINGS or surface is Surface.COUNT_TOKENS:
        return 0
    answer = _decoded(body)
    if not isinstance(answer, dict):
        return tokens(len(body))
    return tokens(sum(_delivered(answer.get(part)) for part in ("choices", "output", "content")))


def count_input(body: bytes) -> int:
    """Tokens of what a request sends: its string values (not data URLs or base64) and token ids."""
    asked = _decoded(body)
    if asked is None:
        return tokens(len(body))
    return tokens(_sent(asked))


def tokens(size: int) -> int:
    """Text of this many bytes, in tokens."""
    return -(-size // BYTES_PER_TOKEN)


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _delivered(value: Any) -> int:
    if isinstance(value, list):
        return sum(_delivered(each) for each in value)
    if not isinstance(value, dict):
        return 0
    size = 0
    for key, each in value.items():
        if not isinstance(each, str):
            # A tool's input is written by the model down to its last string.
            size += _sent(each) if key == "input" else _delivered(each)
        elif key in _DELIVERED:
            size += len(each.encode())
    return size


def _sent(value: Any) -> int:
    if isinstance(value, str):
        return 0 if value.startswith("data:") else len(value.encode())
    if isinstance(value, list):
        if value and isinstance(value[0], int):
            return len(value) * BYTES_PER_TOKEN
        return sum(_sent(each) for each in value)
    if isinstance(value, dict):
        return sum(_sent(each) for key, each in value.items() if key not in _BINARY)
    return 0
