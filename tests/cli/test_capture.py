"""`capture`: off by default, on by a person's words, out with lineage, away on request."""

import json
from contextlib import closing
from pathlib import Path

from tests.cli.at_the_desk import Shell
from tests.distill.test_capture import AT, row
from tests.students import OPENAI, written

from stillhouse.compose.capturing import account_key
from stillhouse.compose.stores import open_store
from stillhouse.distill.artefact import Data
from stillhouse.store.captured import Captured

ON = ("capture", "on", "--account", "Acme", "--by", "Ann", "--text", "for our own models")


def filled(shell: Shell) -> str:
    """Two captured calls of the account's project."""
    made = shell.one(*ON, "--days", "30")
    account, project = made["account"], made["project"]
    with closing(open_store(shell.data)) as store:
        captured = Captured(shell.data, lambda a: account_key(store, shell.data, a))
        captured.append(
            [
                row(account=account, project=project),
                row(account=account, project=project, receipt="w1-8", user="u8", workload="v"),
            ],
            day="2026-11-30",
            writer="w1",
        )
    return str(account)


def test_nothing_is_on_until_a_person_consents(acme: Shell) -> None:
    acme.run("projects", "create", "default", "--account", "Acme")
    assert [] == acme.rows("capture", "status")
    assert "--days" in acme.refused(*ON, "--days", "0")
    acme.run(*ON, "--days", "30")
    [status] = acme.rows("capture", "status")
    assert (True, 30, "Ann", "for our own models", 0) == (
        status["on"], status["days"], status["by"], status["text"], status["kept_days"],
    )  # fmt: skip
    acme.run("capture", "off", "--account", "Acme", "--reason", "enough")
    assert not acme.rows("capture", "status")[0]["on"]
    assert "captures nothing" in acme.refused("capture", "off", "--account", "Acme")


def test_an_export_is_a_log_with_lineage(acme: Shell, tmp_path: Path) -> None:
    acme.run("projects", "create", "default", "--account", "Acme")
    filled(acme)
    out = tmp_path / "log.jsonl"
    lines = acme.run("capture", "export", "--account", "Acme").stdout.splitlines()
    acme.run("capture", "export", "--account", "Acme", "--workload", "v", "--out", str(out))

    assert ["w1-7", "w1-8"] == [json.loads(line)["id"] for line in lines]
    assert "openai-api" == json.loads(lines[0])["lineage"][0]["path"]
    assert ["w1-8"] == [json.loads(line)["id"] for line in out.read_text().splitlines()]
    assert 0o600 == out.stat().st_mode & 0o777


def test_a_deletion_takes_rows_away_and_names_the_students(acme: Shell) -> None:
    acme.run("projects", "create", "default", "--account", "Acme")
    account = filled(acme)
    from msgspec.structs import replace  # noqa: PLC0415

    knows = written(
        acme.data / "distill" / "students" / "s",
        taught=(replace(OPENAI, first=AT - 1, last=AT + 1),),
        data=Data("", 1, account=(account,)),
    )
    written(acme.data / "distill" / "students" / "older", taught=(OPENAI,))
    gone = acme.one("capture", "delete", "--account", "Acme", "--user", "u7", "--reason", "asked")
    left = acme.run("capture", "export", "--account", "Acme").stdout.splitlines()
    acme.run("capture", "delete", "--account", "Acme", "--all")

    assert (1, [knows.id]) == (gone["rows"], gone["students"])
    assert ["w1-8"] == [json.loads(line)["id"] for line in left]
    assert "" == acme.run("capture", "export", "--account", "Acme").stdout
    assert not acme.rows("capture", "status")[0]["on"]
    told = [e["body"] for e in acme.rows("entries") if e["kind"] == "capture_erased"]
    assert [(1, False), (1, True)] == [(body["rows"], body["key"]) for body in told]
    assert "nothing of" in acme.refused("capture", "delete", "--account", "Acme", "--all")


def test_a_deletion_says_what(acme: Shell) -> None:
    acme.run("capture", "delete", "--account", "Acme", code=2)
    acme.run("capture", "delete", "--account", "Acme", "--all", "--user", "u", code=2)
