"""A capture rate counts what is accounted for, row by row, and never what is too much elsewhere."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.billing.reconcile import Comparison, Margin, Metered, Stated, compare

amounts = st.integers(0, 1000).map(Fraction)
days = st.sampled_from(["2026-11-01", "2026-11-02"])
models = st.sampled_from(["a", "b"])
meters = st.sampled_from(["input", "output"])
ours = st.lists(st.builds(Metered, days, models, meters, amounts), max_size=8)
theirs = st.lists(st.builds(Stated, days, models, meters, amounts), max_size=8)


def compared(stated: list[Stated], metered: list[Metered], **renamed: str) -> Comparison:
    return compare(
        stated,
        metered,
        source="openai",
        kind="costs",
        unit="USD",
        timezone="UTC",
        models=renamed,
        family=lambda model: model.split("@")[0],
    )


def line(amount: int, day: str = "2026-11-01", model: str = "a", meter: str = "input") -> Stated:
    return Stated(day, model, meter, Fraction(amount))


def met(amount: int, day: str = "2026-11-01", model: str = "a", meter: str = "input") -> Metered:
    return Metered(day, model, meter, Fraction(amount))


@given(theirs, ours)
def test_sums_are_kept_at_every_grain(stated: list[Stated], metered: list[Metered]) -> None:
    found = compared(stated, metered)

    assert found.ours == sum(m.amount for m in metered)
    assert found.theirs == sum(s.amount for s in stated)
    for names in ((), ("day",), ("model", "meter")):
        rows = found.by(*names)
        assert (found.ours, found.theirs) == (
            sum((r.ours for r in rows), Fraction(0)),
            sum((r.theirs for r in rows), Fraction(0)),
        )


@given(theirs, ours)
def test_a_capture_rate_is_a_part(stated: list[Stated], metered: list[Metered]) -> None:
    rate = compared(stated, metered).capture

    assert rate is None if not sum(s.amount for s in stated) else 0 <= (rate or 0) <= 1


@given(theirs)
def test_what_is_said_by_both_is_captured_whole(stated: list[Stated]) -> None:
    found = compared(stated, [Metered(s.day, s.model, s.meter, s.amount) for s in stated])

    assert found.capture in {None, Fraction(1)}
    assert not any(row.difference for row in found.rows)


def test_too_much_on_one_day_makes_up_for_nothing() -> None:
    found = compared([line(100), line(100, "2026-11-02")], [met(150), met(50, "2026-11-02")])

    assert found.ours == found.theirs
    assert Fraction(3, 4) == found.capture
    assert found.below(Fraction(995, 1000))
    assert not found.below(Fraction(3, 4))


def test_a_statement_without_meters_is_compared_without_them() -> None:
    found = compared([line(10, meter="")], [met(4), met(6, meter="output")])

    assert ("day", "model") == found.grain
    assert [(Fraction(10), Fraction(10))] == [(r.ours, r.theirs) for r in found.rows]


def test_receipts_that_know_no_meters_are_compared_by_model() -> None:
    found = compared([line(10), line(5, meter="output")], [met(15, meter="")])

    assert (("day", "model"), Fraction(1)) == (found.grain, found.capture)


def test_a_statement_without_models_is_compared_by_day() -> None:
    assert ("day",) == compared([line(10, model="", meter=""), line(5)], [met(15)]).grain


def test_models_match_by_name_then_as_told_then_without_their_version() -> None:
    stated = [
        line(1, model="a@2"),
        line(2, model="b@2"),
        line(4, model="theirs"),
        line(8, model="x"),
    ]
    metered = [met(1, model="a"), met(2, model="b@2"), met(4, model="c")]
    found = {r.model: (r.ours, r.theirs) for r in compared(stated, metered, theirs="c").rows}

    assert {
        "a": (Fraction(1), Fraction(1)),
        "b@2": (Fraction(2), Fraction(2)),
        "c": (Fraction(4), Fraction(4)),
        "x": (Fraction(0), Fraction(8)),
    } == found


def test_a_refund_is_a_difference_and_captures_nothing() -> None:
    found = compared([line(-5), line(10, "2026-11-02")], [met(10, "2026-11-02")])

    assert (Fraction(1), Fraction(5), Fraction(10)) == (found.capture, found.theirs, found.ours)


def test_a_margin_is_what_is_left_and_a_part_of_the_charge() -> None:
    def margin(charge: int, cost: int) -> Margin:
        return Margin("a", "m", 1, Fraction(charge), Fraction(cost), Fraction(0), 0, 0)

    assert (Fraction(2), Fraction(1, 5)) == (margin(10, 8).margin, margin(10, 8).rate)
    assert (Fraction(-8), None) == (margin(0, 8).margin, margin(0, 8).rate)
