"""What people signed comes back from the ledger's lines as it went in."""

from typing import Any

import pytest
from tests.terms.house import NOW, attested, waived, written

from stillhouse.terms.signed import (
    UnreadableLineError,
    added_body,
    attested_body,
    fold,
    waived_body,
)
from stillhouse.units.instant import Instant


def test_lines_fold_to_what_was_signed() -> None:
    a, w = attested("one", "reading", account="a1", statement="read it"), waived("two")
    signed = fold(
        [
            ("terms_added", NOW, added_body(written(), signed_by="Dewi")),
            ("terms_attested", a.signed_at, attested_body(a)),
            ("terms_waived", w.signed_at, waived_body(w)),
        ]
    )

    assert ((a,), (w,)) == (signed.attestations, signed.waivers)
    (one,) = signed.entries
    assert ("one", NOW, "Dewi") == (one.id, one.added_at, one.signed_by)


def test_what_is_revoked_holds_no_longer_from_then_on() -> None:
    a, w = attested("one", "reading"), waived("two")
    signed = fold(
        [
            ("terms_attested", a.signed_at, attested_body(a)),
            ("terms_waived", w.signed_at, waived_body(w)),
            ("terms_revoked", NOW, {"id": a.id}),
            ("terms_revoked", NOW, {"id": w.id}),
        ]
    )

    for one in (*signed.attestations, *signed.waivers):
        assert one.holds(Instant(NOW - 1))
        assert not one.holds(NOW)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("terms_waived", {"id": "x"}),
        ("terms_revoked", {"id": "nobody"}),
        ("terms_added", {"document": {"id": "x"}, "signed_by": "Dewi"}),
        ("terms_sung", {}),
        ("terms_waived", waived_body(waived("x")) | {"students": ["poet"]}),
    ],
)
def test_a_line_that_cannot_be_read_is_not_passed_over(kind: str, body: Any) -> None:
    with pytest.raises(UnreadableLineError, match=kind):
        fold([(kind, NOW, body)])
