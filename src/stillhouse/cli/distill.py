"""`distill`: from recorded calls to a student of one's own, allowed and proven."""

import click

from stillhouse.cli import LazyGroup

STAGES = "stillhouse.cli.distill_stages"
RELEASES = "stillhouse.cli.releases"
STUDENTS = "stillhouse.cli.distill_students"


@click.group(
    cls=LazyGroup,
    lazy={
        "run": (f"{STAGES}:run", "All stages: from a log to a student with a verdict."),
        "plan": (f"{STAGES}:plan", "What is in a log, and what may become of it."),
        "build": (f"{STAGES}:build", "Up to the rows that are worth learning from."),
        "train": (f"{STAGES}:train", "Up to the weights."),
        "evaluate": (f"{STUDENTS}:evaluate", "Ask a student the calls of a file."),
        "card": (f"{STUDENTS}:card", "What is said of a student."),
        "release": (f"{RELEASES}:release", "Begin a student's way into traffic."),
        "rollback": (f"{RELEASES}:rollback", "Send its calls back to the teacher."),
        "status": (f"{STUDENTS}:status", "The students of this data folder."),
    },
    help="From recorded calls to a model of your own.",
)
def distill() -> None: ...
