"""The console from the machine that serves it: a link that signs in.

Whoever can run this has the data folder, and with it everything: so a link asks for nothing more.
"""

import json
from contextlib import closing

import click

from stillhouse.cli.desk import Desk, on_store
from stillhouse.compose.way_in import new_link, open_register

DEFAULT_URL = "http://127.0.0.1:8081"


@click.group(help="The console in the browser: a sign-in link.")
def console() -> None: ...


@console.command("link", help="Print a link that signs in once. The first one makes the owner.")
@click.option("--member", default="", help="Whom: id or e-mail.  [default: the first owner]")
@click.option(
    "--minutes", type=click.FloatRange(0, 1440, min_open=True), default=15.0, show_default=True
)
@click.option("--url", default="", help="Address of the console.  [default: as it runs]")
@on_store()
def link(desk: Desk, *, member: str, minutes: float, url: str) -> None:
    running = running_url(desk)
    with closing(open_register(desk.data)) as register:
        made, known = new_link(
            register,
            url=(url or running or DEFAULT_URL).rstrip("/"),
            minutes=minutes,
            member=member,
            at=desk.at,
            actor=desk.actor,
        )
    whom = f"signs in {known.email}" if known else "makes you the owner"
    note = "" if running or url else "\nThe service does not run: start it, then open the link."
    desk.tell(
        {"url": made, "member": known.email if known else None, "minutes": minutes},
        f"{made}\n\nIt opens once, within {minutes:g} minutes, and {whom}.{note}",
    )


def running_url(desk: Desk) -> str:
    """Where the console of the running service is; "" when none runs."""
    try:
        noted = json.loads((desk.data / "run" / "workers.json").read_text("utf-8"))
    except (OSError, ValueError):
        return ""
    return str(noted.get("console_url", ""))
