"""`distill release | rollback`, `releases list | show | move`: words, refusals and what is kept."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.cli.at_the_desk import Shell
from tests.students import OPENAI, written

from stillhouse.compose.stores import open_store
from stillhouse.config.load import load
from stillhouse.distill.release import Audit
from stillhouse.units.instant import Instant

CONFIG = """
[server]
builtin = false
[providers.stub]
kind = "openai"
base_url = "http://127.0.0.1:9/v1"
[providers.claude]
kind = "anthropic"
[providers.pupil]
kind = "student"
student = "spam"
[deployments.gpt-4o]
provider = "stub"
model = "gpt-4o"
[deployments.claude]
provider = "claude"
model = "claude"
[deployments.spam]
provider = "pupil"
model = "spam-1"
[deployments.dear]
provider = "pupil"
model = "of no price"
"""
PRICES = """
[[prices]]
model = "{model}"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = {{ input = "1", output = "1" }}
"""
AT = Instant(1_790_000_000_000_000)


@pytest.fixture
def spam(acme: Shell, tmp_path: Path) -> Shell:
    """An account, a student and prices."""
    config = tmp_path / "stillhouse.toml"
    config.write_text(CONFIG + "".join(PRICES.format(model=m) for m in ("gpt-4o", "spam-1")))
    written(acme.data / "distill" / "students" / "spam", metrics={"agreement": 0.95})
    settings = load(file=config, env={}, overrides={"data": acme.data}, secrets=False)
    with closing(open_store(acme.data)) as store:
        store.configure_prices(settings.tariffs, at=AT)
    return acme


def begin(shell: Shell, student: str = "spam", teacher: str = "gpt-4o", *more: str) -> list[str]:
    return [
        "distill", "release", student, "--account", "Acme", "--workload", "w",
        "--instead-of", teacher, "--config", str(shell.data.parent / "stillhouse.toml"), *more,
    ]  # fmt: skip


def test_a_release_begins_at_shadow_moves_and_goes_back(spam: Shell) -> None:
    made: dict[str, Any] = spam.one(*begin(spam))
    assert ("shadow", "0%", "94%", "5%") == (
        made["stage"], made["share"], made["promise"], made["alpha"],
    )  # fmt: skip
    assert "0 answers were compared" in spam.refused(
        "releases", "move", made["id"], "canary", "--share", "5%"
    )
    with closing(open_store(spam.data)) as store:
        store.add_audits(made["id"], [Audit(agreed=True, cost=7)] * 50, at=AT)
    moved = spam.one("releases", "move", made["id"], "canary", "--share", "5%")
    back = spam.one("distill", "rollback", made["id"], "--reason", "enough")
    shown = spam.one("releases", "show", made["id"])
    said = spam.run("releases", "show", made["id"]).output

    assert ("canary", "5%") == (moved["stage"], moved["share"])
    assert ("rolled_back", "enough") == (back["stage"], back["reason"])
    assert (50, 50) == (shown["agreed"], shown["of"])
    assert [50] == [day["compared"] for day in shown["days"]]
    assert "rolled_back" in said
    assert [made["id"]] == [row["id"] for row in spam.rows("releases", "list")]
    assert made["id"] in spam.run("releases", "list", "--account", "Acme").output


def test_force_says_why(spam: Shell) -> None:
    made = spam.one(*begin(spam))
    moved = spam.one(
        "releases", "move", made["id"], "canary", "--share", "0.5", "--force", "I know it"
    )
    [entry] = [e for e in spam.rows("entries") if e["kind"] == "release_moved"]

    assert ("50%", "I know it") == (moved["share"], moved["reason"])
    assert entry["body"]["forced"]


@pytest.mark.parametrize(
    ("student", "teacher", "why"),
    [
        ("nothing", "gpt-4o", "there are: "),
        ("gpt-4o", "spam", "serves no student"),
        ("spam", "dear", "as a teacher"),
        ("spam", "claude", "as a teacher"),
        ("dear", "gpt-4o", "no sale price"),
    ],
)
def test_what_cannot_be_released_says_what_to_do(
    spam: Shell, student: str, teacher: str, why: str
) -> None:
    assert why in spam.refused(*begin(spam, student, teacher))
    assert [] == spam.rows("releases", "list")


def test_a_student_that_the_terms_forbid_is_refused_with_the_clause(spam: Shell) -> None:
    written(spam.data / "distill" / "students" / "spam", taught=(OPENAI,))

    said = spam.refused(*begin(spam, "spam", "gpt-4o", "--promise", "90%"))

    assert "the terms do not allow it" in said
    assert "openai" in said.lower()


def test_a_promise_is_measured_or_given(spam: Shell) -> None:
    written(spam.data / "distill" / "students" / "spam")

    assert "--promise" in spam.refused(*begin(spam))
    assert "90%" == spam.one(*begin(spam, "spam", "gpt-4o", "--promise", "0.9"))["promise"]


@pytest.mark.parametrize("share", ["x", "101%", "-1%", "nan"])
def test_a_share_that_is_none_is_wrong_usage(spam: Shell, share: str) -> None:
    spam.run("releases", "move", "rel_1", "canary", "--share", share, code=2)
