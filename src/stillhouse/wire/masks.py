"""The variable parts of instructions, masked, so that two calls of one task read alike.

Masked are words that hold a digit (numbers, dates, uuids, hashes), e-mail and web addresses, names
of months and weekdays in English and Indonesian, quoted passages, fenced blocks, and what stands
between a tag and its end. A quoted lower-case word stays, because that is how labels are listed,
and they tell one task from another. Case and white space do not count.
"""

import re

MASK = "\0"
_NAMED_DAYS = """
january february march april may june july august september october november december
januari februari maret mei juni juli agustus oktober desember
jan feb mar apr jun jul aug sep sept oct nov dec
monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun
senin selasa rabu kamis jumat sabtu minggu
"""
NAMED_DAYS = frozenset(_NAMED_DAYS.split())
_POINTS = ".,;:!?()[]"
_LABEL = "[a-z_-]{1,32}"
# Begins with a class of characters, which the engine looks for many times faster than for a choice.
_passages = re.compile(
    r"[`\"'<“«](?:"
    rf"((?<=\"){_LABEL}\"|(?<=')(?<!\w'){_LABEL}'(?!\w))"
    r"|(?<=`)``.*?```"
    r'|(?<=")"".*?"""'
    r"|(?<=<)([A-Za-z_][\w-]*)>.*?</\2>"
    r'|(?<=")[^"\n]*"'
    r"|(?<=')(?<!\w')[^'\n]*'(?!\w)"
    r"|(?<=“)[^”]*”|(?<=«)[^»]*»)",
    re.DOTALL,
).sub
_varies = re.compile(rf"[\d@{MASK}]|://|^www\.").search


def masked(text: str) -> str:
    """The text without its variable parts, in lower case, with single blanks."""
    words = _passages(_passage, text).lower().split()
    return " ".join([w if w.isalpha() and w not in NAMED_DAYS else _word(w) for w in words])


def _passage(found: re.Match[str]) -> str:
    return found.group() if found[1] else MASK


def _word(word: str) -> str:
    return MASK if _varies(word) or word.strip(_POINTS) in NAMED_DAYS else word
