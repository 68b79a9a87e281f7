"""`bean-check` accepts every document, and the journal's balances are the document's figures."""

import re
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest
from beancount import loader
from beancount.core import data
from beancount.core.amount import Amount
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.billing.exports.documents import alone, documents, made, usage

from stillhouse.billing.document import Document, Fx
from stillhouse.billing.exports.beancount import ROUNDING, beancount
from stillhouse.billing.exports.exact import ExportError, net

BEAN_CHECK = Path(sys.executable).with_name("bean-check")


def weights(journal: str) -> dict[tuple[str, str], Fraction]:
    """What each account holds, in the currencies of the invoices, exactly."""
    entries, errors, _ = loader.load_string(journal)
    assert [] == [error.message for error in errors]
    held: dict[tuple[str, str], Fraction] = {}
    for entry in entries:
        if isinstance(entry, data.Transaction):
            for posting in entry.postings:
                units = posting.units
                assert isinstance(units, Amount)
                key = (posting.account, units.currency)
                held[key] = held.get(key, Fraction(0)) + Fraction(units.number or 0)
    return held


def numbered(found: Sequence[Document]) -> list[Document]:
    """The documents with numbers of their own."""
    return [
        msgspec.structs.replace(document, number=f"INV-{place}")
        for place, document in enumerate(found, 1)
    ]


@pytest.mark.skipif(not BEAN_CHECK.exists(), reason="bean-check is not installed: make dev")
@settings(max_examples=10, deadline=None)
@given(st.lists(documents(), min_size=1, max_size=8).map(numbered))
def test_the_real_bean_check_accepts_it(found: list[Document]) -> None:
    journal = beancount(found)
    with_draft = beancount([msgspec.structs.replace(found[0], number="")])

    for text in (journal, with_draft):
        assert (0, "") == bean_check(text)


def bean_check(journal: str) -> tuple[int, str]:
    """The exit status and what it says; `-C` keeps it from reading an older answer."""
    ran = subprocess.run(
        [BEAN_CHECK, "--no-cache", "/dev/stdin"],
        input=journal.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return ran.returncode, ran.stderr.decode()


@pytest.mark.skipif(not BEAN_CHECK.exists(), reason="bean-check is not installed: make dev")
def test_bean_check_sees_a_cent_that_is_missing() -> None:
    journal = beancount([made([usage("gpt-4o", "input", 10**6, "2.50")], number="INV-1")])
    status, said = bean_check(journal.replace("-2.50 USD", "-2.49 USD"))

    assert 1 == status
    assert "does not balance" in said


_POSTING = re.compile(
    r"^  [A-Z][\w:-]+  (-?[\d.]+) [A-Z]{3}(?: @@ ([\d.]+) [A-Z]{3})?$", re.MULTILINE
)


@given(documents())
def test_postings_sum_to_zero_without_any_tolerance(document: Document) -> None:
    """As text, by us: beancount accepts half of the last digit of what it reads."""
    found = [
        Fraction(units) if not total else Fraction(total) * (-1 if units.startswith("-") else 1)
        for units, total in _POSTING.findall(beancount([document]))
    ]

    assert found
    assert 0 == sum(found)


@settings(max_examples=50, deadline=None)
@given(documents())
def test_the_balance_of_rounding_is_the_stated_residue(document: Document) -> None:
    held = weights(beancount([document]))

    assert Fraction(document.residue) == held.get((ROUNDING, document.currency), Fraction(0))


@settings(max_examples=50, deadline=None)
@given(documents())
def test_the_customer_owes_the_total_and_the_taxes_are_owed_on(document: Document) -> None:
    held = weights(beancount([document]))
    owed = [n for (account, _), n in held.items() if account.startswith("Assets:Receivable:")]
    tax = [n for (account, _), n in held.items() if account.startswith("Liabilities:Tax:")]

    assert [Fraction(document.total)] == owed
    assert -Fraction(document.tax) == sum(tax)


def test_rupiah_are_posted_with_their_dollars_and_a_total() -> None:
    line = usage("gpt-4o", "input", 4_938_271, "2.50", rate="16123.4567")
    fx = Fx(base="USD", quote="IDR", rate="16123.4567", source="BI", date="2026-11-30")
    document = made([line], unit="1", currency="IDR", fx=[fx], number="INV-1")
    journal = beancount([document])

    assert "2026-11-30 price USD 16123.4567 IDR" in journal
    assert "Income:Usage  -12.3456775 USD @@ 199054.99660341425 IDR" in journal
    assert Fraction(document.residue) == weights(journal)[ROUNDING, "IDR"]


def test_four_hundred_billion_rupiah_balance() -> None:
    lines = [usage("gpt-4o", "output", 25 * 10**11 + n, "10.00", rate="16123.4567") for n in (1, 7)]
    document = made(lines, unit="1", currency="IDR", number="INV-1")

    assert "806172835001" == document.total
    assert Fraction(document.residue) == weights(beancount([document]))[ROUNDING, "IDR"]


def test_a_credit_note_takes_back_what_the_invoice_posted() -> None:
    line = usage("gpt-4o", "input", 4_938_271, "2.50")
    back = usage("gpt-4o", "input", -4_938_271, "2.50", kind="credit")
    first = made([line], number="INV-1")
    note = made([back], number="CN-1", kind="credit_note", refers="INV-1")
    held = weights(beancount([first, note]))

    assert 0 == held["Assets:Receivable:Acct-7Qk2", "USD"]
    assert 0 == held[ROUNDING, "USD"]
    assert -net(line) == held["Income:Usage", "USD"]
    assert net(line) == held["Income:Credits", "USD"]


def test_what_was_paid_before_lowers_what_we_owe() -> None:
    document = made([usage("m", "input", 10**8, "1"), alone("prepaid", "-30")], number="INV-1")
    held = weights(beancount([document]))

    assert 30 == held["Liabilities:Prepaid", "USD"]
    assert 70 == held["Assets:Receivable:Acct-7Qk2", "USD"]


def test_names_cannot_leave_their_quotes() -> None:
    line = usage("gpt-4o", "input", 10**6, "1", workload='"\n2026-01-01 open Assets:Mine\\')

    assert ("Assets:Mine", "USD") not in weights(beancount([made([line])]))


def test_nothing_is_a_journal_too() -> None:
    assert {} == weights(beancount([]))


def test_nothing_is_written_of_a_document_that_does_not_add_up() -> None:
    with pytest.raises(ExportError, match="the total says 1"):
        beancount([msgspec.structs.replace(made([]), total="1")])
