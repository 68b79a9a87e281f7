"""Personal data out of texts: what a person or a secret can be found by gives way to its kind.

    "call +62 812-3456-7890 or budi@example.com"  ─►  "call <phone> or <email>"

    email, ip, key      by their form              card     13 to 19 digits that pass Luhn's check
    iban                by its check digits        nik      Indonesia's 16 digits: a province and
    phone               +country or a leading 0              a date of birth are in them
                                                   npwp     Indonesia's tax number, as it is
                                                             punctuated, or named before it

Rules, no model: fast, the same everywhere, and each can be read. Names of persons, streets and
dates of birth in words are not found: say so to whoever relies on it. A student's requests are
scrubbed in the same way before it reads them, so that it meets what it learned. Scrubbing twice
changes nothing more.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

_MAYBE = re.compile(r"\d{3}|[@:]|eyJ|[A-Za-z0-9_-]{20}").search
"""A text without any of these holds nothing that is looked for."""


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _card(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return 13 <= len(digits) <= 19 and digits[0] in "23456" and luhn(digits)


def _iban(text: str) -> bool:
    """ISO 13616: moved around and taken modulo 97, it is 1."""
    code = re.sub(r"\s", "", text).upper()
    if not 15 <= len(code) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in code[4:] + code[:4])) % 97 == 1


def _nik(text: str) -> bool:
    """Province 11 to 96, then day (40 more for women), month and year of birth."""
    province, day, month = int(text[:2]), int(text[6:8]), int(text[8:10])
    return 11 <= province <= 96 and 1 <= day % 40 <= 31 and day < 72 and 1 <= month <= 12


def _ip4(text: str) -> bool:
    return all(int(part) <= 255 for part in text.split("."))


def _ip6(text: str) -> bool:
    groups = text.split(":")
    hexes = [g for g in groups if g]
    return len(groups) <= 9 and len(hexes) >= 3 and (len(hexes) == 8 or "::" in text)


def _key(text: str) -> bool:
    """Long, and mixed as no word is."""
    body = text.rsplit("=", 1)[0]
    digits = sum(c.isdigit() for c in body)
    letters = sum(c.isalpha() for c in body)
    return digits >= 4 and letters >= 4 and ("-" not in body or len(body) >= 40)


def _phone(text: str) -> bool:
    return 9 <= sum(c.isdigit() for c in text) <= 15


class _Rule(NamedTuple):
    kind: str
    find: re.Pattern[str]
    holds: Callable[[str], bool] = lambda _: True


_RULES = (
    _Rule("email", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[A-Za-z]{2,24}\b")),
    _Rule(
        "key",
        re.compile(
            r"\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}|\bAKIA[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}"
            r"|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bAIza[A-Za-z0-9_-]{35}"
            r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"
        ),
    ),
    _Rule(
        "iban",
        re.compile(r"\b[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,4})?\b"),
        _iban,
    ),
    _Rule("npwp", re.compile(r"(?<!\d)\d{2}\.\d{3}\.\d{3}\.\d-\d{3}\.\d{3}(?!\d)")),
    _Rule("npwp", re.compile(r"(?i)(?<=npwp )\d{15,16}(?!\d)|(?<=npwp: )\d{15,16}(?!\d)")),
    _Rule("card", re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])"), _card),
    _Rule("nik", re.compile(r"(?<!\d)\d{16}(?!\d)"), _nik),
    _Rule(
        "ip",
        re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d]|\.\d)"),
        _ip4,
    ),
    _Rule("ip", re.compile(r"(?<![\w:])[0-9A-Fa-f:]{6,39}(?![\w:])"), _ip6),
    _Rule(
        "phone",
        re.compile(
            r"(?<![\w+])(?<!\d[ -])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){6,12}"
            r"|0\d{2,4}[ .-]?\d{3,4}[ .-]?\d{3,5}"
            r"|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}-\d{3}-\d{4})(?!\w|[ -]\d)"
        ),
        _phone,
    ),
    _Rule("key", re.compile(r"(?<![\w/-])[A-Za-z0-9_-]{32,}={0,2}(?![\w/-])"), _key),
)
KINDS = tuple(sorted({rule.kind for rule in _RULES}))


def scrubbed(text: str, found: Counter[str] | None = None) -> str:
    """The text with what was found replaced by `<kind>`; found: how many of each kind."""
    if _MAYBE(text) is None:
        return text
    for rule in _RULES:

        def put(match: re.Match[str], rule: _Rule = rule) -> str:
            if not rule.holds(match.group()):
                return match.group()
            if found is not None:
                found[rule.kind] += 1
            return f"<{rule.kind}>"

        text = rule.find.sub(put, text)
    return text
