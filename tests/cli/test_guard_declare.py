"""A purpose is declared with a name, a cap and an end."""

from tests.cli.at_the_desk import Shell


def test_a_purpose_is_declared_listed_and_an_entry(acme: Shell) -> None:
    words = ("--calls-a-day", "500", "--as", "ada", "--reason", "nightly evaluation")
    made = acme.one("guard", "declare", "Acme", *words, "--until", "30d")
    [row] = acme.rows("guard", "purposes")

    assert made == row
    assert ("Acme", "evaluation", 500, "ada") == (
        row["account"],
        row["purpose"],
        row["calls_a_day"],
        row["agreed_by"],
    )
    assert "purpose_declared" == acme.rows("entries")[-1]["kind"]


def test_a_purpose_that_has_ended_already_is_refused(acme: Shell) -> None:
    words = ("--calls-a-day", "500", "--as", "ada", "--reason", "nightly evaluation")
    acme.run("guard", "declare", "Acme", *words, "--until", "2020-01-01T00:00:00Z", code=2)

    assert [] == acme.rows("guard", "purposes")
