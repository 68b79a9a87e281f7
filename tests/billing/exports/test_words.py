"""Both languages have a text for everything that a document can hold."""

import re
from dataclasses import fields
from typing import get_args

import pytest

from stillhouse.billing.document import Fx, LineKind
from stillhouse.billing.exports.words import ENGLISH, INDONESIAN, WORDS, Words
from stillhouse.ledger.rules import RULES
from stillhouse.units.usage import METERS

BOTH = pytest.mark.parametrize("words", WORDS.values(), ids=list(WORDS))


@BOTH
def test_every_kind_of_line_meter_outcome_and_policy_has_a_name(words: Words) -> None:
    policies = get_args(Fx.__annotations__["policy"])

    assert set(get_args(LineKind)) == set(words.kinds)
    assert {meter.value for meter in METERS} == set(words.meters)
    assert {rule.outcome for rule in RULES} == set(words.outcomes)
    assert set(policies) == set(words.policies)


def test_every_rule_for_broken_calls_is_translated() -> None:
    assert {rule.because for rule in RULES} == set(INDONESIAN.rules)


@pytest.mark.parametrize("field", [f.name for f in fields(Words)])
def test_both_languages_fill_in_the_same_things(field: str) -> None:
    english, indonesian = getattr(ENGLISH, field), getattr(INDONESIAN, field)

    if isinstance(english, str):
        assert english
        assert re.findall(r"{\w+}", english) == re.findall(r"{\w+}", indonesian)
    else:
        assert all([*english.values(), *indonesian.values()])
