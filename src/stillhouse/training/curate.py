"""Rows that may be learned from -> rows that are worth it, each removal counted by its reason.

    rows ─► unusable ─► foreign ─► intake ─► scrub ─► schema, labels ─► duplicates
         ─► split by time ─► decontaminate ─► relabel ─► learned | judging

What a reason means is said in `distill.filters`. The rows that judge are split off before anything
is decided that looks at labels of rows that teach, and keep the teacher's own answers.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from stillhouse.distill import filters, pii, split
from stillhouse.distill.artefact import Kind
from stillhouse.distill.example import Example, Turn, as_json, as_label
from stillhouse.distill.intake import Intake, learned
from stillhouse.distill.outputs import label_set
from stillhouse.training.near import Near, exact, normal
from stillhouse.training.relabel import relabelled, relabelled_members, renamed

ROWS_MAX, RENAMED_MAX = 50_000, 100_000
EARLY = 4
"""So many times the rows that are learned from are looked at; older ones are not."""
RARE_SHARE = 2_000
"""A label is of the set when it was given at least twice, and once in so many rows."""
JUDGING = 1_545
"""Rows that a verdict needs where a tenth differ and delta is 2 points (`paired.needed`)."""


@dataclass(slots=True)
class Curated:
    """funnel: reason -> rows taken away. changed: what was done to rows that stay.

    apart: rows to choose by, as the student will read them.
    """

    intake: Intake
    learned: list[Example]
    judging: list[Example]
    funnel: Counter[str]
    changed: Counter[str]
    way: str
    task: str
    notes: list[str] = field(default_factory=list)
    apart: list[Example] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Choices:
    """raw: nothing but the split, to compare with. task: the template that is wanted, or ""."""

    rows_max: int = ROWS_MAX
    judging: int = JUDGING
    seed: int = 0
    task: str = ""
    raw: bool = False


def curate(
    rows: Sequence[Example],
    *,
    kind: Kind,
    choices: Choices,
    moved: Callable[[float], None] = lambda _: None,
    apart: Sequence[Example] = (),
) -> Curated:
    """Sort out rows; `kind` says what the answers must be. apart: to choose by, never learned."""
    funnel: Counter[str] = Counter()
    changed: Counter[str] = Counter()
    kept = _usable(rows, funnel, choices)
    kept.sort(key=lambda row: (row.at, row.id))
    task = filters.target_task(kept, choices.task) if kept else ""
    if not choices.raw:
        kept = _of_task(kept, task, funnel)
    if len(kept) > EARLY * choices.rows_max:
        funnel["not_needed"] += len(kept) - EARLY * choices.rows_max
        kept = kept[-EARLY * choices.rows_max :]
    intake = learned([row.turns for row in kept])
    kept = _taken(kept, intake, funnel)
    kept = [_scrubbed(row, changed) for row in kept]
    moved(0.2)
    notes: list[str] = []
    if not choices.raw:
        kept = _of_schema(kept, kind, funnel)
        if kind == "classifier":
            kept, notes = _of_now(kept, funnel, changed)
        kept = _distinct(kept, funnel)
    if len(kept) > choices.rows_max:
        funnel["not_needed"] += len(kept) - choices.rows_max
        kept = kept[-choices.rows_max :]
    moved(0.4)
    cut = split.split(kept, judging=choices.judging, labels=kind == "classifier")
    teach, judge = list(cut.learned), list(cut.judging)
    choose = [_scrubbed(row, Counter()) for row in _taken(list(apart), intake, Counter())]
    if not choices.raw:
        teach = _near_distinct(teach, funnel)
        teach = _clean(teach, [*judge, *choose], funnel)
        moved(0.6)
        if kind != "generative":
            how = relabelled if kind == "classifier" else relabelled_members
            better = how(teach, seed=choices.seed)
            teach = better.rows
            changed["relabelled"] += better.relabelled
    moved(1.0)
    return Curated(intake, teach, judge, funnel, +changed, cut.way, task, notes, choose)


def _usable(rows: Sequence[Example], funnel: Counter[str], choices: Choices) -> list[Example]:
    kept = []
    for row in rows:
        reason = filters.unusable(row)
        if reason and (reason == "empty" or not choices.raw):
            funnel[reason] += 1
        else:
            kept.append(row)
    return kept


def _of_task(rows: list[Example], task: str, funnel: Counter[str]) -> list[Example]:
    kept = [row for row in rows if row.task == task]
    if len(kept) < len(rows):
        funnel["foreign"] += len(rows) - len(kept)
    return kept


def _taken(rows: list[Example], intake: Intake, funnel: Counter[str]) -> list[Example]:
    kept = []
    for row in rows:
        text = intake.take(row.turns)
        if text is None:
            funnel["foreign"] += 1
        elif not text:
            funnel["empty"] += 1
        else:
            kept.append(replace(row, input=text))
    return kept


def _scrubbed(row: Example, changed: Counter[str]) -> Example:
    """Nothing personal stays, neither in what was asked nor in what was answered."""
    found: Counter[str] = Counter()
    turns = tuple(Turn(t.role, pii.scrubbed(t.text, found)) for t in row.turns)
    output = pii.scrubbed(row.output, found)
    if not found:
        return row
    changed["scrubbed"] += 1
    gold = None if row.gold is None else pii.scrubbed(row.gold)
    return replace(row, turns=turns, output=output, input=pii.scrubbed(row.input), gold=gold)


def _of_schema(rows: list[Example], kind: Kind, funnel: Counter[str]) -> list[Example]:
    if kind == "classifier":
        known = label_set((row.output for row in rows), least=max(2, len(rows) // RARE_SHARE))
        kept = []
        for row in rows:
            name = known.get(as_label(row.output).casefold())
            if name is None:
                funnel["rare_label"] += 1
            else:
                kept.append(row if row.output == name else replace(row, output=name))
        return kept
    if kind == "extraction":
        shapes = filters.current_shapes(rows)
        kept = [row for row in rows if filters.shape(row.output) in shapes]
        funnel["old_schema"] += len(rows) - len(kept)
        return kept
    return rows


def _of_now(
    rows: list[Example], funnel: Counter[str], changed: Counter[str]
) -> tuple[list[Example], list[str]]:
    """With labels by the names that they have now."""
    found = renamed(rows[-RENAMED_MAX:])
    if found.notes:
        funnel["not_needed"] += max(0, len(rows) - RENAMED_MAX)
        funnel["old_label"] += found.old
        changed["renamed"] += found.renamed
        return found.rows, list(found.notes)
    return rows, []


def _distinct(rows: list[Example], funnel: Counter[str]) -> list[Example]:
    """Of one question asked several times the last, with what most answers said."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for row in rows:
        groups[exact(row.input)].append(row)
    kept = []
    for same in groups.values():
        said, whole = filters.majority(same)
        agreeing = [row for row in same if as_label(row.output).casefold() == said]
        kept.append(agreeing[-1])
        funnel["duplicate"] += len(agreeing) - 1
        if not whole:
            funnel["contradiction"] += len(same) - len(agreeing)
    kept.sort(key=lambda row: (row.at, row.id))
    return kept


def _near_distinct(rows: list[Example], funnel: Counter[str]) -> list[Example]:
    """Without rows that nearly repeat a later one and say the same."""
    near = Near()
    kept: list[Example] = []
    for row in reversed(rows):
        said = as_label(row.output).casefold()
        if near.seen(normal(row.input), said):
            funnel["near_duplicate"] += 1
        else:
            kept.append(row)
    kept.reverse()
    return kept


def _clean(teach: list[Example], judge: list[Example], funnel: Counter[str]) -> list[Example]:
    """Without rows that are, or nearly are, among those that judge or are chosen by."""
    near = Near()
    for row in judge:
        near.add(normal(row.input))
    kept = [row for row in teach if not near.has(normal(row.input))]
    funnel["in_evaluation"] += len(teach) - len(kept)
    return kept


def is_json(rows: Sequence[Example]) -> bool:
    return all(as_json(row.output) is not None for row in rows)
