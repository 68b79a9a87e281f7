"""The life of an invoice: one month of one account.

               draft            approve            finalise            credit (all of it)
      open ------------> draft ---------> approved ---------> finalised ---------------> credited
                           ^  draft again    |                  credit (a part): stays
                           +-----------------+

Drafting again replaces the draft and takes its approval away. Approving and finalising twice change
nothing, so a lost answer may be asked for again. A document that is finalised never changes; a
month whose invoice was credited as a mistake is open again, for an invoice with another number.
"""

from typing import Literal

State = Literal["open", "draft", "approved", "finalised", "credited"]
Step = Literal["draft", "approve", "finalise", "credit"]


class StepError(ValueError):
    """This step cannot be taken from here. Its subclasses say which, and what can be done."""


class NotDraftedError(StepError):
    """There is no draft yet."""


class NotApprovedError(StepError):
    """Nobody has approved the draft."""


class NotFinalisedError(StepError):
    """There is no finalised document to credit."""


class AlreadyFinalisedError(StepError):
    """The month of this account has its invoice."""


class AlreadyCreditedError(StepError):
    """Nothing is left of the document."""


STEPS: dict[tuple[State, Step], State] = {
    ("open", "draft"): "draft",
    ("draft", "draft"): "draft",
    ("approved", "draft"): "draft",
    ("draft", "approve"): "approved",
    ("approved", "approve"): "approved",
    ("approved", "finalise"): "finalised",
    ("finalised", "finalise"): "finalised",
    ("credited", "finalise"): "credited",
    ("finalised", "credit"): "finalised",
}
"""What may be done; a credit of all that is left ends in `credited`."""

_DRAFT = "`stillhouse invoices draft --account A --month M`"
_ERRORS: dict[tuple[State, Step], tuple[type[StepError], str]] = {
    ("open", "approve"): (
        NotDraftedError,
        f"{{what}} has no draft to approve: make one by {_DRAFT}",
    ),
    ("open", "finalise"): (NotDraftedError, f"{{what}} has no draft: make one by {_DRAFT}"),
    ("draft", "finalise"): (
        NotApprovedError,
        (
            "the draft of {what} is not approved: look at it with `stillhouse invoices show`, then"
            " `stillhouse invoices approve`"
        ),
    ),
    ("open", "credit"): (NotFinalisedError, "{what} has no finalised invoice to credit"),
    ("draft", "credit"): (
        NotFinalisedError,
        "{what} is a draft: nothing is owed yet; draft it again instead",
    ),
    ("approved", "credit"): (
        NotFinalisedError,
        "{what} is not finalised: nothing is owed yet; draft it again instead",
    ),
    ("finalised", "draft"): (
        AlreadyFinalisedError,
        (
            "{what} is finalised and never changes; what comes in later is on the next invoice, and"
            " what is wrong is taken back by `stillhouse invoices credit`"
        ),
    ),
    ("finalised", "approve"): (AlreadyFinalisedError, "{what} is finalised already"),
    ("credited", "draft"): (
        AlreadyFinalisedError,
        (
            "{what} was finalised and credited; its month is only open again if the credit note was"
            " made with --reopen"
        ),
    ),
    ("credited", "approve"): (AlreadyFinalisedError, "{what} is finalised and credited already"),
    ("credited", "credit"): (AlreadyCreditedError, "nothing is left of {what} to credit"),
}


def after(state: State, step: Step, *, what: str) -> State:
    """The state that this step leads to.

    Args:
        state: where the invoice is.
        step: what is asked for.
        what: how to call it in an error: its number, or account and month.

    Raises:
        StepError: the subclass that says why not.
    """
    to = STEPS.get((state, step))
    if to is None:
        error, message = _ERRORS[state, step]
        raise error(message.format(what=what))
    return to
