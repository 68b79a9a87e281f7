"""`guard`: who collects outputs to train a model, what is done about it, and who decides.

scan      logs that you have, through the same detector (guard_scan)
cases     open and closed, what needs somebody first      show      one, with all that it stands on
decide    hold, suspend, lift, dismiss, in a person's name (guard_decide)
appeal    for the account; answer: by a person who took no part
replay    a case's evidence, computed again, bit for bit (guard_replay)
notices   what accounts are told
"""

import click

from stillhouse.cli import LazyGroup

COMMANDS = {
    "scan": ("stillhouse.cli.guard_scan:scan", "Look for harvests in logs that you have."),
    "cases": ("stillhouse.cli.guard_cases:cases_", "All cases; what needs somebody comes first."),
    "show": ("stillhouse.cli.guard_cases:show_", "One case: timeline, evidence, clause, exposure."),
    "notices": ("stillhouse.cli.guard_cases:notices", "What accounts are told, and until when."),
    "decide": ("stillhouse.cli.guard_decide:decide", "Hold, suspend, lift or dismiss, by name."),
    "appeal": ("stillhouse.cli.guard_decide:appeal", "Contest a step, for the account."),
    "answer": ("stillhouse.cli.guard_decide:answer", "Answer an appeal, by who took no part."),
    "declare": ("stillhouse.cli.guard_declare:declare", "Agree that an account evaluates."),
    "purposes": ("stillhouse.cli.guard_declare:purposes", "What accounts have declared."),
    "replay": ("stillhouse.cli.guard_replay:replay", "Compute a case's evidence again."),
}


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    help="Who collects outputs to train a model, what is done about it, and who decides.",
)
def guard() -> None: ...
