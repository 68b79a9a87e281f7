"""Weights: none speaks against its theory, none alone, and a collector scores above a customer."""

from random import Random

from recipes.guard.weights import SIGNS, WEIGHT_MAX, Row, fitted

from stillhouse.compose.scan import shipped
from stillhouse.guard.features import FEATURES


def rows(*, turned: bool = False) -> list[Row]:
    """Collectors have more of every other feature; `turned`: less."""
    rng, found = Random(1), []
    for n in range(40):
        collects = n % 2 == 0
        shift = (-1.0 if turned else 1.0) * collects
        windows = [[rng.gauss(shift * (k % 2), 1) for k in range(len(FEATURES))] for _ in range(4)]
        found.append(Row(f"s{n % 4}", collects, windows))
    return found


def test_no_weight_speaks_against_its_theory_or_alone() -> None:
    for turned in (False, True):
        weights, _ = fitted(rows(turned=turned))

        for weight in weights:
            sign = SIGNS.get(weight.name, 0)
            assert weight.weight * sign >= 0
            assert sign or not weight.weight
            assert abs(weight.weight) <= WEIGHT_MAX


def test_the_same_rows_give_the_same_weights() -> None:
    assert fitted(rows()) == fitted(rows())


def test_what_ships_was_fitted_under_the_same_rules() -> None:
    weights = shipped().weights

    assert all(weight.weight * SIGNS.get(weight.name, 0) >= 0 for weight in weights)
    assert max(abs(weight.weight) for weight in weights) <= WEIGHT_MAX
    assert sum(weight.weight != 0 for weight in weights) >= 10
