"""Weights: none speaks against its theory, none alone, and a collector scores above a customer."""

from collections.abc import Sequence
from random import Random

from bench.guard import collectors
from recipes.guard.weights import COMMON, OWN, SOURCES, WEIGHT_MAX, Row, fitted

from stillhouse.compose.scan import shipped
from stillhouse.guard.calibration import Score
from stillhouse.guard.features import FEATURES
from stillhouse.guard.finding import MANNERS


def rows(*, turned: bool = False) -> list[Row]:
    """Collectors of every manner have more of every other feature; `turned`: less."""
    rng, found = Random(1), []
    sources = sorted({source for of in SOURCES.values() for source in of})
    for n in range(6 * len(sources)):
        collects = n % 2 == 0
        shift = (-1.0 if turned else 1.0) * collects
        windows = [[rng.gauss(shift * (k % 2), 1) for k in range(len(FEATURES))] for _ in range(4)]
        found.append(Row(sources[n // 2 % len(sources)] if collects else "desk", collects, windows))
    return found


def check(scores: Sequence[Score]) -> None:
    assert MANNERS == tuple(score.manner for score in scores)
    for score in scores:
        may = {*COMMON, *OWN[score.manner]}
        for weight in score.weights:
            assert weight.name in may or not weight.weight
            assert 0 <= weight.weight <= WEIGHT_MAX


def test_no_weight_speaks_against_its_theory_or_alone() -> None:
    for turned in (False, True):
        check(fitted(rows(turned=turned)))


def test_the_same_rows_give_the_same_weights() -> None:
    assert fitted(rows()) == fitted(rows())


def test_what_ships_was_fitted_under_the_same_rules() -> None:
    check(shipped().scores)
    for score in shipped().scores:
        assert sum(weight.weight != 0 for weight in score.weights) >= 5


def test_every_manner_has_collectors_and_nearly_every_collector_of_dev_a_manner() -> None:
    fitted_on = {name for of in SOURCES.values() for name in of}
    assert set(collectors.SOURCES["dev"]) == fitted_on | {"exam"}
    assert set(OWN) == set(SOURCES) == set(MANNERS)
