"""Rows are let through by consent and terms alone, and what is not known is denied."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from stillhouse.compose.terms import shipped
from stillhouse.distill.consent import OPERATORS_OWN, Asked, Gate
from stillhouse.distill.example import Example, Turn
from stillhouse.terms import Attestation, Exposure, Origin, StudentKind
from stillhouse.units.instant import DAY, Instant, instant

NOW = instant(datetime(2026, 11, 30, tzinfo=UTC))
AT = instant(datetime(2026, 11, 1, tzinfo=UTC))
SIGNED = Attestation(
    id="a1",
    entry="openai-services-agreement",
    signed_by="A. Person",
    signed_at=Instant(NOW - DAY),
    expires_at=Instant(NOW + DAY),
    claim="internal_classifier_or_embedding_not_distributed",
)


def gate(
    kind: str = "classifier", exposure: str = "internal", accounts: int = 1, **more: Any
) -> Gate:
    asked = Asked(student=StudentKind(kind), exposure=Exposure(exposure), now=NOW, **more)
    return Gate(asked, shipped(), accounts)


def row(path: str, model: str, at: int = AT) -> Example:
    lineage = (Origin(path=path, model=model),) if path else ()
    return Example("c", at, "a", "w", (Turn("user", "x"),), "y", lineage)


@pytest.mark.parametrize(
    ("path", "model", "kind", "exposure", "let"),
    [
        ("builtin", "builtin", "generative", "sold", True),
        ("openai-api", "gpt-4o", "generative", "internal", False),
        ("openai-api", "gpt-4o", "classifier", "internal", True),
        ("openai-api", "gpt-4o", "classifier", "sold", False),
        ("openai-api", "gpt-4o", "extraction", "internal", False),
        ("anthropic-api", "claude-sonnet-4", "classifier", "internal", False),
        ("nobody-knows-api", "x", "classifier", "internal", False),
        ("", "", "classifier", "internal", False),
    ],
)
def test_who_may_teach_whom(path: str, model: str, kind: str, exposure: str, *, let: bool) -> None:
    found = gate(kind, exposure, attestations=(SIGNED,))

    assert let == found.lets(row(path, model))
    assert int(not let) == found.excluded.total()


def test_of_a_held_account_nothing_is_learned_whoever_the_log_says_it_is() -> None:
    found = gate(held=frozenset({"acme", "acct_1"}))
    mine = row("builtin", "builtin")
    theirs = structs.replace(mine, account="acme")
    laundered = structs.replace(
        mine, lineage=(Origin(path="builtin", model="builtin", account="acct_1"),)
    )

    assert [True, False, False] == [found.lets(r) for r in (mine, theirs, laundered)]
    assert {"account_held": 2} == found.excluded


def test_without_a_signature_the_exception_is_not_met_and_it_says_what_would_meet_it() -> None:
    found = gate()

    assert "" == found.resolve
    assert "terms_denied:competing_forbidden" == found.reason(row("openai-api", "gpt-4o"))
    assert "3.3(e)" in found.resolve
    assert "internal_classifier_or_embedding_not_distributed" in found.resolve


def test_of_a_mixed_set_only_the_tainted_rows_go_and_are_counted() -> None:
    found = gate()
    rows = [row("builtin", "builtin")] * 5 + [row("openai-api", "gpt-4o")] * 3 + [row("", "")]
    let = [r for r in rows if found.lets(r)]

    assert 5 == len(let)
    assert {
        "terms_denied:competing_forbidden": 3,
        "terms_denied:no_provenance": 1,
    } == found.excluded
    assert {5, 3, 1} == {judged.rows for judged in found.judged}


def test_several_accounts_calls_are_not_sold_without_a_statement() -> None:
    calls = row("builtin", "builtin")

    assert "no_consent" == gate(exposure="sold", accounts=2).reason(calls)
    assert gate(exposure="sold", accounts=2, statement="both agreed, contract 7").lets(calls)
    assert gate(exposure="internal", accounts=2).lets(calls)
    assert OPERATORS_OWN == gate().asked.consent


@given(st.text(max_size=12), st.text(max_size=12))
def test_a_path_that_nobody_knows_is_denied_whatever_it_is_called(path: str, model: str) -> None:
    if path not in shipped().paths:
        assert not gate().lets(row(path, model))
