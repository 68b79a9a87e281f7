"""What a provider says against what our receipts say, and what is left between sale and cost. Pure.

    capture rate = sum of min(ours, theirs) / sum of theirs, row by row

so that counting too much in one place never makes up for what is missing in another. A row is a
day, a model and a meter, as far as the provider's statement names them: what it does not name, ours
is summed over as well.

A model is matched by its name, by a name that the operator gives, or by its name without the
version that providers put behind it. Amounts are exact fractions, in the statement's currency.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Kind = Literal["costs", "usage"]


@dataclass(frozen=True, slots=True)
class Stated:
    """One line of a statement; model, meter "": it does not say."""

    day: str
    model: str
    meter: str
    amount: Fraction


@dataclass(frozen=True, slots=True)
class Metered:
    """What our receipts say of one day, model and meter; meter "": they know no parts."""

    day: str
    model: str
    meter: str
    amount: Fraction


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison; model, meter "": of all of them."""

    day: str
    model: str
    meter: str
    ours: Fraction
    theirs: Fraction

    @property
    def difference(self) -> Fraction:
        """Ours less theirs: below zero is missing here."""
        return self.ours - self.theirs

    @property
    def captured(self) -> Fraction:
        """Nothing is captured of a row that takes money back."""
        return max(min(self.ours, self.theirs), Fraction(0))


@dataclass(frozen=True, slots=True)
class Comparison:
    """A statement against the receipts. unit: a currency, or "tokens". grain: what rows are of.

    capture None: the statement comes to nothing.
    """

    source: str
    kind: Kind
    unit: str
    timezone: str
    grain: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def ours(self) -> Fraction:
        return sum((row.ours for row in self.rows), Fraction(0))

    @property
    def theirs(self) -> Fraction:
        return sum((row.theirs for row in self.rows), Fraction(0))

    @property
    def capture(self) -> Fraction | None:
        billed = sum((row.theirs for row in self.rows if row.theirs > 0), Fraction(0))
        if not billed:
            return None
        return Fraction(sum((row.captured for row in self.rows), Fraction(0)), billed)

    def below(self, threshold: Fraction) -> bool:
        """Whether to alert."""
        return self.capture is not None and self.capture < threshold

    def by(self, *names: str) -> tuple[Row, ...]:
        """The rows summed up to "day", "model" or "meter"."""
        return _summed(self.rows, names)


def compare(
    stated: Iterable[Stated],
    metered: Iterable[Metered],
    *,
    source: str,
    kind: Kind,
    unit: str,
    timezone: str,
    models: Mapping[str, str],
    family: Callable[[str], str],
) -> Comparison:
    """Compare one statement.

    Args:
        stated: its lines, of one unit.
        metered: our receipts of the same days and provider, in the same unit.
        source: who says it.
        kind: amounts of money, or counts.
        unit: of both.
        timezone: of both sides' days.
        models: a provider's name of a model -> ours.
        family: a model's name without its version.
    """
    theirs, ours = list(stated), list(metered)
    grain = ["day"]
    if all(line.model for line in theirs):
        grain.append("model")
        # Receipts that know no meters (a log's own cost) can only be compared model by model.
        if all(line.meter for line in theirs) and all(line.meter for line in ours):
            grain.append("meter")
    known = {line.model for line in ours}
    rows = [
        *(Row(m.day, m.model, m.meter, m.amount, Fraction(0)) for m in ours),
        *(
            Row(s.day, _named(s.model, known, models, family), s.meter, Fraction(0), s.amount)
            for s in theirs
        ),
    ]
    return Comparison(source, kind, unit, timezone, tuple(grain), _summed(rows, grain))


def _named(
    model: str, known: set[str], models: Mapping[str, str], family: Callable[[str], str]
) -> str:
    if model in models:
        return models[model]
    if model in known:
        return model
    short = family(model)
    return models.get(short, short) if short in known or short in models else model


def _summed(rows: Iterable[Row], names: Iterable[str]) -> tuple[Row, ...]:
    kept = set(names)
    sums: dict[tuple[str, str, str], tuple[Fraction, Fraction]] = {}
    for row in rows:
        key = (
            row.day if "day" in kept else "",
            row.model if "model" in kept else "",
            row.meter if "meter" in kept else "",
        )
        ours, theirs = sums.get(key, (Fraction(0), Fraction(0)))
        sums[key] = (ours + row.ours, theirs + row.theirs)
    return tuple(Row(*key, *sums[key]) for key in sorted(sums))


@dataclass(frozen=True, slots=True)
class Margin:
    """What one account's calls of one model brought in and cost; main units of one currency.

    reported: of the cost, what imported logs say, where our receipts know none. unknown: calls
    whose cost nothing says; unrated: calls whose charge nothing says.
    """

    account: str
    model: str
    calls: int
    charge: Fraction
    cost: Fraction
    reported: Fraction
    unknown: int
    unrated: int

    @property
    def margin(self) -> Fraction:
        return self.charge - self.cost

    @property
    def rate(self) -> Fraction | None:
        """Of the charge; None when nothing was charged."""
        return Fraction(self.margin, self.charge) if self.charge else None
