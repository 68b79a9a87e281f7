"""The ledger's entries: every change with its author and reason, in a hash chain."""

import json

import click

from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import show
from stillhouse.units.instant import iso


@click.command(help="Every change of the ledger: what, when, by whom.")
@click.option("--after", type=int, default=0, help="Only entries after this number.")
@on_store()
def entries(desk: Desk, after: int) -> None:
    rows = (
        {
            "number": entry.number,
            "at": iso(entry.at),
            "kind": entry.kind,
            "actor": entry.actor,
            "body": dict(entry.body)
            if desk.as_json
            else json.dumps(entry.body, ensure_ascii=False),
            "previous": entry.previous,
            "hash": entry.hash,
        }
        for entry in desk.store.entries(after=after)
    )
    show(rows, as_json=desk.as_json, columns=("number", "at", "kind", "actor", "body"))
