"""`guard cases`, `show`, `notices`: reading cases."""

from typing import Any

import click

from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import line, show
from stillhouse.cli.revenue import exposure_words
from stillhouse.compose import cases, revenue
from stillhouse.guard.case import Case, Evidence
from stillhouse.guard.ladder import E_VALUE, Level
from stillhouse.guard.statement import clause, sure
from stillhouse.ledger.ports import ConflictError
from stillhouse.units.instant import iso, period

NAMED = 5
"""final invoices of a cluster that are named one by one"""


@click.command("cases", help="All cases; what needs somebody comes first.")
@click.option("--account", help="Only this account's: name or id.")
@click.option("--open", "open_only", is_flag=True, help="Only open ones.")
@on_store()
def cases_(desk: Desk, *, account: str | None, open_only: bool) -> None:
    owner = desk.store.find_account(account).id if account else None
    found = cases.listed(desk.store, account=owner, open_only=open_only)
    names = {a.id: a.name for a in desk.store.directory().accounts.values()}
    rows = [summary(case, names) for case in found]
    columns = ("id", "accounts", "level", "e_value", "reaches", "state", "deadline")
    show(rows, as_json=desk.as_json, columns=columns)


def summary(case: Case, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": case.id,
        "accounts": [names.get(a, a) for a in case.accounts],
        "account_ids": list(case.accounts),
        "level": case.level.word,
        "reaches": case.newest.level.word,
        "e_value": f"{case.newest.e_value:.4g}",
        "state": state(case),
        "opened_at": iso(case.opened_at),
        "deadline": iso(case.deadline) if case.deadline is not None else None,
    }


def state(case: Case) -> str:
    """What it waits for, in words."""
    return {"appeal": "appeal to answer", "second_reviewer": "second reviewer"}.get(
        case.waits_for, case.waits_for
    )


@click.command("show", help="One case: timeline, evidence, clause, exposure, and what may be done.")
@click.argument("case", metavar="CASE")
@on_store()
def show_(desk: Desk, case: str) -> None:
    found = cases.read(desk.store, case)
    names = {a.id: a.name for a in desk.store.directory().accounts.values()}
    if desk.as_json:
        line(document(found, names) | {"exposure": exposure(desk, found)})
        return
    e = found.newest
    click.echo(f"case {found.id}: {', '.join(names.get(a, a) for a in found.accounts)}")
    click.echo(
        f"in force: {found.level.word} ({state(found)}); the evidence reaches {e.level.word}"
    )
    if found.deadline is not None:
        click.echo(f"ends by itself: {iso(found.deadline)}")
    for words in (*evidence_words(e), *exposure(desk, found), *final_invoice(found, names)):
        click.echo(words)
    click.echo()
    show(timeline(found), as_json=False, columns=("at", "what", "by", "why"))
    for words in next_steps(found):
        click.echo(words)


def evidence_words(e: Evidence) -> list[str]:
    words = [
        f"evidence: e = {e.e_value:.4g} after {e.calls} calls. {sure(e)}",
        f"families: {', '.join(e.families) or 'none'}; signals: {', '.join(e.signals) or 'none'}",
        f"{clause(e)} ({e.position.value})",
    ]
    if e.backed < e.level:
        words.append(
            f"the calibration backs {e.backed.word} and no more: what is above is a person's"
            " judgement"
        )
    if e.linked_by:
        words.append(f"linked by {', '.join(e.linked_by)} ({e.links.value})")
    return words


def exposure(desk: Desk, case: Case) -> list[str]:
    """What hangs on these accounts, in words; what is in the way, when it cannot be told."""
    try:
        made = revenue.report(
            desk.data, desk.store, month=period(desk.at, "month"), accounts=case.accounts
        )
    except ConflictError as error:
        return [f"what hangs on it cannot be told: {error}"]
    return [exposure_words(made, each) for each in made.exposures]


def final_invoice(case: Case, names: dict[str, str]) -> list[str]:
    """Where it is, of each account that the case has suspended, and who has to do what."""
    words = [
        f"final invoice of {names.get(i.account, i.account)} for {i.month} is drafted; a person"
        f" looks, approves and finalises: stillhouse invoices show|approve|finalise --account"
        f" {names.get(i.account, i.account)} --month {i.month}"
        for i in case.invoices[:NAMED]
    ]
    if len(case.invoices) > NAMED:
        words.append(f"and of {len(case.invoices) - NAMED} accounts more: stillhouse invoices list")
    left = len(case.accounts) - len(case.invoices)
    if case.level is Level.SUSPEND and left > 0:
        words.append(
            f"final invoices to be drafted: {left}. The service does so when the last calls are"
            " settled and sealed; what is in the way is in its log"
        )
    return words


def timeline(case: Case) -> list[dict[str, Any]]:
    """Every entry, oldest first."""
    rows = []
    for entry in case.events:
        body = entry.body
        what = entry.kind.removeprefix("case_").replace("_", " ")
        level = body.get("level") or body.get("outcome") or body.get("month") or ""
        if entry.kind in {"case_opened", "case_evidence"}:
            level = f"e = {float(body['evidence']['e_value']):.4g}"
        reasons = body.get("reasons") or [body.get("reason") or body.get("what") or ""]
        by = body.get("by") or entry.actor
        rows.append(
            {
                "entry": entry.number,
                "at": iso(entry.at),
                "what": f"{what} {level}".strip(),
                "by": ", ".join(by) if isinstance(by, list) else by,
                "why": " / ".join(r for r in reasons if r),
            }
        )
    return rows


def next_steps(case: Case) -> list[str]:
    """Commands that would do something now."""
    if not case.open:
        return []
    if case.appeal is not None:
        last = iso(case.appeal.answer_by)
        how = f"stillhouse guard answer {case.id} --grant|--deny --as NAME --reason TEXT"
        return [f"answer the appeal by {last}, or it is granted: {how}"]
    words = [f"stillhouse guard decide {case.id} --step lift|dismiss --as NAME --reason TEXT"]
    reach = case.newest.level
    if reach >= Level.HOLD > case.level:
        words.append(f"stillhouse guard decide {case.id} --step hold --as NAME --reason TEXT")
    if reach >= Level.SUSPEND > case.level:
        who = "a second person" if case.proposal else "two people, one after the other"
        words.append(
            f"stillhouse guard decide {case.id} --step suspend --as NAME --reason TEXT  ({who})"
        )
    return words


def document(case: Case, names: dict[str, str]) -> dict[str, Any]:
    """All of a case, for machines. E-values are decimal text that reads back to the same bits."""
    return summary(case, names) | {
        "evidence": [{"at": iso(e.at), **e.written()} for e in case.evidence],
        "timeline": timeline(case),
        "final_invoices": [{"account": i.account, "month": i.month} for i in case.invoices],
        "thresholds": {level.word: f"{least:.0f}" for level, least in E_VALUE.items()},
        "proposal": None
        if case.proposal is None
        else {"by": case.proposal.by, "until": iso(case.proposal.until)},
        "appeal": None
        if case.appeal is None
        else {"by": case.appeal.by, "answer_by": iso(case.appeal.answer_by)},
    }


@click.command("notices", help="What accounts are told, and until when it may be contested.")
@click.option("--account", help="Only this account's: name or id.")
@on_store()
def notices(desk: Desk, *, account: str | None) -> None:
    owner = desk.store.find_account(account).id if account else None
    names = {a.id: a.name for a in desk.store.directory().accounts.values()}
    rows = [
        {
            "case": case.id,
            "accounts": [names.get(a, a) for a in case.accounts],
            "level": case.level.word,
            "at": iso(case.step.at),
            "appeal_until": iso(case.step.appeal_until),
            "reasons": list(case.step.reasons),
        }
        for case in cases.listed(desk.store, account=owner, open_only=True)
        if case.step is not None and case.level >= Level.NOTICE
    ]
    show(
        rows, as_json=desk.as_json, columns=("case", "accounts", "level", "appeal_until", "reasons")
    )
