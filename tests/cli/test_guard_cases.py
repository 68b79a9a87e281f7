"""Reading cases from the command line: what needs somebody first, and all that it stands on."""

import json

from tests.cli.at_the_desk import Shell
from tests.cli.guarded import opened


def test_cases_are_listed_with_what_needs_somebody_first(shell: Shell) -> None:
    low, high = opened(shell, "acme", 30.0), opened(shell, "bravo", 2e5)
    rows = shell.rows("guard", "cases")

    assert [(high, "throttle", ["bravo"]), (low, "note", ["acme"])] == [
        (r["id"], r["level"], r["accounts"]) for r in rows
    ]
    assert [low] == [r["id"] for r in shell.rows("guard", "cases", "--account", "acme")]
    assert high in shell.run("guard", "cases", "--open").stdout


def test_a_case_is_shown_with_evidence_clause_exposure_and_what_may_be_done(shell: Shell) -> None:
    case = opened(shell, "acme", 2e5)
    said = shell.run("guard", "show", case).stdout

    for word in (
        "acme",
        "in force: throttle",
        "once in 100,000",
        "3.3(e)",
        "content, form",
        "if acme is suspended",
        "--step suspend",
        "two people",
        "opened e = 2e+05",
    ):
        assert word in said, word


def test_for_machines_every_bit_of_the_evidence_is_there(shell: Shell) -> None:
    case = opened(shell, "acme", 0.1 + 0.2 + 1e5)
    found = json.loads(shell.run("guard", "show", case, "--json").stdout)

    assert 0.1 + 0.2 + 1e5 == float(found["evidence"][0]["e_value"])
    assert "100000" == found["thresholds"]["suspend"]
    assert ["opened e = 1e+05", "step notice", "step throttle"] == [
        line["what"] for line in found["timeline"]
    ]


def test_notices_are_what_accounts_are_told(shell: Shell) -> None:
    opened(shell, "acme", 30.0)
    case = opened(shell, "bravo", 150.0)
    [notice] = shell.rows("guard", "notices")

    assert (case, "notice") == (notice["case"], notice["level"])
    assert "To contest it" in notice["reasons"][0]
    assert [] == shell.rows("guard", "notices", "--account", "acme")


def test_a_case_that_is_not_there_says_where_to_look(shell: Shell) -> None:
    opened(shell, "acme", 30.0)

    assert "guard cases" in shell.refused("guard", "show", "case_none")
