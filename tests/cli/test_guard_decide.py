"""Deciding from the command line: by name, with what hangs on it seen, and with a way back."""

from collections.abc import Sequence

import pytest
from tests.cli.at_the_desk import Shell
from tests.cli.guarded import opened

WHY = ("--reason", "a grid of tasks over three days")


def decide(shell: Shell, case: str, step: str, name: str, *more: str) -> dict[str, object]:
    found: dict[str, object] = shell.one(
        "guard", "decide", case, "--step", step, "--as", name, *WHY, "--yes", *more
    )
    return found


def standing(shell: Shell) -> str:
    [row] = shell.rows("accounts", "list")
    return str(row["standing"])


def test_two_commands_by_two_people_suspend_and_one_lifts(shell: Shell) -> None:
    case = opened(shell, "acme", 2e5)
    assert "second reviewer" == decide(shell, case, "suspend", "ada")["state"]
    assert "restricted" == standing(shell)
    decide(shell, case, "suspend", "ben")
    assert "suspended" == standing(shell)
    [invoice] = shell.one("guard", "show", case)["final_invoices"]
    [drafted] = shell.rows("invoices", "list")
    assert ("draft", invoice["account"]) == (drafted["state"], drafted["account"])
    assert "a person looks, approves and finalises" in shell.run("guard", "show", case).stdout

    decide(shell, case, "lift", "ada")

    assert "active" == standing(shell)


def test_two_people_who_are_both_here_suspend_by_one_command(shell: Shell) -> None:
    case = opened(shell, "acme", 2e5)
    decide(shell, case, "suspend", "ada", "--second", "ben", "--second-reason", "I saw it as well")

    assert "suspended" == standing(shell)


def test_one_person_twice_is_refused(shell: Shell) -> None:
    case = opened(shell, "acme", 2e5)
    decide(shell, case, "suspend", "ada")
    said = shell.refused("guard", "decide", case, "--step", "suspend", "--as", "ada", *WHY, "--yes")

    assert "somebody else must agree" in said
    assert "restricted" == standing(shell)


def test_nothing_is_suspended_before_what_hangs_on_it_was_seen(shell: Shell) -> None:
    case = opened(shell, "acme", 2e5)
    words = ("guard", "decide", case, "--step", "suspend", "--as", "ada", *WHY)
    said = shell.refused(*words, "--json")

    assert "if acme is suspended" in said
    assert "say --yes" in said
    assert "open" == shell.rows("guard", "cases")[0]["state"]


@pytest.mark.parametrize(
    "words",
    [
        ["--step", "suspend", "--second", "ben"],
        ["--step", "hold", "--second", "ben", "--second-reason", "I saw it as well"],
        ["--step", "ban"],
    ],
)
def test_words_that_do_not_go_together_are_wrong_usage(shell: Shell, words: Sequence[str]) -> None:
    case = opened(shell, "acme", 2e5)

    shell.run("guard", "decide", case, "--as", "ada", *WHY, *words, code=2)


def test_an_appeal_is_answered_by_somebody_else_and_restores(shell: Shell) -> None:
    case = opened(shell, "acme", 2e5)
    decide(shell, case, "suspend", "ada", "--second", "ben", "--second-reason", "I saw it as well")
    words = ("--reason", "these are our own evaluation runs")
    appealed = shell.one("guard", "appeal", case, "--by", "dana@acme.example", *words)
    assert "appeal to answer" == appealed["state"]
    said = shell.refused("guard", "answer", case, "--grant", "--as", "ben", *WHY)
    assert "somebody else answers" in said
    assert "guard answer" in shell.run("guard", "show", case).stdout

    done = shell.one("guard", "answer", case, "--grant", "--as", "cai", *WHY)

    assert ("none", "granted") == (done["level"], done["state"])
    assert "active" == standing(shell)


def test_evidence_that_does_not_reach_is_said_with_what_is_needed(shell: Shell) -> None:
    case = opened(shell, "acme", 2e3)
    said = shell.refused("guard", "decide", case, "--step", "hold", "--as", "ada", *WHY, "--yes")

    assert "needed 10,000" in said
