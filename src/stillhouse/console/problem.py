"""What went wrong, once, in one shape: `{"error": {"code", "message", "remedy"}}`.

Errors of the house become problems at this border; everything else is a bug and says nothing but
that. A page shows the same three words, so that a person can quote the code.

    NotFoundError 404   ConflictError, StepError 409   UnavailableError 503   NotHereError 501
    ValueError 422      Refused: as it says
"""

from dataclasses import dataclass

from stillhouse.billing.states import StepError
from stillhouse.console.house import NotHereError
from stillhouse.ledger.ports import ConflictError, NotFoundError, UnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """status: of HTTP. code: a word for programs. remedy: what to do; may be empty."""

    status: int
    code: str
    message: str
    remedy: str = ""

    def as_json(self) -> dict[str, dict[str, str]]:
        said = {"code": self.code, "message": self.message, "remedy": self.remedy}
        return {"error": said}


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure
    """Raise it to answer with this problem. headers: sent with it."""

    def __init__(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        super().__init__(problem.message)
        self.problem, self.headers = problem, headers


def refused(status: int, code: str, message: str, remedy: str = "") -> Refused:
    return Refused(Problem(status=status, code=code, message=message, remedy=remedy))


_KNOWN: tuple[tuple[type[Exception], int, str], ...] = (
    (NotHereError, 501, "not_here"),
    (NotFoundError, 404, "not_found"),
    (ConflictError, 409, "conflict"),
    (UnavailableError, 503, "unavailable"),
    (StepError, 409, "conflict"),
    (ValueError, 422, "invalid"),
)
KNOWN = tuple(kind for kind, _, _ in _KNOWN)


def problem_of(error: Exception) -> Problem:
    """The message's last part after ";" is the remedy, as everywhere in the house."""
    if isinstance(error, Refused):
        return error.problem
    for kind, status, code in _KNOWN:
        if isinstance(error, kind):
            found, _, remedy = str(error).partition("; ")
            return Problem(status=status, code=code, message=found, remedy=remedy)
    return Problem(
        status=500,
        code="bug",
        message="the console made a mistake; nothing was changed by halves",
        remedy="look at the log of `stillhouse serve` and report what it says",
    )
