"""Runs tests/billing/independent.sql over a data folder: what a stranger with its files sees."""

import json
from pathlib import Path

import duckdb

from stillhouse.compose.stores import WholeStore
from stillhouse.units.usage import METERS

SQL = Path(__file__).parents[1] / "billing" / "independent.sql"


def problems(data: Path, store: WholeStore) -> list[tuple[str, int | None, str]]:
    """(number, line, what) of every document that is not what its receipts and prices say."""
    folder = data / "documents"
    folder.mkdir(exist_ok=True)
    for issued in store.documents():
        (folder / f"{issued.number}.json").write_text(issued.text, "utf-8")
    with (data / "entries.jsonl").open("w", encoding="utf-8") as file:
        for entry in store.entries():
            row = {"number": entry.number, "kind": entry.kind, "body": dict(entry.body)}
            file.write(json.dumps(row) + "\n")
    with (data / "prices.jsonl").open("w", encoding="utf-8") as file:
        for tariff in store.tariffs().values():
            prices = {m.value: p for m, p in zip(METERS, tariff.prices, strict=True)}
            row = {"id": tariff.id, "currency": tariff.currency, "prices": prices}
            file.write(json.dumps(row) + "\n")
    with duckdb.connect(config={"threads": 2}) as database:
        database.execute("SET VARIABLE folder = ?", [str(data)])
        database.execute(SQL.read_text("utf-8"))
        return database.execute("FROM problems ORDER BY ALL").fetchall()
