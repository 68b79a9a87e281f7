"""The one exception by which a call ends before it begins."""

from stillhouse.wire.refusals import Refusal


class Refused(Exception):  # noqa: N818 - a decision, not an error of ours
    """This call is not admitted; `refusal` says why and how to mend it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
