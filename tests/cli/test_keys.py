"""Keys from the command line: the secret is seen once, and rotation cuts nobody off."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import click
import pytest
from tests.cli.at_the_desk import Shell

from stillhouse.cli.keys import later
from stillhouse.compose.stores import open_store
from stillhouse.tenants import Key, Limits
from stillhouse.units.instant import DAY, Instant, instant, iso

AT = Instant(1_795_000_000_000_000)


def stored(shell: Shell, secret: str) -> Key:
    store = open_store(shell.data)
    payer = store.directory().find(hashlib.sha256(secret.encode()).digest())
    store.close()
    assert payer is not None
    return payer.key


def test_the_secret_that_is_printed_is_the_one_that_authenticates(acme: Shell) -> None:
    acme.run("projects", "create", "web", "--account", "Acme")
    options = ("--project", "web", "--model", "b", "--model", "a", "--expires", "30d")
    made = acme.one("keys", "create", "--account", "Acme", *options, "--name", "laptop")
    key = stored(acme, made["key"])

    assert made["key"].startswith("sk-sh-")
    assert (made["id"], "laptop", frozenset({"a", "b"})) == (key.id, key.name, key.models)
    assert key.created_at + 30 * DAY == key.expires_at


def test_a_secret_is_shown_once_and_is_nowhere_afterwards(acme: Shell) -> None:
    printed = acme.run("keys", "create", "--account", "Acme").stdout
    secret = printed.split()[0]
    found = [
        acme.run("keys", "list").output,
        acme.run("keys", "list", "--json").output,
        acme.run("entries", "--json").output,
        *(file.read_bytes().decode("latin-1") for file in acme.data.iterdir()),
    ]

    assert stored(acme, secret).hint == secret[:10]
    assert [] == [text for text in found if secret[10:] in text]


def test_a_key_is_revoked_now_or_later_and_never_restored(acme: Shell) -> None:
    made = acme.one("keys", "create", "--account", "Acme")
    planned = acme.one("keys", "revoke", made["id"], "--at", "2d")
    assert "active" == acme.rows("keys", "list")[0]["state"]
    now = acme.one("keys", "revoke", made["id"])
    again = acme.one("keys", "revoke", made["id"], "--at", "7d")

    assert planned["revoked_at"] > now["revoked_at"] == again["revoked_at"]
    assert "revoked" == acme.rows("keys", "list")[0]["state"]


def test_rotation_makes_a_second_key_like_the_first_and_ends_the_first_later(acme: Shell) -> None:
    old = acme.one("keys", "create", "--account", "Acme", "--model", "a", "--name", "laptop")
    acme.run("limits", "set", "--key", old["id"], "--rpm", "5")
    acme.run("budgets", "set", "--key", old["id"], "--period", "day", "--hard", "1.00")
    result = acme.run("keys", "rotate", old["id"], "--overlap", "24h", "--json")
    made = json.loads(result.stdout)
    states = {row["id"]: row["state"] for row in acme.rows("keys", "list")}
    key = stored(acme, made["key"])

    assert {old["id"]: "active", made["id"]: "active"} == states
    assert ("laptop", ["a"]) == (made["name"], made["models"])
    assert (old["id"], key.created_at + DAY) == (
        made["replaces"],
        instant(datetime.fromisoformat(made["replaced_until"])),
    )
    assert made["replaced_until"] == iso(stored(acme, old["key"]).revoked_at or 0)
    assert Limits(requests_per_minute=5) == key.limits
    assert {old["id"], made["id"]} == {b["scope_id"] for b in acme.rows("budgets", "list")}
    assert "budgets begin at nothing spent" in result.stderr


def test_a_key_that_has_ended_is_not_rotated(acme: Shell) -> None:
    made = acme.one("keys", "create", "--account", "Acme")
    acme.run("keys", "revoke", made["id"])

    assert "has ended" in acme.refused("keys", "rotate", made["id"])
    assert "no key key_x" in acme.refused("keys", "rotate", "key_x")
    assert "no key key_x" in acme.refused("keys", "revoke", "key_x")


def test_a_key_for_nobody_is_refused(acme: Shell) -> None:
    assert "no account Beta" in acme.refused("keys", "create", "--account", "Beta")
    said = acme.refused("keys", "create", "--account", "Acme", "--project", "web")
    assert "no project web" in said
    assert [] == acme.rows("keys", "list")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", 90),
        ("90m", 5_400),
        ("24h", 86_400),
        ("30d", 2_592_000),
        ("2w", 1_209_600),
    ],
)
def test_a_duration_counts_from_now(text: str, expected: int) -> None:
    assert expected * 1_000_000 == later(text, AT, option="--x") - AT


def test_an_instant_is_taken_as_it_is() -> None:
    ends = datetime(2027, 1, 1, tzinfo=UTC)

    assert "2027-01-01T00:00:00.000000Z" == iso(later("2027-01-01T00:00:00Z", AT, option="--x"))
    assert later(ends.isoformat(), AT, option="--x") == later(
        (ends + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M:%S+07:00"), AT, option="--x"
    )


@pytest.mark.parametrize(
    "text",
    ["", "soon", "30", "-1d", "1.5d", "2027-01-01T00:00:00", "2020-01-01T00:00:00Z", "9" * 9],
)
def test_a_time_that_could_be_misread_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        later(text, AT, option="--x")
