"""`capture`: content that a project lets us keep. Off unless a person consents, in words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import click

from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import Failure, show
from stillhouse.compose import cases
from stillhouse.compose.capturing import kept_key
from stillhouse.compose.retention import noted
from stillhouse.distill import artefact
from stillhouse.distill.artefact import Manifest
from stillhouse.distill.capture import Consent, Row, exported
from stillhouse.distill.example import Example
from stillhouse.ledger.ports import NotFoundError
from stillhouse.store.captured import Captured
from stillhouse.training.forget import forget, held
from stillhouse.training.logs import OWN_ACCOUNT
from stillhouse.training.shelf import shelf
from stillhouse.training.work import BusyError
from stillhouse.units.instant import iso, period

COLUMNS = ("account", "project", "on", "days", "by", "text", "kept_days", "kept_bytes")


@click.group(help="Content that a project lets us keep: on, off, status, export, delete.")
def capture() -> None: ...


def _project(desk: Desk, account: str, project: str) -> tuple[str, str]:
    owner = desk.store.find_account(account).id
    return owner, desk.store.find_project(project, account=owner).id


@capture.command(help="Keep a project's requests and answers, encrypted, from now on.")
@click.option("--account", required=True, help="Name or id.")
@click.option("--project", default="default", show_default=True, help="Name or id.")
@click.option("--by", required=True, help="Who consents: a person's name.")
@click.option("--text", required=True, help="What is consented to, in words.")
@click.option("--days", required=True, type=int, help="How long rows are kept.")
@on_store()
def on(desk: Desk, *, account: str, project: str, by: str, text: str, days: int) -> None:
    owner, ident = _project(desk, account, project)
    made = Consent(project=ident, account=owner, by=by, words=text, days=days, began_at=desk.at)
    desk.store.consent(made, at=desk.at, actor=desk.actor)
    desk.tell(
        {"account": owner, "project": ident, "on": True, "days": days, "by": by, "text": text},
        f"{project} of {owner} is captured from now on and kept for {days} days",
    )


@capture.command(help="Keep nothing more; what was kept stays for its days.")
@click.option("--account", required=True, help="Name or id.")
@click.option("--project", default="default", show_default=True, help="Name or id.")
@click.option("--reason", default="", help="For the ledger.")
@on_store()
def off(desk: Desk, *, account: str, project: str, reason: str) -> None:
    owner, ident = _project(desk, account, project)
    desk.store.end_consent(ident, reason=reason, at=desk.at, actor=desk.actor)
    desk.tell(
        {"account": owner, "project": ident, "on": False},
        f"{project} of {owner} is not captured any more; `stillhouse capture delete` takes away"
        " what was",
    )


@capture.command(help="Who consented to what, and what is kept.")
@click.option("--account", help="Name or id.  [default: all accounts]")
@on_store()
def status(desk: Desk, account: str | None) -> None:
    owner = None if account is None else desk.store.find_account(account).id
    kept: dict[str, list[int]] = {}
    for _, project, _, folder in _files(desk).days(account=owner):
        sums = kept.setdefault(project, [0, 0])
        sums[0] += 1
        sums[1] += sum(file.stat().st_size for file in folder.glob("*.rows"))
    rows = [
        {
            "account": c.account,
            "project": c.project,
            "on": c.holds,
            "days": c.days,
            "by": c.by,
            "text": c.words,
            "since": iso(c.began_at),
            "kept_days": kept.get(c.project, [0, 0])[0],
            "kept_bytes": kept.get(c.project, [0, 0])[1],
        }
        for c in desk.store.consents()
        if owner in {None, c.account}
    ]
    show(rows, as_json=desk.as_json, columns=COLUMNS)


def _files(desk: Desk) -> Captured:
    return Captured(desk.data, partial(kept_key, desk.store, desk.data))


def _day(_ctx: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else date.fromisoformat(value).isoformat()
    except ValueError:
        raise click.BadParameter("a day is written like 2026-11-30") from None


@capture.command(help="Rows in the `stillhouse` log format with their lineage, for `distill`.")
@click.option("--account", required=True, help="Name or id.")
@click.option("--project", help="Name or id.  [default: all of the account]")
@click.option("--workload", help="As the receipts say it.  [default: all]")
@click.option("--since", callback=_day, help="First day, like 2026-11-01.")
@click.option("--until", callback=_day, help="Last day.")
@click.option("--out", type=click.Path(path_type=Path), help="File.  [default: stdout]")
@on_store()
def export(
    desk: Desk,
    *,
    account: str,
    project: str | None,
    workload: str | None,
    since: str | None,
    until: str | None,
    out: Path | None,
) -> None:
    owner = desk.store.find_account(account).id
    of = None if project is None else desk.store.find_project(project, account=owner).id
    found = _files(desk).rows(account=owner, project=of, since=since or "", until=until or "9999")
    rows = (row for row in found if workload in {None, row.workload})
    if case := cases.held(desk.store, owner):
        click.echo(
            f"{account} is at {case.level.word} in {case.id}: `distill` leaves its rows out until"
            " that is lifted",
            err=True,
        )
    if out is None:
        for row in rows:
            click.echo(exported(row).decode())
        return
    try:
        count = _write(out, rows)
    except OSError as error:
        raise Failure(f"{out} cannot be written: {error.strerror}; name another --out") from None
    desk.tell({"file": str(out), "rows": count}, f"{count:,} calls in {out}, in plain text")


def _write(out: Path, rows: Iterator[Row]) -> int:
    count = 0
    out.touch(mode=0o600)
    with out.open("wb") as file:
        for row in rows:
            file.write(exported(row) + b"\n")
            count += 1
    return count


@capture.command(help="Take rows away, also out of runs, and say which students may know them.")
@click.option("--account", required=True, help="Name or id.")
@click.option("--project", help="Name or id: only this project's.")
@click.option("--user", help="Only what this end user asked.")
@click.option("--receipt", "receipts", multiple=True, help="Only this call.")
@click.option("--all", "everything", is_flag=True, help="All of the account, and its key.")
@click.option("--reason", default="", help="For the ledger.")
@on_store()
def delete(
    desk: Desk,
    *,
    account: str,
    project: str | None,
    user: str | None,
    receipts: tuple[str, ...],
    everything: bool,
    reason: str,
) -> None:
    if everything == bool(project or user or receipts):
        raise click.UsageError("name --project, --user or --receipt, or --all of the account")
    found = desk.store.find_account(account)
    owner = found.id
    of = None if project is None else desk.store.find_project(project, account=owner).id
    files = _files(desk)
    try:
        with held(desk.data) as works:
            if everything:
                for consent in desk.store.consents():
                    if consent.account == owner and consent.holds:
                        desk.store.end_consent(
                            consent.project, reason=reason, at=desk.at, actor=desk.actor
                        )
            gone: list[Row] = []
            kept = desk.store.capture_key(owner) is not None
            if kept:
                gone = files.erase(account=owner, project=of, matches=_matches(user, set(receipts)))
            meant = Meant(
                names=frozenset({owner, found.name}),
                calls=frozenset({*receipts, *(row.receipt for row in gone)}),
                project="" if user or receipts else of or "",
                everything=everything,
            )
            forgotten = forget(works, meant)
    except BusyError as error:
        raise Failure(f"nothing was taken away: {error}, then delete again") from error
    if not kept and not forgotten.runs:
        raise NotFoundError(f"nothing of {owner} is kept")
    students = sorted({*affected(desk.data, owner, gone), *forgotten.students})
    body = {
        "rows": len(gone),
        "project": of or "",
        "user": bool(user),
        "receipts": len(receipts),
        "key": everything,
        "students": students,
        "reason": reason,
        "runs": forgotten.runs,
    }
    for student in students:
        noted(desk.data, student, f"calls were deleted on {period(desk.at, 'day')}, as asked")
    desk.store.note_erased(owner, body, at=desk.at, actor=desk.actor)
    words = ", ".join(students) or "none"
    desk.tell(
        {"account": owner, **body},
        f"{len(gone):,} calls were taken away, and {len(forgotten.runs):,} runs that held such;"
        f" students that may have learned from them: {words}",
    )


def _matches(user: str | None, receipts: set[str]) -> Callable[[Row], bool]:
    def matches(row: Row) -> bool:
        return (user is None or row.user == user) and (not receipts or row.receipt in receipts)

    return matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Which rows of runs a deletion means: these calls, of a project, or all of the account.

    names: of the account. project: "" where only some of its calls are meant.
    """

    names: frozenset[str]
    calls: frozenset[str]
    project: str
    everything: bool

    def __call__(self, row: Example) -> bool:
        its = {row.account, *(origin.account for origin in row.lineage)}
        if not its & {*self.names, OWN_ACCOUNT}:
            return False
        if row.id in self.calls or (self.project and row.project == self.project):
            return True
        return self.everything and bool(its & self.names)


def affected(data: Path, account: str, gone: list[Row]) -> list[str]:
    """Students whose lineage names this account and the time of one of these rows."""
    found = []
    for path in sorted(shelf(data).glob(f"*/{artefact.MANIFEST}")):
        try:
            manifest = artefact.read(path.read_bytes())
        except (OSError, artefact.DamagedError):
            continue  # no student: it answers nobody
        if _may_know(manifest, account, gone):
            found.append(manifest.id)
    return found


def _may_know(manifest: Manifest, account: str, gone: list[Row]) -> bool:
    owners = {*manifest.data.account, *(t.origin.account for t in manifest.taught)} - {""}
    if owners and account not in owners:
        return False
    return any(
        t.origin.model == row.model and t.first <= row.at <= t.last
        for t in manifest.taught
        for row in gone
    )
