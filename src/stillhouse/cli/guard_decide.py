"""`guard decide`, `appeal`, `answer`: what people do in a case, each in his own name.

A suspension's final invoice is drafted by the service; where none runs, by `decide` itself.

`--as` is a name that the operator vouches for; the entry holds it beside the operator's own. Who
decides and belongs to an account by the console's list of members is found out by his e-mail.
"""

from contextlib import closing

import click

from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.guard_cases import (
    evidence_words,
    exposure,
    final_invoice,
    state,
    summary,
)
from stillhouse.cli.output import Failure
from stillhouse.compose import cases
from stillhouse.compose.final_invoices import draft_final
from stillhouse.compose.way_in import open_register
from stillhouse.guard.case import Case
from stillhouse.guard.decisions import Reviewer
from stillhouse.guard.ladder import Level
from stillhouse.units.instant import iso

_as = click.option("--as", "name", required=True, help="Who decides: a person's name or e-mail.")
_why = click.option("--reason", required=True, help="Why; the account is told it.")


@click.command(help="Hold, suspend, lift or dismiss, in a person's name.")
@click.argument("case", metavar="CASE")
@click.option("--step", type=click.Choice(cases.STEPS), required=True)
@_as
@_why
@click.option("--second", help="suspend: the second person, when both are here.")
@click.option("--second-reason", help="suspend: the second person's own reason.")
@click.option(
    "--proof", is_flag=True, help="suspend: there is proof from outside; the reason says."
)
@click.option("--yes", is_flag=True, help="What hangs on it has been seen; do not ask.")
@on_store()
def decide(
    desk: Desk,
    *,
    case: str,
    step: str,
    name: str,
    reason: str,
    second: str | None,
    second_reason: str | None,
    proof: bool,
    yes: bool,
) -> None:
    if (second is None) != (second_reason is None):
        raise click.UsageError("--second NAME goes with --second-reason TEXT, his own")
    if second is not None and step != "suspend":
        raise click.UsageError("--second is for --step suspend")
    found = cases.read(desk.store, case)
    if step in {"hold", "suspend"}:
        _weigh(desk, found, step, sure=yes)
    found = cases.decide(
        desk.store, found, step, reviewer(desk, name), reason, desk.at, proof=proof
    )
    if second is not None and second_reason is not None:
        found = cases.decide(
            desk.store, found, step, reviewer(desk, second), second_reason, desk.at, proof=proof
        )
    if found.level is Level.SUSPEND:
        draft_final(desk.data, desk.store, desk.at, lambda *_, **__: None)
        found = cases.read(desk.store, found.id)
    _tell(desk, found)


def _weigh(desk: Desk, case: Case, step: str, *, sure: bool) -> None:
    """Show what hangs on it, and ask. Raises Failure: nobody to ask, or no."""
    words = [*evidence_words(case.newest), *exposure(desk, case)]
    if sure:
        return
    text = "\n".join(words)
    if desk.as_json:
        raise Failure(f"{text}\nsay --yes when that has been seen; nothing was done")
    click.echo(text)
    if not click.confirm(f"{step} {case.id}?", err=True):
        raise Failure("nothing was done")


def reviewer(desk: Desk, name: str) -> Reviewer:
    with closing(open_register(desk.data)) as register:
        mine = [m.accounts for m in register.members() if name in (m.email, m.id)]
    return Reviewer(name, frozenset(mine[0]) if mine else frozenset())


def _tell(desk: Desk, case: Case) -> None:
    names = {a.id: a.name for a in desk.store.directory().accounts.values()}
    words = f"case {case.id} is at {case.level.word} ({state(case)})"
    if case.proposal is not None:
        words += (
            f"; a second person must agree by {iso(case.proposal.until)}: stillhouse guard decide"
            f" {case.id} --step suspend --as NAME --reason TEXT"
        )
    elif case.open and case.level is Level.SUSPEND:
        words = "\n".join([words, *final_invoice(case, names)])
    desk.tell(summary(case, names), words)


@click.command(help="Contest what is in force, for the account.")
@click.argument("case", metavar="CASE")
@click.option("--by", required=True, help="Who speaks for the account: a name or e-mail.")
@_why
@on_store()
def appeal(desk: Desk, *, case: str, by: str, reason: str) -> None:
    found = cases.contest(desk.store, cases.read(desk.store, case), by, reason, desk.at)
    _tell(desk, found)


@click.command(help="Answer an appeal, by somebody who took no part in the step.")
@click.argument("case", metavar="CASE")
@click.option("--grant/--deny", "granted", required=True, help="Grant: all is lifted, and closed.")
@_as
@_why
@on_store()
def answer(desk: Desk, *, case: str, granted: bool, name: str, reason: str) -> None:
    found = cases.read(desk.store, case)
    who = reviewer(desk, name)
    _tell(desk, cases.reply(desk.store, found, who, reason, desk.at, granted=granted))
