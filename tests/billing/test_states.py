"""Every step from every state: allowed, safe to repeat, or refused by a name of its own."""

from itertools import product
from typing import get_args

import pytest

from stillhouse.billing.states import (
    STEPS,
    AlreadyCreditedError,
    AlreadyFinalisedError,
    NotApprovedError,
    NotDraftedError,
    NotFinalisedError,
    State,
    Step,
    StepError,
    after,
)


@pytest.mark.parametrize(("state", "step"), list(product(get_args(State), get_args(Step))))
def test_a_step_leads_somewhere_or_says_why_not(state: State, step: Step) -> None:
    if (state, step) in STEPS:
        assert STEPS[state, step] == after(state, step, what="x")
    else:
        with pytest.raises(StepError) as refused:
            after(state, step, what="Acme for 2026-11")
        assert StepError is not refused.type
        assert "{" not in str(refused.value)


@pytest.mark.parametrize(
    ("state", "step", "error"),
    [
        ("open", "approve", NotDraftedError),
        ("draft", "finalise", NotApprovedError),
        ("approved", "credit", NotFinalisedError),
        ("finalised", "draft", AlreadyFinalisedError),
        ("credited", "credit", AlreadyCreditedError),
    ],
)
def test_refusals_have_names(state: State, step: Step, error: type[StepError]) -> None:
    with pytest.raises(error):
        after(state, step, what="x")


def test_asking_again_for_what_was_done_is_safe() -> None:
    assert "approved" == after("approved", "approve", what="x")
    assert "finalised" == after("finalised", "finalise", what="x")
    assert "credited" == after("credited", "finalise", what="x")
