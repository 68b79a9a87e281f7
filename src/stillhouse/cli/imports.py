"""`import`: logs that others wrote, so that reports answer before any traffic is moved."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, get_args

import click

from stillhouse.cli.bars import bars, opened, through
from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import Failure, line, plain
from stillhouse.compose.imports import Problem, Report, import_log, log_lines
from stillhouse.imports.formats import Format
from stillhouse.units.instant import iso
from stillhouse.units.money import exact

SHOWN = 10
"""Bad lines that are told on the terminal; --errors keeps them all."""


@click.command("import", help="Load a log of calls, one JSON value per line; - is stdin.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option(
    "--format", "log", required=True, type=click.Choice(get_args(Format)), help="Who wrote it."
)
@click.option("--account", default="", help="Who pays for calls of lines that name no account.")
@click.option(
    "--errors", type=click.Path(path_type=Path, dir_okay=False), help="Write every bad line here."
)
@click.option("--dry-run", is_flag=True, help="Read and check everything, load nothing.")
@on_store(create=True)
def import_(
    desk: Desk, *, file: Path, log: Format, account: str, errors: Path | None, dry_run: bool
) -> None:
    shown: list[Problem] = []
    with ExitStack() as open_files:
        source = open_files.enter_context(opened(file))
        keep = _kept(errors, open_files)

        def told(problem: Problem) -> None:
            if len(shown) < SHOWN:
                shown.append(problem)
            keep(problem)

        moved = through(open_files.enter_context(bars()), source, "lines")
        report = import_log(
            desk.data,
            desk.store,
            log_lines(source),
            log=log,
            source=file.name,
            account=account,
            dry_run=dry_run,
            at=desk.at,
            actor=desk.actor,
            on_problem=told,
            on_batch=lambda so_far: moved(so_far.lines),
        )
    if desk.as_json:
        line(_document(report, dry_run=dry_run))
    else:
        _print(report, dry_run=dry_run)
    for problem in shown:
        click.echo(f"line {problem.line}: {problem.reason}: {problem.message}", err=True)
    if not report.ok:
        more = sum(report.rejected.values()) - len(shown)
        if more > 0:
            where = "" if errors else "; --errors FILE keeps them all"
            click.echo(f"and {more:,} more{where}", err=True)
        click.get_current_context().exit(1)


def _kept(errors: Path | None, files: ExitStack) -> Callable[[Problem], None]:
    if errors is None:
        return lambda _: None
    try:
        out = files.enter_context(errors.open("w", encoding="utf-8"))
    except OSError as error:
        raise Failure(f"{errors} cannot be written: {error.strerror}") from None

    def keep(problem: Problem) -> None:
        row = {"line": problem.line, "reason": problem.reason, "message": problem.message}
        out.write(json.dumps(row, ensure_ascii=False) + "\n")

    return keep


def _document(report: Report, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "lines": report.lines,
        "imported": report.imported,
        "known": report.known,
        "rejected": dict(sorted(report.rejected.items())),
        "accounts_created": report.accounts,
        "projects_created": report.projects,
        "counted": report.counted,
        "unpriced": dict(report.unpriced.most_common()),
        "charge": {currency: exact(n) for currency, n in sorted(report.charge.items())},
        "cost": {currency: exact(n) for currency, n in sorted(report.cost.items())},
        "reported_cost": {c: format(n, "f") for c, n in sorted(report.reported.items())},
        "first": None if report.first is None else iso(report.first),
        "last": None if report.last is None else iso(report.last),
    }


def _print(report: Report, *, dry_run: bool) -> None:
    verb = "would be imported" if dry_run else "imported"
    click.echo(f"{report.imported:,} of {report.lines:,} calls {verb}", nl=False)
    click.echo(f"; {report.known:,} were known before" if report.known else "")
    if report.first is not None and report.last is not None:
        click.echo(f"made from {iso(report.first)} to {iso(report.last)}")
    made = [_many(len(report.accounts), "account")] if report.accounts else []
    made += [_many(report.projects, "project")] if report.projects else []
    if made:
        click.echo(f"{'would create' if dry_run else 'created'} {' and '.join(made)}")
    for word, amounts in (("charge", report.charge), ("cost", report.cost)):
        for currency, amount in sorted(amounts.items()):
            click.echo(f"{word} {currency} {plain(amount)} by the prices in force")
    for currency, said in sorted(report.reported.items()):
        click.echo(f"the log itself says that they cost {currency} {said.normalize():f}")
    if report.counted:
        click.echo(
            f"no usage was reported of {_many(report.counted, 'call')}: their text was counted"
        )
    if report.unpriced:
        models = ", ".join(
            f"{m} ({_many(n, 'call')})" for m, n in report.unpriced.most_common(SHOWN)
        )
        click.echo(
            f"no sale price for {models}: not in the charge. Add prices first"
            " (`stillhouse prices import`); --dry-run tells what is missing before anything"
            " is loaded"
        )
    if report.rejected:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in report.rejected.most_common())
        click.echo(f"{_many(sum(report.rejected.values()), 'line')} not imported: {reasons}")


def _many(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
