"""Addresses of pages: a number is a door, so each figure leads to what it is the sum of."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode


def address(path: str, values: Mapping[str, str] | None = None, /, **more: str) -> str:
    """A path with those values that are not empty."""
    given = {**(values or {}), **more}
    query = urlencode({k: v for k, v in given.items() if v})
    return f"{path}?{query}" if query else path


def calls(first: str, last: str, **only: str) -> str:
    """The receipts of these days, of this account, model, ... alone."""
    return address("/calls", {"from": first, "to": last}, **only)


def call(receipt: str) -> str:
    return f"/calls/{quote(receipt, safe='')}"


def account(ident: str) -> str:
    return f"/accounts/{quote(ident, safe='')}"


def purpose(month: str, account: str = "", workload: str = "") -> str:
    return address("/for", month=month, account=account, workload=workload)


def invoice(ident: str) -> str:
    return f"/invoices/{quote(ident, safe='')}"


def version(ident: str) -> str:
    return f"/prices/versions/{quote(ident, safe='')}"
