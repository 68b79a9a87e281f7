"""Documents as a beancount journal: double entry in which nothing is left to a tolerance.

    Assets:Receivable:CUSTOMER     + total
    Income:Usage, ...              - net of each line, with every decimal that it has
    Liabilities:Prepaid, ...       what a line draws from money that was paid before
    Liabilities:Tax:NAME           - each tax
    Equity:Rounding                + residue

A line is posted at what it exactly comes to, so the five sum to zero, and the balance of
Equity:Rounding is the residues that the documents state. Where prices are in another currency the
posting is in that one, with its total in the invoice's (`@@`): a unit price derived from a total
has no end and leaves an unbalanced 1e-24 (beancount issue 246). Rates become `price` directives.
"""

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

from stillhouse.billing.document import Document, Line, LineKind
from stillhouse.billing.exports.exact import check, discounted, net, written

_ACCOUNTS: dict[LineKind, str] = {
    "usage": "Income:Usage",
    "capacity": "Income:Capacity",
    "capacity_unused": "Income:Capacity-Unused",
    "covered": "Income:Usage",
    "minimum": "Income:Minimum",
    "shortfall": "Income:Shortfall",
    "correction": "Income:Corrections",
    "credit": "Income:Credits",
    "saving": "Income:Savings",
    "other": "Income:Other",
    "commitment": "Liabilities:Commitments",
    "prepaid": "Liabilities:Prepaid",
}
ROUNDING = "Equity:Rounding"
_TOLERANCE = "0.00000001"
"""What beancount's own arithmetic of 28 digits may lose on a posting of Rp 400 bn."""


def beancount(documents: Iterable[Document]) -> str:
    """One journal of them, in the order given, which `bean-check` accepts.

    Raises:
        ExportError: a document does not add up.
    """
    entries: list[str] = []
    currencies: dict[str, None] = {}
    accounts: dict[str, str] = {}
    prices: dict[str, None] = {}
    for document in documents:
        check(document)
        currencies.setdefault(document.currency)
        postings = list(_postings(document))
        for account, _, _ in postings:
            accounts[account] = min(accounts.get(account, "9"), _date(document))
        for fx in document.fx:
            date = fx.date or _date(document)
            prices.setdefault(f"{date} price {fx.base} {fx.rate} {fx.quote}")
        entries.append(_entry(document, postings))
    head = [
        'option "title" "Invoices of Stillhouse"',
        *(f'option "operating_currency" "{each}"' for each in currencies),
        *(f'option "inferred_tolerance_default" "{each}:{_TOLERANCE}"' for each in currencies),
    ]
    opened = [f"{date} open {account}" for account, date in sorted(accounts.items())]
    return "\n\n".join(filter(None, ["\n".join(head), "\n".join(opened), "\n".join(prices)])) + (
        "\n\n" + "\n\n".join(entries) + "\n" if entries else "\n"
    )


def _date(document: Document) -> str:
    return (document.issued_at or document.end)[:10]


def _entry(document: Document, postings: Iterable[tuple[str, str, Line | None]]) -> str:
    flag = "*" if document.number else "!"
    what = f"{document.kind.replace('_', ' ')} {document.number or '(draft)'}, {document.period}"
    link = f" ^{_link(document.number)}" if document.number else ""
    if document.refers:
        link += f" ^{_link(document.refers)}"
    rows = [f"{_date(document)} {flag} {_text(document.customer.name)} {_text(what)}{link}"]
    rows += [f"  document-hash: {_text(document.hash)}"] if document.hash else []
    for account, amount, line in postings:
        rows.append(f"  {account}  {amount}")
        if line is not None:
            rows += [f"    {key}: {_text(value)}" for key, value in _said(line).items() if value]
    return "\n".join(rows)


def _postings(document: Document) -> Iterator[tuple[str, str, Line | None]]:
    """Account, amount, and the line that it is of. A posting of nothing is left out."""
    currency = document.currency
    owed = _account("Assets:Receivable", document.customer.id)
    residue = -Fraction(document.subtotal)
    yield owed, f"{document.total} {currency}", None
    for line in document.lines:
        exact = net(line)
        if line.amount is None or not exact:
            continue
        residue += exact
        amount = f"{written(-exact, 2)} {currency}"
        if line.price_currency != currency:
            total = f"{written(abs(exact), 2)} {currency}"
            amount = f"{written(-discounted(line), 2)} {line.price_currency} @@ {total}"
        yield _ACCOUNTS[line.kind], amount, line
    for tax in document.taxes:
        yield _account("Liabilities:Tax", tax.name), f"{_negative(tax.amount)} {currency}", None
    if residue:
        yield ROUNDING, f"{written(residue, 2)} {currency}", None


def _said(line: Line) -> dict[str, str]:
    return {
        "line": str(line.id),
        "period": line.period,
        "project": line.project,
        "workload": line.workload,
        "model": line.model,
        "meter": line.meter,
        "quantity": line.quantity if line.quantity != "0" else "",
        "tariff": line.tariff,
        "refers": f"{line.refers.number}#{line.refers.line}" if line.refers else "",
    }


def _negative(amount: str) -> str:
    return amount[1:] if amount.startswith("-") else f"-{amount}"


def _account(parent: str, name: str) -> str:
    """A component of an account: letters, digits and dashes, a capital or a digit first."""
    part = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "Unnamed"
    return f"{parent}:{part[0].upper()}{part[1:]}"


def _link(number: str) -> str:
    return re.sub(r"[^A-Za-z0-9_/.-]+", "-", number)


def _text(value: str) -> str:
    """A string: quotes and backslashes escaped, line ends and control characters as blanks."""
    plain = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", value)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
