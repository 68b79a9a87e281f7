"""`capture`: off by default, on by a person's words, out with lineage, away on request."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import Raw
from msgspec.structs import replace
from tests.cli.at_the_desk import Shell
from tests.distill.test_capture import AT, row
from tests.students import OPENAI, written
from tests.training.recorded import WORDS, call

from stillhouse.cli.capture import Meant
from stillhouse.compose.capturing import account_key
from stillhouse.compose.stores import open_store
from stillhouse.distill.artefact import Data
from stillhouse.distill.example import Example
from stillhouse.store.captured import Captured
from stillhouse.terms import Origin
from stillhouse.training.work import Work

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


def test_a_deletion_reaches_the_runs_that_learned_from_it(acme: Shell, tmp_path: Path) -> None:
    pytest.importorskip("datasketch", reason="pip install 'stillhouse[train]'")
    acme.run("projects", "create", "default", "--account", "Acme")
    made = acme.one(*ON, "--days", "30")
    ours = {"account": made["account"], "project": made["project"], "path": "builtin"}
    told = [call(n, f"{label} {n} xylophone{n}", label) for n in range(40) for label in WORDS]
    rows = [
        row(**ours, model="builtin", receipt=f"w1-{n}", user=f"u{n % 40}",
            request=Raw(json.dumps(one["request"]).encode()),
            response=Raw(json.dumps(one["response"]).encode()))
        for n, one in enumerate(told)
    ]  # fmt: skip
    with closing(open_store(acme.data)) as store:
        captured = Captured(acme.data, lambda a: account_key(store, acme.data, a))
        captured.append(rows, day="2026-11-30", writer="w1")
    log = tmp_path / "log.jsonl"
    acme.run("capture", "export", "--account", "Acme", "--out", str(log))
    acme.run("distill", "build", "--from", str(log), "--student", "classifier", "--form", "linear")
    assert readable(acme.data, "xylophone7")
    away = ("capture", "delete", "--account", "Acme")
    acme.run(*away, "--receipt", "w9-9")
    assert readable(acme.data, "xylophone7")
    gone = acme.one(*away, "--user", "u7", "--reason", "asked")
    log.unlink()

    assert (4, 1) == (gone["rows"], len(gone["runs"]))
    assert not readable(acme.data, "xylophone")
    [_, entry] = [e["body"] for e in acme.rows("entries") if e["kind"] == "capture_erased"]
    assert gone["runs"] == entry["runs"]
    assert 156 == len(acme.run("capture", "export", "--account", "Acme").stdout.splitlines())


def readable(data: Path, text: str) -> bool:
    """As `grep -r` finds it."""
    return any(text.encode() in at.read_bytes() for at in data.rglob("*") if at.is_file())


def test_a_run_is_meant_by_call_by_project_or_by_its_whole_account() -> None:
    def meant(example: Example, **said: object) -> bool:
        bare = {"names": frozenset({"acct_1", "Acme"}), "calls": frozenset(), "project": ""}
        return Meant(**(bare | {"everything": False} | said))(example)  # type: ignore[arg-type]

    its = Example("w1-1", 0, "Acme", "w", (), "yes", (), project="p")
    other, nobodys = replace(its, account="B"), replace(its, account="log")
    call, of_project = {"calls": frozenset({"w1-1"})}, {"project": "p"}

    assert [True, False, True] == [meant(e, **call) for e in (its, other, nobodys)]
    assert [True, False, True] == [meant(e, **of_project) for e in (its, other, nobodys)]
    assert [True, False, False] == [meant(e, everything=True) for e in (its, other, nobodys)]
    assert not meant(its)
    taught = replace(other, lineage=(Origin(path="p", model="m", account="acct_1"),))
    assert meant(taught, everything=True)


def test_a_deletion_waits_for_a_run_that_is_being_worked_on(acme: Shell) -> None:
    acme.run("projects", "create", "default", "--account", "Acme")
    filled(acme)
    with Work(acme.data / "distill" / "abc").alone():
        said = acme.refused("capture", "delete", "--account", "Acme", "--all")

    assert "nothing was taken away: another process is at work in abc" in said
    assert acme.rows("capture", "status")[0]["on"]
    assert 2 == len(acme.run("capture", "export", "--account", "Acme").stdout.splitlines())


def test_a_deletion_says_what(acme: Shell) -> None:
    acme.run("capture", "delete", "--account", "Acme", code=2)
    acme.run("capture", "delete", "--account", "Acme", "--all", "--user", "u", code=2)
