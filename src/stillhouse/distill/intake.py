"""Which part of a request varies from call to call: that is what a student reads.

    turns ─► instructions (masked, hashed) must be known ─► the last user turn,
             without what most calls of the task begin and end with ─► the input

What most calls share was learned from the training rows. A request with other instructions, or
whose text begins otherwise, is not this student's task: `take` gives None and the teacher answers.

Where the turns before the last vary too (a conversation), the input is all of them, one a line.

What is personal in it is replaced by its kind (`pii`), as it was in what the student learned.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256

import msgspec

from stillhouse.distill.example import Turn
from stillhouse.distill.pii import scrubbed
from stillhouse.wire.masks import masked

NEARLY_ALL, RARE = 0.9, 0.1
LOOKED = 4_000
"""Rows that are looked at for what they share: enough, and quick."""
INSTRUCTIONS_MAX = 16
FRAME_MIN, FRAME_MAX = 6, 8_192
"""Letters. What is shorter may be chance: nine questions in ten end with a question mark."""


class Intake(msgspec.Struct, frozen=True):
    """instructions: hashes of what may stand before; empty when no rows had any.

    before, after: what the last user turn begins and ends with. conversation: earlier turns count.
    """

    instructions: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    conversation: bool = False

    def take(self, turns: Sequence[Turn]) -> str | None:
        """The input, or None when this is another task."""
        if (
            self.instructions
            and _standing(turns, conversation=self.conversation) not in self.instructions
        ):
            return None
        if self.conversation:
            return scrubbed("\n".join(t.text for t in turns if t.role != "system"))
        text = _last(turns)
        if text is None or not text.startswith(self.before) or not text.endswith(self.after):
            return None
        if len(text) < len(self.before) + len(self.after):
            return None
        return scrubbed(text[len(self.before) : len(text) - len(self.after)].strip())


def learned(rows: Sequence[Sequence[Turn]]) -> Intake:
    """What nearly all of these requests share."""
    step = max(1, len(rows) // LOOKED)
    seen = rows[::step]
    if not seen:
        return Intake()
    turned = sum(sum(t.role == "user" for t in turns) > 1 for turns in seen)
    known = _known(_standing(turns, conversation=False) for turns in seen)
    conversation = turned > len(seen) / 2 and not known
    if conversation:
        known = _known(_standing(turns, conversation=True) for turns in seen)
        return Intake(known, conversation=True)
    texts = [text for turns in seen if (text := _last(turns)) is not None]
    before = _word_end(_shared(texts), texts)
    rest = [t[len(before) :] for t in texts if t.startswith(before)]
    after = _word_end(_shared([t[::-1] for t in rest]), [t[::-1] for t in rest])[::-1]
    return Intake(known, before, after)


def _known(standing: Iterable[str]) -> tuple[str, ...]:
    """The few that stand before nearly all, and none that is rare; () when they are not few."""
    counted = Counter(standing)
    common = [(name, n) for name, n in counted.most_common(INSTRUCTIONS_MAX)]
    if sum(n for _, n in common) < NEARLY_ALL * counted.total():
        return ()
    names = [name for name, n in common if n >= RARE * counted.total()]
    return tuple(sorted(names or [name for name, _ in common]))


def _last(turns: Sequence[Turn]) -> str | None:
    return turns[-1].text if turns and turns[-1].role == "user" else None


def _standing(turns: Sequence[Turn], *, conversation: bool) -> str:
    """A hash of what stands before the last turn; of a conversation, of its instructions alone."""
    stands = [t for t in turns[:-1] if t.role == "system" or not conversation]
    text = "\x1f".join(f"{t.role}:{masked(t.text)}" for t in stands)
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _shared(texts: Iterable[str]) -> str:
    """The longest beginning that nearly all have."""
    alive = list(texts)
    least = NEARLY_ALL * len(alive)
    if len(alive) < 2:
        return ""
    at = 0
    while at < FRAME_MAX:
        letters = Counter(t[at : at + 1] for t in alive)
        letter, times = letters.most_common(1)[0]
        if not letter or times < least:
            break
        alive = [t for t in alive if t[at : at + 1] == letter]
        at += 1
    return alive[0][:at]


def _word_end(frame: str, texts: Sequence[str]) -> str:
    """Cut back to where a word ends, so that inputs which happen to begin alike stay whole."""
    if not frame or all(text == frame for text in texts):
        return ""
    for at in range(len(frame), 0, -1):
        if not frame[at - 1].isalnum():
            return frame[:at] if at >= FRAME_MIN else ""
    return ""
