"""Invoices at the console's desk: `compose.invoices` in the words of its pages.

A finalised document is named by its number, a month that is not finalised by ACCOUNT:MONTH.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from stillhouse.billing.credit import Take
from stillhouse.billing.document import Document
from stillhouse.compose.desks.parts import Part
from stillhouse.compose.exports import FORMS, export
from stillhouse.compose.invoices import Invoices, Row, Stage
from stillhouse.console.money_views import InvoiceAct, InvoiceRow, InvoiceView
from stillhouse.console.views import Days
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.units.instant import Instant, instant, period

ACTS: dict[str, tuple[InvoiceAct, ...]] = {
    "open": ("draft",),
    "draft": ("draft", "approve"),
    "approved": ("draft", "finalise"),
    "finalised": ("credit",),
    "credited": (),
}
LANGUAGES = {"en": "en", "id": "id"}


class InvoicesPart(Part):
    def _invoices(self) -> Invoices:
        return Invoices(self.parts.data, self.parts.store)

    def invoices(self, *, account: str = "", month: str = "") -> list[InvoiceRow]:
        """Drafts and documents, newest month first, then months with usage and no invoice yet."""
        only = self.account_id(account) if account else None
        names = {a.id: a.name for a in self.parts.directory().accounts.values()}
        rows = [
            _row(row)
            for row in self._invoices().listed(self.parts.shelf, names)
            if self.who.sees(row.account)
            and only in {None, row.account}
            and month in {"", row.period}
        ]
        known = {(row.account, row.month) for row in rows}
        still = [
            _open(*key, name) for key, name in self._used(only, month).items() if key not in known
        ]
        return sorted([*rows, *still], key=lambda r: (r.month, r.number), reverse=True)

    def _used(self, account: str | None, month: str) -> dict[tuple[str, str], str]:
        """(account, month) with usage, in this month and the eleven before, or in one month."""
        days = Days(f"{month}-01", f"{month}-31") if month else _year_to(self.at)
        accounts = [account] if account else sorted(self.who.accounts or ())
        only = {"account": accounts} if account or self.who.accounts is not None else {}
        found = self.parts.newest.sums(["account", "month"], days, only=only)
        names = self.parts.directory().accounts
        return {(a, m): names[a].name for a, m in (row.keys for row in found) if a in names}

    def invoice(self, ident: str) -> InvoiceView:
        return _view(self._stage(ident))

    def preview(
        self, account: str, month: str, *, currency: str = "", fx: str = "", language: str = ""
    ) -> Document:
        if currency or fx:
            raise ConflictError(
                "an invoice's currency and rate are settings of its account; set them with"
                " `stillhouse invoices settings` and `stillhouse fx`"
            )
        document = self._invoices().preview(self.account_id(account), month, at=self.at)
        if language in LANGUAGES:
            return msgspec.structs.replace(document, language=LANGUAGES[language])
        return document

    def draft(self, account: str, month: str) -> InvoiceView:
        owner = self.account_id(account)
        return _view(self._invoices().draft(owner, month, at=self.at, actor=self.who.actor))

    def approve(self, ident: str) -> InvoiceView:
        account, month = self._month_of(ident)
        return _view(self._invoices().approve(account, month, at=self.at, actor=self.who.actor))

    def finalise(self, ident: str) -> InvoiceView:
        account, month = self._month_of(ident)
        return _view(self._invoices().finalise(account, month, at=self.at, actor=self.who.actor))

    def credit(self, ident: str, *, lines: Mapping[int, str], reason: str) -> InvoiceView:
        number = self._stage(ident).document.number
        if not number:
            raise ConflictError(
                f"{ident} is not finalised: draft it again, there is nothing to take back"
            )
        takes = [Take(line, amount or None) for line, amount in sorted(lines.items())]
        done = self._invoices().credit(
            number, takes, reason=reason, at=self.at, actor=self.who.actor
        )
        return _view(done)

    def invoice_pdf(self, ident: str, *, language: str = "") -> bytes:
        document = self._stage(ident).document
        return export([document], "pdf", language=_language(language)).data

    def invoice_file(self, ident: str, form: str, *, language: str = "") -> tuple[str, str, bytes]:
        if form not in FORMS:
            raise NotFoundError(f"no form {form}; there are {', '.join(FORMS)}")
        document = self._stage(ident).document
        file = export([document], form, language=_language(language))
        return file.name, file.media_type, file.data

    def _stage(self, ident: str) -> Stage:
        if ":" in ident:
            account, month = self._month_of(ident)
            return self._invoices().get(account, month, at=self.at)
        stage = self._invoices().document(ident)
        if not self.who.sees(stage.row.account):
            raise NotFoundError(f"no document {ident}; the page of invoices shows yours")
        return stage

    def _month_of(self, ident: str) -> tuple[str, str]:
        account, colon, month = ident.rpartition(":")
        if not colon:
            row = self._stage(ident).row
            return row.account, row.period
        return self.account_id(account), month


def _language(wanted: str) -> Literal["en", "id"] | None:
    """None: the document's own."""
    return "id" if wanted == "id" else "en" if wanted == "en" else None


def _year_to(at: Instant) -> Days:
    day = period(at, "day")
    return Days(f"{int(day[:4]) - 1}{day[4:8]}01", day)


def _row(row: Row) -> InvoiceRow:
    acts = ACTS[row.state] if row.kind != "credit_note" else ()
    return InvoiceRow(
        id=row.number or f"{row.account}:{row.period}",
        account=row.account,
        account_name=row.account_name,
        month=row.period,
        kind=row.kind,
        state=row.state,
        number=row.number,
        currency=row.currency,
        total=row.total,
        issued_at=_moment(row.finalised_at),
        due=row.due,
        acts=acts,
        problem=f"{row.unrated} receipts used a meter without a price" if row.unrated else "",
    )


def _open(account: str, month: str, name: str) -> InvoiceRow:
    return InvoiceRow(
        id=f"{account}:{month}",
        account=account,
        account_name=name,
        month=month,
        kind="invoice",
        state="open",
        number="",
        currency="",
        total=None,
        issued_at=None,
        due="",
        acts=ACTS["open"],
    )


def _view(stage: Stage) -> InvoiceView:
    history = []
    approved = _moment(stage.approved_at)
    if approved is not None:
        history.append((approved, "approved", stage.approved_by))
    issued = _moment(stage.row.finalised_at)
    if issued is not None:
        history.append((issued, "finalised", ""))
    return InvoiceView(row=_row(stage.row), document=stage.document, history=tuple(history))


def _moment(text: str) -> Instant | None:
    return instant(datetime.fromisoformat(text)) if text else None
