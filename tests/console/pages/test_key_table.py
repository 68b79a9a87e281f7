"""A key's state follows from its dates alone."""

import pytest

from stillhouse.console.pages.key_table import state
from stillhouse.tenants import Key
from stillhouse.units.instant import Instant

NOW = Instant(1000)


@pytest.mark.parametrize(
    ("expires", "revoked", "expected"),
    [
        (None, None, "active"),
        (2000, None, "ending"),
        (1000, None, "expired"),
        (None, 900, "revoked"),
        (None, 1500, "ending"),
        (500, 900, "revoked"),
    ],
)
def test_the_state_of_a_key(expires: int | None, revoked: int | None, expected: str) -> None:
    key = Key(
        id="k",
        account="a",
        project="p",
        digest=b"",
        hint="h",
        created_at=Instant(0),
        expires_at=None if expires is None else Instant(expires),
        revoked_at=None if revoked is None else Instant(revoked),
    )

    assert expected == state(key, NOW)
