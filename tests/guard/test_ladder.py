"""The ladder: thresholds, what terms and purpose allow, and what no machine may do alone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.guard.ladder import (
    E_VALUE,
    THROTTLE_US,
    Basis,
    Level,
    Links,
    Position,
    Purpose,
    Rung,
    automatic,
    climb,
    reached,
    until,
)
from stillhouse.units.instant import Instant

TWO = frozenset({"content", "timing"})
BASES = st.builds(
    Basis,
    e_value=st.floats(0, 1e7),
    families=st.frozensets(st.sampled_from(["content", "timing", "shape"])),
    links=st.sampled_from(Links),
    position=st.sampled_from(Position),
    purpose=st.sampled_from(Purpose),
    within_caps=st.booleans(),
    proof=st.booleans(),
)


def forbidden(e_value: float, **more: object) -> Basis:
    given_ = {"families": TWO, "position": Position.FORBIDDEN, **more}
    return Basis(e_value=e_value, **given_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("e_value", "level"),
    [
        (0, "none"),
        (19.99, "none"),
        (20, "note"),
        (99, "note"),
        (100, "notice"),
        (1e3, "throttle"),
        (1e4, "hold"),
        (99_999, "hold"),
        (1e5, "suspend"),
        (math.inf, "suspend"),
        (math.nan, "none"),
    ],
)
def test_thresholds_are_those_of_the_table(e_value: float, level: str) -> None:
    assert Level.of(level) == reached(e_value)
    assert Level.of(level) == climb(forbidden(e_value)).level


def test_what_the_registry_permits_is_seen_and_nothing_is_done() -> None:
    rung = climb(forbidden(1e9, position=Position.PERMITTED))

    assert Rung(Level.SUSPEND, informational=True, held_by="permitted") == rung
    assert Level.NONE == automatic(rung)


def test_terms_that_nobody_has_read_go_no_further_than_a_notice() -> None:
    rung = climb(forbidden(1e9, position=Position.UNKNOWN))

    assert Rung(Level.NOTICE, informational=False, held_by="terms_unknown") == rung


def test_a_declared_evaluation_is_informational_within_its_caps_only() -> None:
    lane = {"purpose": Purpose.EVALUATION}

    assert climb(forbidden(1e4, **lane, within_caps=True)).informational
    assert not climb(forbidden(1e4, **lane, within_caps=False)).informational


def test_one_family_of_evidence_slows_nobody() -> None:
    rung = climb(forbidden(1e9, families=frozenset({"content"})))

    assert Rung(Level.NOTICE, informational=False, held_by="one_family") == rung


def test_a_cluster_whose_links_are_only_suspected_is_not_held() -> None:
    rung = climb(forbidden(1e9, links=Links.SUSPECTED))

    assert Rung(Level.THROTTLE, informational=False, held_by="links_suspected") == rung
    assert Level.SUSPEND == climb(forbidden(1e9, links=Links.CONFIRMED)).level


def test_outside_proof_stands_for_the_e_value_and_not_for_the_terms() -> None:
    assert Level.SUSPEND == climb(forbidden(0, families=frozenset(), proof=True)).level
    unknown = Basis(e_value=0, proof=True, position=Position.UNKNOWN)

    assert Level.NOTICE == climb(unknown).level


def test_an_unknown_word_is_told_the_words_there_are() -> None:
    with pytest.raises(ValueError, match="note, notice, throttle"):
        Level.of("ban")


def test_a_throttle_ends_by_itself_after_72_hours() -> None:
    assert 100 + THROTTLE_US == until(Level.THROTTLE, Instant(100))
    assert None is until(Level.NOTICE, Instant(100))


@given(BASES)
def test_no_machine_holds_or_suspends_and_no_climb_passes_its_e_value(basis: Basis) -> None:
    rung = climb(basis)

    assert automatic(rung) <= Level.THROTTLE
    assert automatic(rung) <= rung.level
    if not basis.proof:
        assert rung.level <= reached(basis.e_value)
    if rung.level > Level.NOTICE and not rung.informational:
        assert Position.FORBIDDEN is basis.position


@given(BASES, st.floats(1, 100))
def test_more_evidence_never_means_less(basis: Basis, factor: float) -> None:
    more = Basis(
        e_value=basis.e_value * factor,
        families=basis.families | {"tools"},
        links=basis.links,
        position=basis.position,
        purpose=basis.purpose,
        within_caps=basis.within_caps,
        proof=basis.proof,
    )

    assert climb(basis).level <= climb(more).level


@given(BASES, st.sampled_from(Level))
def test_an_operators_own_limit_only_lowers(basis: Basis, most: Level) -> None:
    rung = climb(basis)

    assert automatic(rung, most=most) <= automatic(rung)
    assert automatic(rung, most=most) <= most


def test_each_threshold_is_the_reciprocal_of_its_false_alarm() -> None:
    assert [0.05, 0.01, 0.001, 0.0001, 0.00001] == pytest.approx(
        [1 / least for least in E_VALUE.values()]
    )
