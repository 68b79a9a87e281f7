"""What a tokenizer is: its hash, the bytes of each token, and whether two are the same.

Log-probabilities speak of tokens by number (a local teacher) or by their bytes (a recorded one).
Both are only about the student's tokens when its tokenizer is the teacher's; otherwise training
runs, the loss falls, and the student learns nonsense without a warning (TRL issues 4562, 2215). So
the proof comes first and there is no way around it: another tokenizer is refused, and sequence
distillation (the teacher's text alone) is what remains.

A model may have more rows than its tokenizer has tokens: rows of padding, up to a multiple that
suits some hardware. Two such models may differ in rows though their tokens are the same (151,936
and 152,064 in one family); the rows beyond the tokens are cut, after the proof and never before.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from stillhouse.wire.speech import byte_alphabet

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

HASHED: Final = ("added_tokens", "normalizer", "pre_tokenizer", "model")
"""the parts of a tokenizer that decide which text becomes which numbers"""


class ForeignTokenizerError(ValueError):
    """The teacher's tokens are not the student's. The operator's to mend: the next step is told."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why}. Log-probabilities of another vocabulary would train nonsense and show no sign "
            'of it. Choose a student with the teacher\'s tokenizer, or objective = "sequence", '
            "which needs only the teacher's text."
        )


def digest(tokenizer: PreTrainedTokenizerFast) -> str:
    """SHA-256 of what decides text -> numbers; equal digests, equal numbers for every text."""
    written = json.loads(tokenizer.backend_tokenizer.to_str())
    told = json.dumps({part: written.get(part) for part in HASHED}, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def prove_same(student: PreTrainedTokenizerFast, teacher: PreTrainedTokenizerFast) -> None:
    """Both map every text to the same numbers.

    Raises:
        ForeignTokenizerError: they do not, or it cannot be shown.
    """
    ours, theirs = student.get_vocab(), teacher.get_vocab()
    if ours != theirs:
        odd = sorted(
            token for token in ours.keys() | theirs.keys() if ours.get(token) != theirs.get(token)
        )
        raise ForeignTokenizerError(
            f"The teacher's vocabulary differs from the student's in {len(odd)} tokens, "
            f"{odd[0]!r} is the first"
        )
    prove_digest(student, digest(teacher))


def prove_digest(student: PreTrainedTokenizerFast, teacher: str | None) -> None:
    """The same by the teacher's digest alone, as it stands in the record of the traffic."""
    if not teacher:
        raise ForeignTokenizerError("The traffic does not say with which tokenizer it was made")
    ours = digest(student)
    if teacher != ours:
        raise ForeignTokenizerError(
            f"The teacher's tokenizer is {teacher[:12]} and the student's {ours[:12]}"
        )


def size(tokenizer: PreTrainedTokenizerFast) -> int:
    """One more than the highest token."""
    return int(max(tokenizer.get_vocab().values())) + 1


def cut(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> int:
    """Take the rows of padding off a model; return how many there were.

    Raises:
        ForeignTokenizerError: the model has fewer rows than the tokenizer has tokens.
    """
    rows, tokens = int(model.get_input_embeddings().weight.shape[0]), size(tokenizer)
    if rows < tokens:
        raise ForeignTokenizerError(f"The model has {rows} rows for {tokens} tokens")
    if rows > tokens:
        model.resize_token_embeddings(tokens, mean_resizing=False)
    return rows - tokens


def spell(tokenizer: PreTrainedTokenizerFast) -> list[bytes]:
    """The bytes of every token, by number; special tokens and holes are empty.

    Reads byte-level vocabularies (Llama 3, Qwen, those made here) and those of SentencePiece with
    byte fallback (Gemma, Llama 2).
    """
    written: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    alphabet = byte_alphabet()
    special = {token["id"] for token in written["added_tokens"] if token["special"]}
    plain = {token["id"] for token in written["added_tokens"]}  # these are written as they read
    spelled = [b""] * size(tokenizer)
    for token, number in tokenizer.get_vocab().items():
        if number in special:
            continue
        if number in plain:
            spelled[number] = token.encode()
        elif _is_byte_level(written):
            spelled[number] = bytes(alphabet[character] for character in token)
        elif len(token) == 6 and token.startswith("<0x") and token.endswith(">"):
            spelled[number] = bytes([int(token[3:5], 16)])
        else:
            spelled[number] = token.replace("\N{LOWER ONE EIGHTH BLOCK}", " ").encode()
    return spelled


def _is_byte_level(written: dict[str, Any]) -> bool:
    return '"ByteLevel"' in json.dumps([written.get("pre_tokenizer"), written.get("decoder")])
