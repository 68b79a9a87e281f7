"""What is personal goes, what only looks like it stays; precision and recall are measured here."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.distill.pii import KINDS, luhn, scrubbed

PERSONAL = [
    ("email", "budi.santoso+promo@example.co.id"),
    ("email", "a_b@sub.example.com"),
    ("email", "X@y.io"),
    ("phone", "+62 812-3456-7890"),
    ("phone", "+6281234567890"),
    ("phone", "081234567890"),
    ("phone", "0812 3456 7890"),
    ("phone", "(021) 555-0199"),
    ("phone", "+1 (415) 555-2671"),
    ("phone", "415-555-2671"),
    ("phone", "+44 20 7946 0958"),
    ("card", "4111 1111 1111 1111"),
    ("card", "4111111111111111"),
    ("card", "5500-0000-0000-0004"),
    ("card", "378282246310005"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("iban", "GB82WEST12345698765432"),
    ("iban", "FR1420041010050500013M02606"),
    ("ip", "192.0.2.55"),
    ("ip", "255.255.255.0"),
    ("ip", "2001:db8::8a2e:370:7334"),
    ("ip", "2001:0db8:85a3:0000:0000:8a2e:0370:7334"),
    ("key", "sk-proj-abcDEF1234567890abcdef"),
    ("key", "AKIAIOSFODNN7EXAMPLE"),
    ("key", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
    ("key", "xoxb-123456789012-abcdef"),
    ("key", "AIzaSyA1234567890abcdefghijklmnopqrstuv"),
    ("key", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    ("key", "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4"),
    ("nik", "3171234504900001"),
    ("nik", "3273016512850003"),
    ("npwp", "01.234.567.8-901.000"),
    ("npwp", "NPWP 012345678901000"),
]
ORDINARY = [
    "I paid 1,250,000 on 2026-11-23 at 10:45",
    "order 123456789012 has 3 items",
    "the card ending in 4242 was declined",
    "4111 1111 1111 1112 is not a valid card",
    "version 1.2.3.4567 and 10.20.30",
    "999.999.999.999 is no address",
    "at 12:30:45 and 08:00",
    "call me at 5",
    "e-mail me @home",
    "IBAN DE00 3704 0044 0532 0130 00 fails its check",
    "supercalifragilisticexpialidocious-and-a-very-long-word",
    "the year 2026, room 0815, floor 007",
    "9999999999999999",
    "USD 4500000000 in total",
    "C++ std::vector::iterator",
    "the-quick-brown-fox-jumps-over-the-lazy-dog",
    "Rp 16.100,00 per dollar",
    "pi is 3.14159265358979",
    "top_up_by_bank_transfer_charge",
    "a/b/c/0123456789abcdef",
    "ratio 16:9, 4:3, 1:1",
    "100% of 2,000 people, 0.5 % more",
]


@pytest.mark.parametrize(("kind", "text"), PERSONAL)
def test_what_is_personal_is_replaced_by_its_kind(kind: str, text: str) -> None:
    found: Counter[str] = Counter()
    left = scrubbed(f"please note {text} thanks", found)

    assert text.rsplit(maxsplit=1)[-1] not in left
    assert f"<{kind}>" in left
    assert [kind] == list(found)


@pytest.mark.parametrize("text", ORDINARY)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert text == scrubbed(text)


def test_precision_and_recall_over_the_lists() -> None:
    hits = sum(scrubbed(text) != text for _, text in PERSONAL)
    false = sum(scrubbed(text) != text for text in ORDINARY)

    assert (1.0, 1.0) == (hits / len(PERSONAL), hits / (hits + false))
    assert {kind for kind, _ in PERSONAL} == set(KINDS)


@given(st.text(max_size=80) | st.sampled_from([t for _, t in PERSONAL]))
def test_scrubbing_twice_changes_nothing_more(text: str) -> None:
    once = scrubbed(text)

    assert once == scrubbed(once)


@given(st.integers(10**11, 10**17))
def test_one_changed_digit_never_passes_luhn(number: int) -> None:
    digits = str(number)
    check = next(d for d in "0123456789" if luhn(digits + d))

    assert 9 == sum(not luhn(digits + d) for d in "0123456789" if d != check)
