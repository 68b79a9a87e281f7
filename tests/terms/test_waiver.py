"""What a person signs has a name, an end, and a scope."""

from typing import Any

import pytest
from tests.terms.house import NOW, attested, made, waived

from stillhouse.terms import Exposure, StudentKind
from stillhouse.terms.waiver import UnsignableError, checked
from stillhouse.units.instant import DAY, Instant


def test_it_holds_from_its_signing_to_its_end() -> None:
    signed = attested("one", "reading")

    assert not signed.holds(Instant(signed.signed_at - 1))
    assert signed.holds(signed.signed_at)
    assert not signed.holds(signed.expires_at)
    assert not attested("one", "reading", revoked_at=NOW).holds(NOW)


def test_it_names_an_entry_a_version_and_an_account() -> None:
    one = made()

    assert attested("one", "reading").names(one, "a1")
    assert not attested("two", "reading").names(one, "a1")
    assert attested("one", "reading", version=one.hash[:12]).names(one, "")
    assert not attested("one", "reading", version="0" * 12).names(one, "")
    assert not attested("one", "reading", account="a2").names(one, "a1")


def test_a_waiver_covers_its_scope_alone() -> None:
    waiver = waived(
        "one",
        students=frozenset({StudentKind.CLASSIFIER}),
        exposures=frozenset({Exposure.INTERNAL}),
        models=("gpt-4o*",),
    )

    assert waiver.covers(StudentKind.CLASSIFIER, Exposure.INTERNAL, "gpt-4o-mini")
    assert not waiver.covers(StudentKind.GENERATIVE, Exposure.INTERNAL, "gpt-4o-mini")
    assert not waiver.covers(StudentKind.CLASSIFIER, Exposure.SOLD, "gpt-4o-mini")
    assert not waiver.covers(StudentKind.CLASSIFIER, Exposure.INTERNAL, "gpt-5")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"signed_by": " "}, "signs by name"),
        ({"expires_at": Instant(NOW - 2 * DAY)}, "before it begins"),
        ({"expires_at": Instant(NOW + 800 * DAY)}, "two years"),
        ({"contract_ref": ""}, "rests on a contract"),
        ({"students": frozenset()}, "covers nothing"),
    ],
)
def test_what_cannot_be_signed_says_why(change: dict[str, Any], said: str) -> None:
    with pytest.raises(UnsignableError, match=said):
        checked(waived("one", **change))


def test_an_attestation_states_something() -> None:
    checked(attested("one", "reading"))
    with pytest.raises(UnsignableError, match="what is attested"):
        checked(attested("one", ""))
