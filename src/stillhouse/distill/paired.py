"""Is the student as good as the teacher? Paired, with a bound, of a size that was said before.

    d = student right - teacher right, of each call     in {-1, 0, 1}
    accept     when the one-sided 95 % lower bound of mean(d) is above -delta
    reject     when the one-sided 95 % upper bound is below -delta
    undecided  otherwise: more calls are needed

    n = 6.18 * q / delta^2      calls, for power 0.8 when both are as good: (1.645 + 0.842)^2 = 6.18
    q                           share of calls on which one is right and the other is not

The bounds are the normal ones, of the mean of n independent differences (Tango, Statistics in
Medicine 17, 1998, compares the alternatives). With few calls or few differences they are too sure
of themselves, so a verdict asks for at least `FEWEST` calls, and with no difference at all the rule
of three takes their place: of n calls without an event, fewer than 3 in n with 95 %.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Literal

Said = Literal["accept", "reject", "undecided"]
ONE_SIDED, TWO_SIDED = 1.6448536269514722, 1.959963984540054
POWER = 6.18
DELTA = 0.02
FEWEST = 100


@dataclass(frozen=True, slots=True)
class Paired:
    """Rates between 0 and 1; differences are student less teacher.

    low, high: the two-sided 95 % interval. bound: the one-sided lower bound. retention: student's
    rate by the teacher's. discordant: calls on which one was right. needed: n for this discordance.
    """

    n: int
    student: float
    teacher: float
    difference: float
    low: float
    high: float
    bound: float
    discordant: int
    delta: float
    needed: int
    said: Said

    @property
    def retention(self) -> float:
        return self.student / self.teacher if self.teacher else 0.0


def needed(discordance: float, delta: float) -> int:
    """Calls that a verdict needs."""
    return ceil(POWER * discordance / delta**2)


def paired(pairs: Iterable[tuple[bool, bool]], *, delta: float = DELTA) -> Paired:
    """Judge (student right, teacher right) of each call.

    Raises:
        ValueError: there are none, or delta is no share above zero.
    """
    if not 0 < delta < 1:
        raise ValueError(f"delta is a share above 0 and below 1, not {delta}")
    n = both = mine = theirs = 0
    for student, teacher in pairs:
        n += 1
        both += student and teacher
        mine += student and not teacher
        theirs += teacher and not student
    if not n:
        raise ValueError("there are no calls to judge by")
    mean = (mine - theirs) / n
    error = sqrt(max((mine + theirs) / n - mean**2, 0.0) / n)
    if mine + theirs == 0:
        error = 3 / n / ONE_SIDED
    bound, top = mean - ONE_SIDED * error, mean + ONE_SIDED * error
    said: Said = "undecided"
    if n >= FEWEST:
        said = "accept" if bound > -delta else "reject" if top < -delta else "undecided"
    return Paired(
        n=n,
        student=(both + mine) / n,
        teacher=(both + theirs) / n,
        difference=mean,
        low=mean - TWO_SIDED * error,
        high=mean + TWO_SIDED * error,
        bound=bound,
        discordant=mine + theirs,
        delta=delta,
        needed=needed((mine + theirs) / n, delta),
        said=said,
    )
