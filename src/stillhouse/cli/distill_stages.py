"""`distill run | plan | build | train`: the stages of the pipeline, on a log.

What is done already is not done again; a run that was killed goes on where it was.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import msgspec

from stillhouse.cli.bars import Bars, bars
from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import Failure, line, show
from stillhouse.compose.distill import house, order
from stillhouse.compose.terms_paths import configured
from stillhouse.config.problem import ConfigError
from stillhouse.distill.economics import Costs, told
from stillhouse.imports.formats import FORMATS
from stillhouse.terms import Exposure
from stillhouse.training.denied import DeniedError
from stillhouse.training.stages import Run
from stillhouse.units.money import pico

OBJECTIVES = ("sequence", "top-k")
"""on-policy is by hand (`stillhouse.training.causal`): no row says what its teacher's terms are"""
KINDS = ("auto", "classifier", "extraction", "generative")
REFUSALS = (LookupError, ValueError, RuntimeError)
"""What of the stages is the operator's to mend; each says how."""


def on_log(command: Any) -> Any:
    """The options of every command that reads a log."""
    for option in reversed(
        (
            click.option(
                "--from",
                "source",
                required=True,
                type=click.Path(path_type=Path, dir_okay=False, exists=True),
                help="A log of calls with requests and answers, one JSON value per line.",
            ),
            click.option(
                "--format", "log", type=click.Choice(FORMATS), help="[default: found out]"
            ),
            click.option("--workload", default="", help="Name or id.  [default: the largest]"),
            click.option("--task", default="", help="Template, where a workload has several."),
            click.option("--account", default="", help="Who pays for lines that name nobody."),
            click.option("--student", type=click.Choice(KINDS), default="auto"),
            click.option(
                "--form",
                type=click.Choice(("auto", "linear", "encoder")),
                default="auto",
                help="How a classifier reads: words and letters, or a sentence encoder.",
            ),
            click.option(
                "--exposure",
                type=click.Choice([e.value for e in Exposure]),
                default="internal",
                help="Who will meet the student.",
            ),
            click.option("--consent", "statement", default="", help="Who agreed, in words."),
            click.option("--path", default="", help="Access path of lines that name none."),
            click.option("--base", default="", help="Weights that the student starts from."),
            click.option(
                "--objective",
                type=click.Choice(OBJECTIVES),
                help="What a language model learns: text, or recorded log-probabilities, too.",
            ),
            click.option(
                "--teacher-tokenizer",
                metavar="SHA256",
                help="top-k: of the tokenizer that the log's log-probabilities are of.",
            ),
            click.option("--delta", type=float, default=0.02, help="How much worse it may be."),
            click.option("--target", type=float, default=0.98, help="Accuracy of kept answers."),
            click.option(
                "--validation",
                type=click.Path(path_type=Path, dir_okay=False, exists=True),
                help="Calls with gold, kept apart: what is kept is chosen on them.",
            ),
            click.option("--seed", type=int, default=0),
            click.option("--rows", "rows_max", type=int, default=50_000, help="The latest."),
            click.option("--raw", is_flag=True, help="Without curation, to compare with."),
        )
    ):
        command = option(command)
    return command


def at_costs(command: Any) -> Any:
    """What owning is assumed to cost; `costs_of` takes it out of what was asked."""
    for option in reversed(
        (
            click.option("--one-off", default="50", help="Cost of data, training, evaluation."),
            click.option("--node-month", default="36", help="Cost of hosting, idle or not."),
            click.option("--audited", default="0.05", help="Share that the teacher answers too."),
        )
    ):
        command = option(command)
    return command


def costs_of(asked: dict[str, Any]) -> Costs:
    """Takes these options out. Raises BadParameter."""
    return Costs(
        one_off=amount(asked.pop("one_off")),
        node_month=amount(asked.pop("node_month")),
        audited=Fraction(asked.pop("audited")),
    )


@contextmanager
def refusing(desk: Desk) -> Iterator[None]:
    """What cannot be done is said in a sentence; of a denial, machines are told the verdicts."""
    try:
        yield
    except REFUSALS as error:
        if desk.as_json and isinstance(error, DeniedError):
            said = {"verdict": "denied", "why": str(error), "excluded": dict(error.excluded)}
            line(said | {"terms": msgspec.to_builtins(error.judged)})
        raise Failure(str(error)) from error


def ordered(desk: Desk, on: Bars, asked: Mapping[str, Any]) -> Run:
    """The run that these options ask for."""
    chosen = dict(asked)
    costs = costs_of(chosen)
    chosen["extra"] = _of_language_models(chosen)
    chosen["exposure"] = Exposure(chosen["exposure"])
    chosen["named"] = named_paths()
    made = order(chosen.pop("source"), desk.store, at=desk.at, costs=costs, **chosen)

    def moved(stage: str, share: float) -> None:
        on.bar(stage, 1.0).to(share)

    return Run(made, house(desk.data, desk.store, moved=moved))


def _of_language_models(chosen: dict[str, Any]) -> dict[str, Any]:
    """Takes these options out of `chosen`. Raises UsageError."""
    names = ("objective", "teacher_tokenizer")
    said = {name: value for name in names if (value := chosen.pop(name)) is not None}
    if said and chosen["student"] not in {"auto", "generative"}:
        raise click.UsageError(
            f"--objective and --teacher-tokenizer are for --student generative, and this is"
            f" {chosen['student']}"
        )
    if (said.get("objective") == "top-k") != ("teacher_tokenizer" in said):
        raise click.UsageError(
            "--objective top-k goes with --teacher-tokenizer SHA256: what the teacher's server"
            " tells under /v1/models as tokenizer_sha256"
        )
    return said


def named_paths() -> dict[str, str]:
    """Access paths of this house's providers; none where its configuration cannot be read."""
    try:
        return configured(click.get_current_context().params.get("config"))
    except ConfigError:
        return {}


def amount(text: str) -> int:
    """Pico-units."""
    try:
        return pico(text)
    except (ValueError, ArithmeticError):
        raise click.BadParameter(f"{text!r} is no amount of money, like 36 or 49.90") from None


@click.command(help="All stages: from a log to a student with a verdict.")
@on_log
@at_costs
@on_store(create=True)
def run(desk: Desk, **asked: Any) -> None:
    with refusing(desk), bars(stay=True) as on:
        made = ordered(desk, on, asked)
        found = made.until("card")
        place = made.publish()
    document = {
        "student": found["card"]["student"],
        "folder": str(place),
        "kind": found["train"]["kind"],
        "form": found["train"]["form"],
        "workload": made.workload["workload"],
        "labels": len(found["train"]["labels"]),
        "rows": found["curate"]["learned"],
        "verdict": found["evaluate"]["verdict"],
        "by": found["evaluate"].get("by"),
        "threshold": found["train"]["threshold"],
        "expected": found["train"]["metrics"],
        "judged": found["evaluate"],
        "funnel": _funnel(found),
        "terms": found["consent"]["judged"],
        "obligations": found["consent"]["obligations"],
        "consent": found["consent"]["consent"],
        "economics": told(made.pays()),
    }
    if desk.as_json:
        line(document)
        return
    _told(document)


@click.command(help="What is in a log, and what may become of it; nothing is trained.")
@on_log
@at_costs
@on_store(create=True)
def plan(desk: Desk, **asked: Any) -> None:
    with refusing(desk), bars(stay=True) as on:
        made = ordered(desk, on, asked)
        found = made.until("plan")["plan"]
        listed = [
            {k: v for k, v in one.items() if k not in {"task_ids", "name"}}
            for one in found["workloads"]
        ]
        chosen, kind = made.workload["workload"], made.kind
    if desk.as_json:
        head = {"lines": found["lines"], "unreadable": found["unreadable"]}
        line(head | {"workload": chosen, "kind": kind, "workloads": listed})
        return
    click.echo(f"{found['lines']:,} lines; {sum(found['unreadable'].values()):,} cannot be read")
    rows = [one | {"kind": one["output"]["kind"] or "unknown"} for one in listed]
    show(rows, as_json=False, columns=("workload", "rows", "kind", "first", "last", "accounts"))
    click.echo(f"a student would be a {kind} for {chosen}")


@click.command(help="Up to the rows that are worth learning from.")
@on_log
@at_costs
@on_store(create=True)
def build(desk: Desk, **asked: Any) -> None:
    with refusing(desk), bars(stay=True) as on:
        made = ordered(desk, on, asked)
        found = made.until("curate")
    document = {
        "folder": str(made.work.folder),
        "learned": found["curate"]["learned"],
        "judging": found["curate"]["judging"],
        "split": found["curate"]["split"],
        "funnel": _funnel(found),
    }
    if desk.as_json:
        line(document)
        return
    click.echo(f"{document['learned']:,} rows to learn from, {document['judging']:,} to judge by")
    _funnel_told(document["funnel"])


@click.command(help="Up to the weights.")
@on_log
@at_costs
@on_store(create=True)
def train(desk: Desk, **asked: Any) -> None:
    with refusing(desk), bars(stay=True) as on:
        made = ordered(desk, on, asked)
        found = made.until("train")["train"]
    document = {
        "folder": str(made.work.at("train")),
        "kind": found["kind"],
        "form": found["form"],
        "threshold": found["threshold"],
        "expected": found["metrics"],
    }
    desk.tell(document, f"a {found['kind']} of form {found['form']}: {found['metrics']}")


# -- what is printed


def _funnel(found: Mapping[str, Any]) -> dict[str, Any]:
    curate = found["curate"]
    return {
        "lines": found["plan"]["lines"],
        "unreadable": found["plan"]["unreadable"],
        "of_workload": found["consent"]["seen"],
        "excluded": found["consent"]["excluded"],
        "removed": curate["funnel"],
        "changed": curate["changed"],
        "notes": curate["notes"],
        "languages": {"traffic": found["consent"]["languages"], "learned": curate["languages"]},
        "validation": curate["validation"],
        "judging": curate["judging"],
        "learned": curate["learned"],
    }


def _funnel_told(funnel: Mapping[str, Any]) -> None:
    click.echo(f"{funnel['lines']:>10,} lines")
    elsewhere = funnel["lines"] - sum(funnel["unreadable"].values()) - funnel["of_workload"]
    parts = [*funnel["unreadable"].items(), ("of other workloads", elsewhere)]
    parts += [*funnel["excluded"].items(), *funnel["removed"].items()]
    parts += [("kept to judge by", funnel["judging"])]
    for reason, n in parts:
        if n:
            click.echo(f"{-n:>10,} {reason}")
    click.echo(f"{funnel['learned']:>10,} learned from")
    for reason, n in funnel["changed"].items():
        click.echo(f"{'':>10} of them {n:,} {reason}")
    for note in funnel["notes"]:
        click.echo(f"{'':>10} {note}")


def _told(document: Mapping[str, Any]) -> None:
    judged = document["judged"]
    click.echo(f"student   {document['student']}")
    click.echo(f"is        a {document['kind']} ({document['form']}) for {document['workload']}")
    _funnel_told(document["funnel"])
    if judged.get("n"):
        right = judged["accuracy"] if judged["accuracy"] is not None else judged["agreement"]
        by = "right" if judged["accuracy"] is not None else "as the teacher"
        click.echo(f"judged    on {judged['n']:,} later calls: {right:.1%} {by}, ", nl=False)
        click.echo(f"keeps {judged['kept']:.1%}")
    click.echo(f"verdict   {document['verdict']} by {document['by']}")
    said = document["economics"]
    reached = said["break_even"]
    if isinstance(reached, dict):
        click.echo(f"pays      after {reached['calls']:,} calls, {reached['days']} days")
    else:
        click.echo(f"pays      {reached or 'unknown'}: {said['why']}")
    for duty in document["obligations"]:
        click.echo(f"owes      {duty}")
