"""What is it for: a flow from account through workload to model, and each workload's row."""

from tests.console.pages.conftest import Ada
from tests.console.pages.crowd import crowd
from tests.console.real import AT, Real

DEAR = 10**12


def sell(real: Real) -> None:
    writer = real.writer()
    for workload, count in (("triage", 6), ("captions", 3), ("", 1)):
        real.seal(
            real.receipts(
                count, account=real.alice, writer=writer, at=AT, charge=DEAR, workload=workload
            )
        )


def test_the_largest_workload_is_named_first(real: Real, ada: Ada) -> None:
    sell(real)

    assert (
        "November so far is for 3 workloads, $10.00 in all: triage is 60% of it."
        == ada.see("/for").lede
    )


def test_a_workload_leads_to_its_receipts(real: Real, ada: Ada) -> None:
    sell(real)
    page = ada.see("/for")

    assert "/calls?from=2026-11-01&to=2026-11-23&workload=triage" in page.links
    assert ["triage", "alice", "gpt-4o"] == page.row("triage")[:3]
    assert "no name yet" in page.words


def test_one_account_or_workload_can_be_looked_at_alone(real: Real, ada: Ada) -> None:
    sell(real)

    assert "$3.00" in ada.see("/for?workload=captions").lede
    assert "Nothing was called" in ada.see(f"/for?account={real.bob.id}").lede


def test_its_table_is_a_file(real: Real, ada: Ada) -> None:
    sell(real)

    assert any(line.startswith("triage,alice,gpt-4o") for line in ada.file("/for?csv=1"))


def test_a_workload_is_renamed(real: Real, ada: Ada) -> None:
    sell(real)
    page = ada.see(ada.do("/for/rename", workload="triage", name="comment-triage"))

    assert "The workload has a new name." in page.words
    assert "$6.00" in page.row("comment-triage")
    assert 409 == ada.refused("/for/rename", workload="triage", name="two words")


def test_of_many_workloads_some_are_shown_and_the_last_row_is_the_others_exactly(
    real: Real, ada: Ada
) -> None:
    """60 tasks of two accounts each; tasks 0 to 9 are the cheapest."""
    crowd(real)
    page = ada.see("/for")
    cheapest = sum(n + 1 for n in range(120) if n % 60 < 10)

    assert f"${cheapest / 100:.2f}" == page.row("10 others")[5]
    assert ["task 59", "crowd 119 and 1 more", "gpt-4o"] == page.row("task 59")[:3]
    assert len(page.html) < 250_000
    assert 60 == len(ada.file("/for?csv=1")) - 1
    assert "crowd 119 → task 59 → gpt-4o" in page.html
    assert "the rest → the rest → gpt-4o" in page.html
