"""`terms check`: may these rows teach this student? Row by row and in total."""

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import click

from stillhouse.cli.bars import bars, opened, through
from stillhouse.cli.output import Failure, line, show
from stillhouse.cli.terms_desk import TermsDesk, asking, clock, on_terms, use_of
from stillhouse.compose.terms_paths import configured
from stillhouse.config.problem import ConfigError
from stillhouse.terms.check import Check, Group
from stillhouse.terms.decide import Outcome, Reason
from stillhouse.units.instant import period

EVERY = 20_000
"""Rows between two moves of the bar."""
COLUMNS = ("rows", "first", "path", "model", "verdict", "reason", "entry", "clause")


@click.command("check")
@click.argument("dataset", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@asking
@on_terms
def check_(desk: TermsDesk, *, dataset: Path, **asked: Any) -> None:
    """May the rows of DATASET (JSON Lines; - is stdin) teach this student?

    Exit 1 if any row is denied, or if what the rows ask for cannot hold together.
    """
    clock(desk)
    try:
        named = configured(desk.config)
    except ConfigError as error:
        raise Failure(str(error)) from None
    check = Check(desk.terms.registry, use_of(desk, asked), named)
    with opened(dataset) as source, bars() as on:
        each = _printer() if desk.as_json else None
        rows(check, source, each, through(on, source, "rows"))
    if not check.rows:
        raise Failure(f"{dataset} holds no rows: nothing was checked, so nothing is allowed")
    if desk.as_json:
        line(total(check))
    else:
        _print(check)
    if not check.ok:
        click.get_current_context().exit(1)


def rows(
    check: Check,
    source: BinaryIO,
    each: Callable[[int, Group], None] | None,
    moved: Callable[[int], None],
) -> None:
    """Judge every line that holds something."""
    for text in source:
        if text.isspace():
            continue
        group = check.row(text)
        if each is not None:
            each(check.rows, group)
        if not check.rows % EVERY:
            moved(check.rows)


def _printer() -> Callable[[int, Group], None]:
    """One JSON object a row; what rows of a group share is written once."""
    tails: dict[int, str] = {}

    def each(number: int, group: Group) -> None:
        tail = tails.get(id(group))
        if tail is None:
            tail = tails[id(group)] = json.dumps(row_document(group), ensure_ascii=False)[1:]
        sys.stdout.write(f'{{"row": {number}, {tail}\n')

    return each


def row_document(group: Group) -> dict[str, Any]:
    verdict = group.verdict
    return {
        "verdict": verdict.outcome.value,
        "ground": verdict.ground,
        "reasons": [reason_document(r) for r in verdict.denials or verdict.reasons],
        "obligations": [str(o) for o in verdict.obligations] if verdict.allowed else [],
    }


def reason_document(reason: Reason) -> dict[str, Any]:
    entry = reason.entry
    return {
        "code": reason.code.value,
        "says": reason.says,
        "role": reason.role,
        "path": reason.path,
        "model": reason.model,
        "in_force": reason.when,
        "entry": entry.ref if entry else None,
        "clause": reason.clause or None,
        "quote": reason.quote or None,
        "source": entry.source if entry else None,
        "url": entry.url if entry else None,
        "read_on": period(entry.read_on, "day") if entry and entry.read_on is not None else None,
        "confidence": entry.confidence.value if entry else None,
        "signed": list(reason.signed),
        "resolve": reason.resolve or None,
    }


def total(check: Check) -> dict[str, Any]:
    codes: Counter[str] = Counter()
    for group in check.groups.values():
        if not group.verdict.allowed:
            codes[group.verdict.reason.code.value] += group.rows
    return {
        "total": check.rows,
        "ok": check.ok,
        "student": check.use.student.value,
        "exposure": check.use.exposure.value,
        "allowed": check.count(Outcome.ALLOW),
        "allowed_with_obligations": check.count(Outcome.OBLIGATIONS),
        "denied": check.denied,
        "denied_by": dict(codes.most_common()),
        "obligations": [
            {"obligation": str(o), "entry": o.entry, "what": o.words} for o in check.obligations
        ],
        "impossible": [str(clash) for clash in check.impossible],
        "groups": [
            {
                "rows": group.rows,
                "first_row": group.first,
                "sources": [{"path": o.path, "model": o.model} for o in group.lineage.origins],
                **row_document(group),
            }
            for group in check.alike()
        ],
    }


def _print(check: Check) -> None:
    show(map(_row, check.alike()), as_json=False, columns=COLUMNS)
    allowed = check.count(Outcome.ALLOW) + check.count(Outcome.OBLIGATIONS)
    asked = f"{check.use.student.value} student, {check.use.exposure.value}"
    click.echo(f"\n{check.rows:,} rows for a {asked}: {allowed:,} allowed, {check.denied:,} denied")
    ways = dict.fromkeys(
        (r.resolve, f"{r.code.value}: {r.says}")
        for g in check.alike()
        for r in g.verdict.denials
        if r.resolve
    )
    for resolve, says in ways:
        click.echo(f"\n{says}\n  what would change it: {resolve}")
    if check.obligations:
        click.echo("\nwhoever releases a student of the allowed rows must:")
        for duty in check.obligations:
            click.echo(f"  - {duty.words} ({duty.entry})")
    for clash in check.impossible:
        click.echo(f"\nimpossible together: {clash}")


def _row(group: Group) -> dict[str, Any]:
    reason = group.verdict.reason
    sources = group.lineage.origins
    return {
        "rows": f"{group.rows:,}",
        "first": group.first,
        "path": " + ".join(dict.fromkeys(o.path for o in sources)),
        "model": " + ".join(dict.fromkeys(o.model for o in sources if o.model)) or None,
        "verdict": "deny" if not group.verdict.allowed else group.verdict.outcome.value,
        "reason": reason.code.value,
        "entry": reason.entry.id if reason.entry else None,
        "clause": reason.clause or None,
    }
