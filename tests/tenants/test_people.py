"""Links open once and in time; sessions end by idleness and by age; secrets are 256 bits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.tenants.people import Link, Machine, Role, Session, digest, machine_secret
from stillhouse.units.instant import Instant

TIMES = st.integers(0, 1_000)


@given(TIMES, TIMES, st.none() | TIMES)
def test_a_link_opens_before_its_end_and_unused(at: int, expires: int, used: int | None) -> None:
    link = Link(
        id="l",
        kind="sign_in",
        role=Role.OWNER,
        accounts=(),
        member="",
        made_by="w",
        created_at=Instant(0),
        expires_at=Instant(expires),
        used_at=None if used is None else Instant(used),
    )

    assert (used is None and at < expires) == link.open(Instant(at))


@given(TIMES, TIMES, TIMES, st.integers(1, 1_000))
def test_a_session_holds_while_both_ends_are_ahead(
    at: int, seen: int, expires: int, idle: int
) -> None:
    session = Session(
        member="m", created_at=Instant(0), seen_at=Instant(seen), expires_at=Instant(expires)
    )

    assert (at < min(expires, seen + idle)) == session.holds(Instant(at), idle_us=idle)


@given(TIMES, st.none() | TIMES, st.none() | TIMES)
def test_a_machine_holds_until_it_expires_or_is_revoked(
    at: int, expires: int | None, revoked: int | None
) -> None:
    machine = Machine(
        id="t",
        name="n",
        role=Role.OWNER,
        accounts=(),
        hint="h",
        made_by="w",
        created_at=Instant(0),
        expires_at=None if expires is None else Instant(expires),
        revoked_at=None if revoked is None else Instant(revoked),
    )
    ended = [end for end in (expires, revoked) if end is not None and end <= at]

    assert (not ended) == machine.holds(Instant(at))


def test_a_token_is_made_of_32_random_bytes() -> None:
    assert 64 == len(machine_secret(bytes(32)).removeprefix("sh-admin-"))
    with pytest.raises(ValueError, match="32"):
        machine_secret(bytes(31))


def test_any_text_has_a_digest() -> None:
    assert 32 == len(digest("\ud800")) == len(digest(""))
