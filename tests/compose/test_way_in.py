"""Links from the machine, and kept keys in the place of configured ones."""

import msgspec
import pytest
from tests.console.real import AT, URL, Real

from stillhouse.compose.way_in import new_link, nobody_yet, with_kept_keys
from stillhouse.ledger.ports import ConflictError
from stillhouse.store.vault import FILE
from stillhouse.tenants.people import Role


def made(real: Real, member: str = "") -> str | None:
    _, known = new_link(real.parts.register, url=URL, minutes=5, member=member, at=AT, actor="test")
    return known.email if known else None


def test_a_link_makes_the_first_owner_and_then_signs_him_in(real: Real) -> None:
    assert nobody_yet(real.parts.data)
    assert made(real) is None
    real.sign_in("ada@example.com")

    assert not nobody_yet(real.parts.data)
    assert "ada@example.com" == made(real)
    assert "ada@example.com" == made(real, "ada@example.com")


def test_where_there_are_members_and_no_owner_one_must_be_named(real: Real) -> None:
    real.parts.register.member_by_subject(
        "i 1", email="a@b.c", proved=True, name="", role=Role.REVIEWER, accounts=(), at=AT
    )

    with pytest.raises(ConflictError, match="--member"):
        made(real)


def test_a_kept_key_comes_before_the_configured_one(real: Real) -> None:
    register, vault = real.parts.register, real.parts.vault()
    stub = msgspec.structs.replace(real.parts.settings.providers["stub"], api_key="configured")
    given = msgspec.structs.replace(real.parts.settings, providers={"stub": stub})
    for name in ("stub", "gone"):
        sealed = vault.seal("kept", name=name)
        register.set_provider_key(name, sealed=sealed, hint="", at=AT, actor="test")
    found = with_kept_keys(given, real.parts.data)

    assert {"stub": "kept"} == {name: p.api_key for name, p in found.providers.items()}


def test_a_key_that_cannot_be_opened_is_said_and_left_out(
    real: Real, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed = real.parts.vault().seal("kept", name="stub")
    real.parts.register.set_provider_key("stub", sealed=sealed, hint="", at=AT, actor="test")
    (real.parts.data / FILE).write_bytes(b"x" * 32)
    found = with_kept_keys(real.parts.settings, real.parts.data)

    assert "" == found.providers["stub"].api_key
    assert "provider_key_not_opened" in capsys.readouterr().err
