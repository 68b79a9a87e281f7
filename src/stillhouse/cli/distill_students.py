"""`distill evaluate | card | status`: students of this data folder."""

from pathlib import Path
from typing import Any

import click

from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.distill_stages import refusing
from stillhouse.cli.output import line, show
from stillhouse.compose import distill
from stillhouse.distill import card as cards
from stillhouse.distill.artefact import DamagedError
from stillhouse.training.shelf import find, notes, shelf
from stillhouse.training.students import manifest_of

SHOWN = ("n", "accuracy", "agreement", "kept", "accuracy_kept", "calls_per_second")


@click.command(help="Ask a student the calls of a file; those with gold say how often it is right.")
@click.argument("student")
@click.option(
    "--on",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Calls, one JSON object per line: request, and gold or response.",
)
@click.option("--delta", type=float, default=0.02, help="How much worse it may be.")
@on_store(create=True)
def evaluate(desk: Desk, *, student: str, on: Path, delta: float) -> None:
    with refusing(desk):
        manifest, found = distill.evaluate(desk.data, student, on, delta=delta)
    if desk.as_json:
        line({"student": manifest.id, **found})
        return
    click.echo(f"student {manifest.id}, {manifest.kind} for {manifest.workload}")
    for name in SHOWN:
        value = found[name]
        shown = "-" if value is None else f"{value:,.4f}" if isinstance(value, float) else value
        click.echo(f"{name:<18}{shown}")
    click.echo(f"{'verdict':<18}{found['verdict']} by {found['by']}")


@click.command(help="What is said of a student: data, terms, metrics, limits.")
@click.argument("student")
@click.option("--bom", is_flag=True, help="As a bill of materials, CycloneDX 1.6.")
@on_store(create=True)
def card(desk: Desk, *, student: str, bom: bool) -> None:
    with refusing(desk):
        place = find(desk.data, student)
        manifest = manifest_of(place)
    if bom:
        line(cards.bom(manifest))
    elif desk.as_json:
        line(cards.document(manifest, notes=notes(place)))
    else:
        click.echo(cards.markdown(manifest, notes=notes(place)), nl=False)


@click.command(help="The students of this data folder.")
@on_store(create=True)
def status(desk: Desk) -> None:
    rows: list[dict[str, Any]] = []
    for folder in sorted(p for p in shelf(desk.data).glob("*") if p.suffix != ".part"):
        try:
            manifest = manifest_of(folder)
        except DamagedError as error:
            rows.append({"student": folder.name, "kind": "damaged", "workload": str(error)})
            continue
        rows.append(
            {
                "student": manifest.id,
                "kind": manifest.kind,
                "form": manifest.form,
                "workload": manifest.workload,
                "rows": manifest.data.rows,
                "verdict": manifest.metrics.get("judged", {}).get("verdict"),
                "exposure": manifest.exposure,
            }
        )
    columns = ("student", "kind", "form", "workload", "rows", "verdict", "exposure")
    show(rows, as_json=desk.as_json, columns=columns)
