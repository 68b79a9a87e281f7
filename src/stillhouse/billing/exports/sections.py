"""How a reader wants a document's lines: by what they are for, the dearest first.

    lines -> sections (usage, capacity, ...) -> groups (project and workload) -> lines
    lines -> rows by model, for a first page that has no room for all of them

Sums are of rounded amounts, so what is added up on paper is what was printed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from stillhouse.billing.document import Document, Line, LineKind
from stillhouse.billing.exports.exact import total
from stillhouse.units.money import PICO_PER_UNIT, rounded

_SECTIONS: dict[str, tuple[LineKind, ...]] = {
    "usage": ("usage", "covered"),
    "correction": ("correction",),
    "capacity": ("capacity", "capacity_unused"),
    "minimum": ("minimum",),
    "commitments": ("commitment", "prepaid", "shortfall"),
    "credits": ("credit", "saving"),
    "other": ("other",),
}
"""Name of a section (a text of `words.Words`) and the kinds of lines in it, in printed order."""
_BY_PROJECT = frozenset({"usage", "correction"})


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of one project and workload; both are empty where a section is not grouped."""

    ident: str
    project: str
    workload: str
    lines: tuple[Line, ...]
    amount: str


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of charge."""

    name: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model of one section: tokens of its meters, how many lines, their amount.

    kind: of lines that name no model; else empty, as in the row of all the rest.
    """

    model: str
    kind: str
    tokens: int
    lines: int
    amount: str


def sections(document: Document) -> tuple[Section, ...]:
    """Every line in exactly one group; sections without lines are left out."""
    made = []
    for name, kinds in _SECTIONS.items():
        lines = [line for line in document.lines if line.kind in kinds]
        if lines:
            made.append(Section(name, _groups(lines, document.unit, split=name in _BY_PROJECT)))
    return tuple(made)


def _groups(lines: Sequence[Line], unit: str, *, split: bool) -> tuple[Group, ...]:
    found: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        key = (line.project, line.project_name or line.project, line.workload)
        found.setdefault(key if split else ("", "", ""), []).append(line)
    groups = [
        Group(ident, name, workload, tuple(held), _sum(held, unit))
        for (ident, name, workload), held in found.items()
    ]
    return tuple(
        sorted(groups, key=lambda g: (-Fraction(g.amount), g.project, g.workload, g.ident))
    )


def by_model(section: Section, unit: str, most: int) -> tuple[tuple[ModelRow, ...], int]:
    """The dearest models of a section, the rest as one row without a name, and how many those are.

    Args:
        section: as `sections` made it.
        unit: what amounts are rounded to.
        most: rows, the last one included.
    """
    found: dict[tuple[str, str], list[Line]] = {}
    for group in section.groups:
        for line in group.lines:
            found.setdefault((line.model, "" if line.model else line.kind), []).append(line)
    rows = sorted(
        (_row(*key, lines, unit) for key, lines in found.items()),
        key=lambda row: (-Fraction(row.amount), row.model, row.kind),
    )
    if len(rows) <= most:
        return tuple(rows), 0
    rest = [(row.model, row.kind) for row in rows[most - 1 :]]
    lines = [line for key in rest for line in found[key]]
    return (*rows[: most - 1], _row("", "", lines, unit)), len(rest)


def _row(model: str, kind: str, lines: Sequence[Line], unit: str) -> ModelRow:
    tokens = sum(int(Fraction(each.quantity)) for each in lines if each.unit.endswith("tokens"))
    return ModelRow(model, kind, tokens, len(lines), _sum(lines, unit))


def _sum(lines: Iterable[Line], unit: str) -> str:
    return f"{rounded(total(line.amount for line in lines) * PICO_PER_UNIT, unit):f}"
