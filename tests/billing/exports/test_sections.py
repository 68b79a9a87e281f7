"""Every line is printed once, under what it is for, and the sums are of what is printed."""

from fractions import Fraction

from hypothesis import given
from tests.billing.exports.documents import alone, documents, made, usage

from stillhouse.billing.document import Document
from stillhouse.billing.exports.exact import total
from stillhouse.billing.exports.sections import by_model, sections


@given(documents())
def test_every_line_is_in_exactly_one_group(document: Document) -> None:
    found = [line for s in sections(document) for g in s.groups for line in g.lines]

    assert sorted(line.id for line in found) == [line.id for line in document.lines]


@given(documents())
def test_groups_and_models_add_up_to_the_subtotal(document: Document) -> None:
    found = sections(document)
    groups = total(g.amount for s in found for g in s.groups)
    models = total(row.amount for s in found for row in by_model(s, document.unit, 3)[0])

    assert Fraction(document.subtotal) == groups == models


def test_the_dearest_project_comes_first_and_workloads_are_kept_apart() -> None:
    [section] = sections(
        made(
            [
                usage("m", "input", 10**6, "1", project="a", project_name="A"),
                usage("m", "input", 10**6, "9", project="b", project_name="B", workload="x"),
                usage("m", "input", 10**6, "2", project="b", project_name="B", workload="y"),
            ]
        )
    )

    assert [("B", "x"), ("B", "y"), ("A", "")] == [(g.project, g.workload) for g in section.groups]


def test_two_projects_of_one_name_stay_two() -> None:
    lines = [usage("m", "input", 1, "1", project=ident, project_name="A") for ident in "ab"]

    assert ["a", "b"] == [group.ident for group in sections(made(lines))[0].groups]


def test_what_is_not_usage_has_sections_of_its_own() -> None:
    kinds = [alone("minimum", "5"), alone("prepaid", "-1"), alone("shortfall", "2")]

    assert ["minimum", "commitments"] == [section.name for section in sections(made(kinds))]


def test_only_usage_is_kept_apart_by_project() -> None:
    held = [usage("m", "", 3600, "4", unit="unit-hour", kind="capacity", project=p) for p in "ab"]
    [section] = sections(made(held))

    assert [("capacity", 2)] == [(section.name, len(group.lines)) for group in section.groups]


def test_models_that_have_no_room_are_one_row() -> None:
    [section] = sections(made([usage(f"m{n}", "input", 10**6, f"{n}") for n in range(1, 10)]))
    rows, others = by_model(section, "0.01", 4)

    assert ["m9", "m8", "m7", ""] == [row.model for row in rows]
    assert (6, "21.00", 6 * 10**6) == (others, rows[-1].amount, rows[-1].tokens)


def test_lines_without_a_model_are_named_by_their_kind() -> None:
    [section] = sections(made([alone("prepaid", "-1"), alone("commitment", "-2")]))

    assert ["prepaid", "commitment"] == [row.kind for row in by_model(section, "0.01", 9)[0]]
