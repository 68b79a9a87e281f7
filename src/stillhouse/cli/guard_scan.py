"""`guard scan`: look for harvests in logs that you have. Nothing is acted on, nothing is kept.

Exit 0: nobody at or above a notice. 1: somebody (whom the terms do not permit it). 2: bad input.
"""

import math
import sys
import time
from pathlib import Path
from typing import Any

import click

from stillhouse.cli.bars import bars, opened
from stillhouse.cli.output import Failure, line, show
from stillhouse.compose import scan as scanning
from stillhouse.compose.imports import log_lines
from stillhouse.compose.scan import Log, Scanned, calibration_of, read_log, shipped
from stillhouse.guard.calibration import Calibration, clopper_pearson
from stillhouse.guard.finding import Finding
from stillhouse.guard.ladder import Level, Position
from stillhouse.units.instant import Instant

COLUMNS = ("accounts", "class", "calls", "evidence", "level", "crossed_at", "why", "clause")
NAMES_SHOWN, SIGNALS_SHOWN = 4, 3


class BadInput(Failure):
    """The logs cannot be judged: exit 2."""

    exit_code = 2


@click.command("scan")
@click.argument("logs", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option(
    "--calibrate",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Logs of accounts known to be benign; the calibration that ships otherwise.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def scan(*, logs: Path, calibrate: Path | None, as_json: bool) -> None:
    """Look for harvests in LOGS (JSON Lines of our format; - is stdin)."""
    calibration, notes = _calibration(calibrate)
    log = _read(logs)
    now = Instant(time.time_ns() // 1000)
    with bars() as on:
        done = on.bar("judging", log.calls).on
        found = scanning.scan(log, calibration=calibration, now=now, done=done)
    notes = [*log.notes(logs.name), *notes, *found.report.notes]
    if as_json:
        line(document(found, notes))
    else:
        _print(found, notes)
    if any(_counts(finding, found) for finding in found.report.findings):
        click.get_current_context().exit(1)


def _calibration(benign: Path | None) -> tuple[Calibration, list[str]]:
    if benign is None:
        return shipped(), []
    log = _read(benign)
    return calibration_of(log, name=benign.name), log.notes(benign.name)


def _read(path: Path) -> Log:
    with opened(path, wrong=BadInput) as source, bars() as on:
        reading = on.bar(f"reading {path.name}")
        log = read_log(log_lines(source), moved=reading.to)
    for number, reason, message in log.problems:
        click.echo(f"{path.name} line {number}: {reason}: {message}", err=True)
    if not log.calls:
        raise BadInput(
            f"{path} holds no call that can be read; each line is JSON with at, account, model and"
            " request (docs/reference/log-format.md)"
        )
    return log


def _counts(finding: Finding, found: Scanned) -> bool:
    """At or above a notice, and not what the terms permit."""
    at_stake = found.stakes.get(finding.accounts)
    permitted = at_stake is not None and at_stake.position is Position.PERMITTED
    return Level.of(finding.level) >= Level.NOTICE and not permitted


def document(found: Scanned, notes: list[str]) -> dict[str, Any]:
    """What --json prints."""
    findings = found.report.findings
    tables = found.calibration.tables
    return {
        "accounts": {f.accounts[0]: _said(f, found) for f in findings if f.kind == "account"},
        "clusters": [
            {"accounts": list(f.accounts), **_said(f, found)}
            for f in findings
            if f.kind == "cluster"
        ],
        "calls": found.report.calls,
        "calibration": {
            "origin": found.calibration.origin,
            "digest": found.report.calibration,
            "independent_sources": found.calibration.sources or None,
            "classes": {
                cls: {
                    "accounts": table.accounts,
                    "smallest_bound": _number(clopper_pearson(0, table.accounts)),
                }
                for cls, table in sorted(tables.items())
            },
        },
        "notes": notes,
    }


def _said(finding: Finding, found: Scanned) -> dict[str, Any]:
    crossed = {c.level: c.call for c in finding.crossings}
    said: dict[str, Any] = {
        "class": finding.cls,
        "calls": finding.calls,
        "e_value": _number(finding.e_value),
        "level": finding.level,
        "false_alarm_bound": _number(finding.false_alarm_bound),
        "crossed_at_call": crossed.get("notice", crossed.get("note")),
        "crossings": crossed,
        "reached": finding.reached,
        "resolvable": finding.resolvable,
        "calibration_accounts": finding.calibration,
        "calibration_accounts_needed": finding.needed,
        "manner": finding.manner,
        "families": list(finding.families),
        "signals": [
            {
                "name": c.name,
                "family": c.family,
                "weight": _number(c.weight),
                "value": _number(c.value),
                "usual": _number(c.usual),
            }
            for c in finding.contributions
        ],
        "calls_to_look_at": list(finding.call_ids),
    }
    if finding.kind == "cluster":
        said["links"] = [
            {"kind": each.kind, "strength": each.strength, "accounts": list(each.accounts)}
            for each in finding.links
        ]
    at_stake = found.stakes.get(finding.accounts)
    if at_stake is not None:
        said["terms"] = {
            "position": at_stake.position.value,
            "entry": at_stake.clause.entry,
            "clause": at_stake.clause.clause,
            "quotation": at_stake.clause.quotation,
            "source": at_stake.clause.source,
            "resolve": at_stake.resolve,
        }
        said["informational"] = at_stake.position is Position.PERMITTED
    return said


def _number(value: float) -> float:
    """Six digits: enough to act on, and the same wherever it is printed."""
    return float(f"{value:.6g}") if math.isfinite(value) else sys.float_info.max


def _print(found: Scanned, notes: list[str]) -> None:
    findings = [f for f in found.report.findings if f.reached != "none"]
    findings.sort(key=lambda f: (-f.log_e, f.kind, f.accounts))
    if findings:
        show([_row(f, found) for f in findings], as_json=False, columns=COLUMNS)
    quiet = sum(f.kind == "account" and f.reached == "none" for f in found.report.findings)
    click.echo(f"{quiet:,} accounts show nothing; {found.report.calls:,} calls were judged")
    click.echo(f"compared with {found.calibration.origin}")
    for note in notes:
        click.echo(f"- {note}")


def _row(finding: Finding, found: Scanned) -> dict[str, Any]:
    names = list(finding.accounts[:NAMES_SHOWN])
    if len(finding.accounts) > NAMES_SHOWN:
        names.append(f"and {len(finding.accounts) - NAMES_SHOWN:,} more")
    at_stake = found.stakes.get(finding.accounts)
    short = "" if finding.resolvable else f" ({finding.reached} is not resolvable)"
    crossed = {c.level: c.call for c in finding.crossings}
    clause = ""
    if at_stake is not None:
        clause = f"{at_stake.position.value} {at_stake.clause.entry}".strip()
    return {
        "accounts": ", ".join(names),
        "class": finding.cls,
        "calls": f"{finding.calls:,}",
        "evidence": f"{finding.e_value:,.0f}",
        "level": f"{finding.level}{short}",
        "crossed_at": crossed.get("notice", crossed.get("note")),
        "why": ", ".join(c.name for c in finding.contributions[:SIGNALS_SHOWN]),
        "clause": clause,
    }
