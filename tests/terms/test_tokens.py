"""Every word of the registry that ships has a meaning here."""

from typing import Any

import pytest

from stillhouse.compose.terms import shipped
from stillhouse.terms import tokens
from stillhouse.terms.student import Exposure, Purpose, StudentKind
from stillhouse.terms.tokens import Asked, Setting

HERE = Setting(
    entry="one",
    role="teacher",
    student=StudentKind.CLASSIFIER,
    exposure=Exposure.INTERNAL,
    purpose=Purpose.TRAINING,
    model="m",
    base=frozenset(),
    beside=False,
)


def test_no_entry_that_ships_says_a_word_that_nobody_knows() -> None:
    conditions = {t for one in shipped().entries for t in one.conditions}
    exceptions = {t for one in shipped().entries for t in one.exceptions}

    assert set() == {t for t in conditions if tokens.condition(t, HERE) is None}
    assert set() == {t for t in exceptions if tokens.exception(t, HERE) is None}


@pytest.mark.parametrize("token", ["dance", "student_name_prefix", "display:", ""])
def test_a_word_that_nobody_knows_has_no_meaning(token: str) -> None:
    assert None is tokens.condition(token, HERE)


def test_competing_with_a_host_is_asked_of_those_whom_others_meet() -> None:
    sold = HERE._replace(exposure=Exposure.SOLD)

    assert not (tokens.condition("not_competing_with_host", HERE) or Asked()).sign
    assert (tokens.condition("not_competing_with_host", sold) or Asked()).sign


def test_a_derivative_names_the_licence_of_its_base() -> None:
    assert (tokens.condition("base_model_licence_also_applies", HERE) or Asked()).missing
    beside = HERE._replace(beside=True)
    assert Asked() == tokens.condition("base_model_licence_also_applies", beside)


def test_cosmos_is_shown_where_it_was_used() -> None:
    token = "cosmos_models_need:Built on NVIDIA Cosmos"
    cosmos = tokens.condition(token, HERE._replace(model="nemotron-cosmos-1"))

    assert Asked() == tokens.condition(token, HERE)
    assert cosmos is not None
    assert ["display:Built on NVIDIA Cosmos"] == [str(o) for o in cosmos.obligations]


@pytest.mark.parametrize(
    ("token", "change", "state"),
    [
        ("internal_classifier_or_embedding_not_distributed", {}, "attest"),
        ("internal_classifier_or_embedding_not_distributed",
         {"student": StudentKind.EXTRACTION}, "no"),
        ("internal_classifier_or_embedding_not_distributed", {"exposure": Exposure.SOLD}, "no"),
        ("fine_tuning_inside_openai_services", {}, "no"),
        ("express_approval", {}, "waive"),
        ("evaluation_and_benchmarking_of_own_systems", {}, "no"),
        ("evaluation_and_benchmarking_of_own_systems", {"purpose": Purpose.EVALUATION}, "met"),
        ("student_is_llama2_derivative", {}, "no"),
        ("student_is_llama2_derivative", {"base": frozenset({"one"})}, "met"),
        ("student_not_foundational", {}, "attest"),
        ("student_not_foundational", {"student": StudentKind.GENERATIVE}, "no"),
    ],
)  # fmt: skip
def test_how_an_exception_stands(token: str, change: dict[str, Any], state: str) -> None:
    way = tokens.exception(token, HERE._replace(**change))

    assert way is not None
    assert state == way.state
    assert "met" == state or way.resolve or way.state == "attest"
