"""`stillhouse demo`: play the story, write its page, and stay for whoever wants to look around."""

import sys
import tempfile
import time
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

import click
from rich.console import Console

from stillhouse.cli.output import Failure, line
from stillhouse.cli.story.acts import Story
from stillhouse.cli.story.report import page
from stillhouse.cli.story.service import Service

NEEDED = ("sklearn", "datasketch")


@click.command(help="The founding story on this machine: a bill, a student, a smaller bill.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where it happens; must be empty or new.  [default: a temporary folder]",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the traffic.")
@click.option(
    "--stay/--leave",
    default=None,
    help="Serve on at the end, for the console.  [default: stay at a terminal]",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found, as JSON.")
def demo(folder: Path | None, seed: int, stay: bool | None, as_json: bool) -> None:  # noqa: FBT001 - click
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise Failure("a student is trained here: pip install 'stillhouse[students]' first")
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="stillhouse-demo-"))
    elif folder.exists() and any(folder.iterdir()):
        raise Failure(f"{folder} is not empty; name a new folder")
    screen = Console(stderr=as_json, highlight=False)
    service = Service(folder, told=lambda words: screen.print(f"[dim]$ {words}", soft_wrap=True))
    began = time.monotonic()
    screen.print(f"Everything happens in {folder}, on this machine alone.")
    with service.running():
        facts = Story(service, screen, seed).tell()
        facts.console = service.ask("console", "link")["url"]
        report = folder / "report.html"
        facts.report = str(report)
        report.write_text(page(facts), "utf-8")
        took = time.monotonic() - began
        screen.print(f"\nIn {took:.0f} s. The report: {report}\nThe console: {facts.console}")
        if as_json:
            line(asdict(facts))
        if sys.stdout.isatty() if stay is None else stay:
            screen.print("Ctrl-C ends it.")
            try:
                while True:
                    time.sleep(3600)
            except KeyboardInterrupt:
                screen.print("ended")
