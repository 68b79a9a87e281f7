"""`releases` and `distill release | rollback`: students on their way into traffic, and back."""

import os
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, cast

import click

from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import Failure, line, plain, show
from stillhouse.compose import releases as terms_of
from stillhouse.config.load import load
from stillhouse.config.problem import ConfigError, describe
from stillhouse.config.settings import Settings
from stillhouse.distill.artefact import Manifest
from stillhouse.distill.release import ALL, MILLION, Plan, Release, Stage, Sticky
from stillhouse.ledger.ports import NotFoundError
from stillhouse.tariff import PriceBook, UnpricedModelError
from stillhouse.units.instant import iso
from stillhouse.units.money import pico
from stillhouse.wire.deployment import Deployment, Provider, ProviderKind

COLUMNS = (
    "id", "account", "workload", "deployment", "student", "stage", "share", "agreed", "of", "moved",
)  # fmt: skip
MARGIN = Decimal("0.01")
"""Unless a promise is given, it is the agreement that was measured less this."""


def part(parts: int) -> Any:
    """A callback that reads 5% or 0.05 as a whole number of 1 / `parts`."""

    def read(_ctx: click.Context, _option: click.Parameter, value: str | None) -> int | None:
        if value is None:
            return None
        try:
            given = Decimal(value.rstrip("%")) / (100 if value.endswith("%") else 1)
        except InvalidOperation:
            raise click.BadParameter("a share is written like 5% or 0.05") from None
        if not given.is_finite() or not 0 <= given <= 1:
            raise click.BadParameter("a share is between 0% and 100%")
        return int(given * parts)

    return read


@click.group(help="Students in traffic: list, show, move.")
def releases() -> None: ...


@releases.command("list", help="Every release, the newest first.")
@click.option("--account", help="Name or id.  [default: all accounts]")
@on_store()
def list_(desk: Desk, account: str | None) -> None:
    owner = None if account is None else desk.store.find_account(account).id
    rows = (_row(r) for r in desk.store.releases(account=owner))
    show(rows, as_json=desk.as_json, columns=COLUMNS)


@releases.command("show", help="One release: stage, evidence, terms, days.")
@click.argument("ident")
@on_store()
def show_(desk: Desk, ident: str) -> None:
    one = desk.store.release(ident)
    days = [
        {
            "day": d.day,
            "compared": d.compared,
            "agreed": d.agreed,
            "declined": d.declined,
            "cost": plain(d.cost),
        }
        for d in desk.store.audit_days(ident)
    ]
    row = _row(one)
    if desk.as_json:
        line(row | {"days": days})
        return
    for name, value in row.items():
        click.echo(f"{name.replace('_', ' '):<16}{value}")
    if days:
        click.echo()
        show(days, as_json=False, columns=tuple(days[0]))


@releases.command("move", help="To canary with a share of the end users, or to cut_over.")
@click.argument("ident")
@click.argument("stage", type=click.Choice(["canary", "cut_over"]))
@click.option("--share", callback=part(ALL), help="Of the end users, for a canary, like 5%.")
@click.option("--reason", default="", help="For the ledger.")
@click.option("--force", help="Move without the evidence; says why, for the ledger.")
@on_store()
def move(
    desk: Desk, *, ident: str, stage: str, share: int | None, reason: str, force: str | None
) -> None:
    after = desk.store.move_release(
        ident,
        cast("Stage", stage),
        share_bps=share,
        reason=force or reason,
        forced=force is not None,
        at=desk.at,
        actor=desk.actor,
    )
    desk.tell(_row(after), f"{after.id} is at {after.stage}: {after.share_bps / 100:g} %")


@click.command(help="Send a release's calls back to the teacher, from now on.")
@click.argument("ident")
@click.option("--reason", default="by hand", help="For the ledger.")
@on_store()
def rollback(desk: Desk, ident: str, reason: str) -> None:
    after = desk.store.move_release(
        ident, "rolled_back", reason=reason, at=desk.at, actor=desk.actor
    )
    desk.tell(_row(after), f"{after.id} is rolled back: the teacher answers everything")


releases.add_command(rollback, "rollback")


@click.command(help="Begin a student's way into traffic, at shadow.")
@click.argument("student")
@click.option("--account", required=True, help="Whose calls; name or id.")
@click.option("--workload", required=True, help="Which of its calls, as its receipts say it.")
@click.option("--instead-of", "teacher", required=True, help="The deployment that they name.")
@click.option("--promise", callback=part(MILLION), help="Share of comparisons that agree.")
@click.option("--alpha", default="5%", callback=part(MILLION), help="Error of the test.")
@click.option("--audit", default="100%", callback=part(ALL), help="Share of calls to compare.")
@click.option("--audit-cost", default="10", help="USD a month that comparing may cost the house.")
@click.option(
    "--sticky", default="user", type=click.Choice(["user", "conversation", "key"]), help="By whom."
)
@click.option("--confirm", multiple=True, help="A fact that the terms ask for (ENTRY:WHAT).")
@click.option("--display", multiple=True, help="A text that your documentation shows.")
@on_store()
def release(
    desk: Desk,
    *,
    student: str,
    account: str,
    workload: str,
    teacher: str,
    promise: int | None,
    alpha: int,
    audit: int,
    audit_cost: str,
    sticky: str,
    confirm: tuple[str, ...],
    display: tuple[str, ...],
) -> None:
    settings = _settings(desk)
    owner = desk.store.find_account(account).id
    serves, provider = _deployment(settings, student)
    taught_by, teachers = _deployment(settings, teacher)
    if provider.kind is not ProviderKind.STUDENT:
        raise Failure(f'the deployment "{student}" serves no student: its provider is no student')
    if teachers.kind in {ProviderKind.STUDENT, ProviderKind.ANTHROPIC}:
        raise Failure(f'"{teacher}" does not speak chat completions as a teacher')
    manifest = terms_of.manifest_of(Path(provider.student))
    book = PriceBook(desk.store.known_prices())
    for deployment in (serves, taught_by):
        try:
            book.offer("sale", deployment.priced_as, desk.at, known_at=desk.at, account=owner)
        except UnpricedModelError:
            raise Failure(
                f'"{deployment.priced_as}" has no sale price now; unpriced is never free:'
                " name one under [[prices]] and start the service, or `stillhouse prices add`"
            ) from None
    known = desk.store.releases()
    everybody = terms_of.met_by(manifest.id, known, settings) | {owner}
    judge = terms_of.judge(desk.store)
    plan = Plan(
        account=owner,
        workload=workload,
        deployment=teacher,
        model=taught_by.priced_as,
        region=taught_by.region,
        student=student,
        artefact=manifest.id,
        kind=manifest.kind,
        promise_ppm=_promise(manifest) if promise is None else promise,
        alpha_ppm=alpha,
        audit_bps=audit,
        audit_cost_max=pico(audit_cost),
        sticky=cast("Sticky", sticky),
        confirmed=confirm,
        displays=display,
        terms=judge.terms(
            manifest,
            account=owner,
            met_by=everybody,
            name=student,
            now=desk.at,
            confirmed=confirm,
            displays=display,
        ),
    )
    begun = desk.store.begin_release(plan, at=desk.at, actor=desk.actor)
    desk.tell(
        _row(begun),
        f"{begun.id} is at shadow: the teacher answers, a sample is asked of the student, too",
    )


def _settings(desk: Desk) -> Settings:
    try:
        return load(file=desk.config, env=os.environ, overrides={"data": desk.data}, secrets=False)
    except ConfigError as error:
        raise Failure(describe(error.problems, origin=error.origin)) from None


def _deployment(settings: Settings, name: str) -> tuple[Deployment, Provider]:
    found = settings.deployments.get(name)
    if found is None:
        known = ", ".join(sorted(settings.deployments)) or "none"
        raise NotFoundError(
            f'no deployment "{name}" in {settings.origin} (there are: {known}); name the'
            " service's configuration with --config"
        )
    return found, settings.providers[found.provider]


def _promise(manifest: Manifest) -> int:
    measured = manifest.metrics.get("agreement")
    if not isinstance(measured, int | float) or not 0 < measured <= 1:
        raise Failure("the student does not say how often it agrees; promise it: --promise 0.95")
    return int((Decimal(str(measured)) - MARGIN) * MILLION)


def _row(r: Release) -> dict[str, Any]:
    return {
        "id": r.id,
        "account": r.account,
        "workload": r.workload,
        "deployment": r.deployment,
        "student": r.student,
        "artefact": r.artefact,
        "stage": r.stage,
        "share": f"{r.share_bps / 100:g}%",
        "sticky": r.sticky,
        "promise": f"{r.promise_ppm / 10_000:g}%",
        "alpha": f"{r.alpha_ppm / 10_000:g}%",
        "agreed": r.agreed,
        "of": r.compared,
        "declined": r.declined,
        "stage_agreed": r.trial.agreed,
        "stage_of": r.trial.compared,
        "wealth": f"{r.trial.total:.3g}",
        "audit": f"{r.audit_bps / 100:g}%",
        "audit_cost": plain(r.audit_cost),
        "audit_cost_max": plain(r.audit_cost_max),
        "terms": r.terms.why,
        "clauses": list(r.terms.clauses),
        "began": iso(r.began_at),
        "moved": iso(r.moved_at),
        "reason": r.reason,
    }
