"""A document is checked whole, and its hash covers what rules and not how it was read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.terms.house import day, made, written

from stillhouse.terms.document import ALWAYS, DocumentError, Position, content_hash, entry


def test_an_entry_says_what_its_file_says() -> None:
    one = made(effective="2026-02-03", read={"where": "a copy", "day": "2026-03-04"})

    assert (day("2026-02-03"), day("2026-03-04")) == (one.effective, one.read_on)
    assert one.ref == f"one@{one.hash[:12]}"
    assert one.source == "Terms of One (1), read in a copy"


def test_terms_without_a_day_were_always_in_force() -> None:
    assert ALWAYS == made(effective="always").effective


def test_every_mistake_is_told_at_once() -> None:
    wrong = written(position="maybe", recheck_days=0, effective="last year", colour="red", id="")
    del wrong["document"]

    with pytest.raises(DocumentError) as caught:
        entry(wrong, where="x.yaml, entry 2")

    assert {"position", "recheck_days", "effective", "colour", "id", "document"} == {
        where.rsplit(".", 1)[-1] for where, _ in caught.value.problems
    }
    assert "x.yaml, entry 2" in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "weights"}, "a licence of weights has none"),
        ({"paths": []}, "say which access paths"),
        ({"models": []}, "say which models"),
        ({"models": ["GPT-*"]}, "lower case"),
        ({"position": "allowed_with_conditions"}, "say which conditions"),
        ({"position": "forbidden", "quote": ""}, "quote the words"),
        ({"quote": "a" * 601}, "at most 600"),
        ({"position": "unknown"}, "nothing is known with high confidence"),
        ({"read": "yesterday"}, "a mapping of"),
        ({"read": {"where": ""}}, "in which copy"),
        ({"read": {"where": "x", "day": "soon"}}, "day: a day like"),
        ({"recheck_days": True}, "1 to 3650"),
        ({"clause": 4}, "put it in quotes"),
    ],
)
def test_a_document_that_contradicts_itself_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        made(**fields)


def test_what_is_no_mapping_is_refused() -> None:
    with pytest.raises(DocumentError, match="an entry is a mapping"):
        entry("openai", where="x")


@pytest.mark.parametrize(
    "change",
    [
        {"quote": "as they like it"},
        {"position": "forbidden"},
        {"models": ["gpt-*"]},
        {"effective": "2026-01-02"},
        {"exceptions": ["express_approval"]},
    ],
)
def test_any_word_that_rules_changes_the_hash(change: dict[str, Any]) -> None:
    assert made().hash != made(**change).hash


def test_reading_the_same_text_again_keeps_the_hash() -> None:
    again = made(
        read={"where": "another copy", "day": "2026-11-30"}, notes="same", confidence="medium"
    )

    assert made().hash == again.hash


@given(order=st.permutations(sorted(written())), empty=st.booleans())
def test_the_order_of_fields_and_empty_ones_do_not_matter(order: list[str], *, empty: bool) -> None:
    said = {field: written()[field] for field in order} | ({"conditions": []} if empty else {})

    assert made().hash == content_hash(said)


def test_positions_are_listed_from_the_strictest() -> None:
    assert ["forbidden", "unknown", "competing_forbidden"] == [p.value for p in list(Position)[:3]]
