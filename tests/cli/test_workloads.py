"""`workloads` from the outside: seen, named, merged, split, and set as a default."""

from collections.abc import Iterator

import pytest
from tests.cli.at_the_desk import Shell
from tests.compose.sales import Sales, at

from stillhouse.units.usage import Usage

MONTH = ("--month", "2026-11")
ACME = ("--account", "Acme")


@pytest.fixture
def sales(shell: Shell) -> Iterator[Sales]:
    made = Sales.found(shell.data)
    account = made.account("Acme")
    for workload, calls in (("t:aaaaaaaaaaaa", 3), ("t:bbbbbbbbbbbb", 2), ("chat", 1)):
        usage = Usage(input=400_000, requests=1)
        made.sell(account, at("2026-11-05"), *[usage] * calls, workload=workload)
    yield made
    made.close()


@pytest.mark.usefixtures("sales")
def test_named_and_merged_workloads_are_listed_as_such_until_they_are_split(shell: Shell) -> None:
    shell.run("workloads", "rename", "t:aaaaaaaaaaaa", "triage", *ACME)
    shell.run("workloads", "merge", "t:bbbbbbbbbbbb", "triage", *ACME)
    rows = shell.rows("workloads", "list", *MONTH)

    assert [("triage", 5, "5.000000000000"), ("chat", 1, "1.000000000000")] == [
        (r["name"], r["calls"], r["amount"]) for r in rows
    ]
    assert ["t:bbbbbbbbbbbb"] == rows[0]["merged"]
    table = shell.run("workloads", "list", *MONTH).stdout
    assert "triage" in table
    assert "unknown (0 of 40 answers seen)" in table
    shell.run("workloads", "split", "t:bbbbbbbbbbbb", *ACME)

    assert 3 == len(shell.rows("workloads", "list", *MONTH, *ACME))
    assert ["workload_renamed", "workload_merged", "workload_split"] == [
        e["kind"] for e in shell.rows("entries") if e["kind"].startswith("workload")
    ]


@pytest.mark.usefixtures("sales")
def test_one_workload_is_told_in_words_and_for_machines(shell: Shell) -> None:
    said = shell.run("workloads", "show", "t:aaaaaaaaaaaa", *MONTH).stdout
    got = shell.one("workloads", "show", "t:aaaaaaaaaaaa", *MONTH)

    assert "found by its template" in said
    assert "USD 3.00 from 2026-11-01 to" in said
    assert "1,200,000 in, 0 out" in said
    assert "makes no difference" in said
    assert (3, "3.000000000000", "template") == (got["calls"], got["amount"], got["origin"])
    assert "workloads list" in shell.refused("workloads", "show", "nothing", *MONTH)


def test_a_default_is_set_for_a_project_or_a_key_and_removed(acme: Shell) -> None:
    acme.run("projects", "create", "web", "--account", "Acme")
    told = acme.one("workloads", "default", "--project", "web", "storefront")
    key = acme.one("keys", "create", *ACME)["id"]
    acme.run("workloads", "default", "--key", key, "batch")
    acme.run("workloads", "default", "--key", key, "")

    assert ("project", "storefront") == (told["scope"], told["workload"])
    assert "name one" in acme.refused("workloads", "default", "x", code=2)
    assert "no project" in acme.refused("workloads", "default", "--project", "none", "x")
    assert "64 letters" in acme.refused("workloads", "default", "--project", "web", "a b")


@pytest.mark.usefixtures("sales")
def test_what_cannot_be_is_refused(shell: Shell) -> None:
    refused = shell.refused("workloads", "merge", "chat", "chat", *ACME)

    assert "into itself" in refused
    assert "not merged" in shell.refused("workloads", "split", "chat", *ACME)
    assert "64 letters" in shell.refused("workloads", "rename", "chat", "a b", *ACME)
    assert "nothing was billed" in shell.refused("workloads", "list", "--month", "2020-01")
