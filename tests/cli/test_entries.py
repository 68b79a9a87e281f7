"""The printed chain is the chain: anyone can check it from the JSON alone."""

import hashlib
import json

from tests.cli.at_the_desk import Shell


def test_the_printed_entries_can_be_checked_with_a_hash_function_alone(acme: Shell) -> None:
    acme.run("accounts", "suspend", "Acme", "--reason", "späte Zahlung")
    rows = acme.rows("entries")
    before = "0" * 64
    for row in rows:
        micros = round_trip_micros(row["at"])
        rest = {name: row[name] for name in ("actor", "body", "kind", "number")} | {"at": micros}
        text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        before = hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()

        assert before == row["hash"]


def round_trip_micros(text: str) -> int:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 # what a stranger would write

    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )


def test_reading_can_go_on_after_an_entry(acme: Shell) -> None:
    acme.run("accounts", "create", "Beta")
    everything = acme.rows("entries")

    assert everything[1:] == acme.rows("entries", "--after", "1")
    assert ["account", "account"] == [row["kind"] for row in everything]
    assert '"name": "Beta"' in acme.run("entries").stdout
