"""Buckets: even, sticky, and no other for a share that grows."""

from collections import Counter
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.gateway.release import ALL, Split, Sticky, bucket, unit
from stillhouse.gateway.routing import Way

SALT = b"s" * 32


def split(share: int, **changes: Any) -> Split:
    said: dict[str, Any] = {"release": "r", "audit_bps": 0, "salt": SALT, "share_bps": share}
    return Split(student=cast("Way", None), **(said | changes))


def body(*messages: tuple[str, str], **more: Any) -> bytes:
    turns = [{"role": role, "content": text} for role, text in messages]
    return msgspec.json.encode({"messages": turns, **more})


@given(st.text(min_size=1, max_size=30), st.integers(0, ALL), st.integers(0, ALL))
def test_whom_a_share_has_a_larger_one_keeps(user: str, one: int, other: int) -> None:
    small, large = sorted((one, other))
    asked = body(("user", "x"), user=user)

    assert split(small).takes(asked, "k") <= split(large).takes(asked, "k")
    assert split(ALL).takes(asked, "k")
    assert not split(0).takes(asked, "k")


def test_buckets_are_even_and_each_release_has_its_own() -> None:
    users = [f"u{n}".encode() for n in range(20_000)]
    tenths = Counter(bucket(user, SALT) // 1000 for user in users)
    both = sum(bucket(u, SALT) < 1000 and bucket(u, b"t" * 32) < 1000 for u in users)

    assert set(range(10)) == set(tenths)
    assert max(abs(count - 2000) for count in tenths.values()) < 5 * 2000**0.5
    assert both < 300, "a tenth of a tenth, not all of it"


@pytest.mark.parametrize(
    ("sticky", "one", "other", "same"),
    [
        ("user", body(("user", "a"), user="u"), body(("user", "b"), user="u"), True),
        ("user", body(("user", "a"), user="u"), body(("user", "a"), user="v"), False),
        (
            "user",
            body(("user", "a"), safety_identifier="u"),
            body(("user", "b"), safety_identifier="u"),
            True,
        ),
        ("user", body(("user", "a")), body(("user", "a"), ("assistant", "b")), True),
        ("user", body(("user", "a")), body(("user", "b")), False),
        (
            "conversation",
            body(("system", "s"), ("user", "a"), user="u"),
            body(("system", "s"), ("user", "a"), ("user", "c"), user="v"),
            True,
        ),
        ("conversation", body(("system", "s"), ("user", "a")), body(("user", "a")), False),
        ("key", body(("user", "a")), body(("user", "b")), True),
    ],
)
def test_what_stays_on_one_side(sticky: Sticky, one: bytes, other: bytes, *, same: bool) -> None:
    assert same == (unit(sticky, one, "k") == unit(sticky, other, "k"))


@pytest.mark.parametrize("asked", [b"{}", b"[", b'{"messages": [1, {"role": 3}]}', b'{"user": 5}'])
def test_a_body_that_tells_nothing_stays_with_its_key(asked: bytes) -> None:
    assert unit("user", asked, "k") == unit("key", asked, "k")
    assert unit("user", asked, "k") != unit("user", asked, "l")
