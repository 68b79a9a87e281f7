"""The parts of a printed document that are not its lines: parties, totals, rates, proof."""

import re
from collections.abc import Sequence
from fractions import Fraction

from reportlab.platypus import Flowable, Paragraph, Spacer

from stillhouse.billing.document import Broken, Document
from stillhouse.billing.exports.exact import written
from stillhouse.billing.exports.words import Words
from stillhouse.printing.cells import SIZE, SMALL, Cell, Pen, table
from stillhouse.printing.figures import Figures
from stillhouse.printing.page import BODY
from stillhouse.units.money import PICO_PER_UNIT

_FLUSH = (("LEFTPADDING", (0, 0), (0, -1), 0), ("RIGHTPADDING", (-1, 0), (-1, -1), 0))
"""A table whose text stands on both margins."""
WRITERS_MOST = 6
"""Ranges of writers that are printed; the attached document has them all."""


def file_name(document: Document) -> str:
    """What the attached document is called."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", document.number).strip("-.")
    return f"{plain or 'draft'}.json"


def title(document: Document, words: Words) -> str:
    return {
        "invoice": words.invoice,
        "final_invoice": words.final_invoice,
        "credit_note": words.credit_note,
    }[document.kind]


def letterhead(document: Document, words: Words, pen: Pen) -> Flowable:
    """Who issues it, and what it is."""
    issuer = document.issuer
    lines = [*issuer.address, f"{words.tax_id}: {issuer.tax_id}" if issuer.tax_id else ""]
    left = [
        pen.text(issuer.name or issuer.id, size=12.5, bold=True),
        Spacer(1, 2),
        pen.muted(*filter(None, [*lines, issuer.email])),
    ]
    right = [
        pen.text(title(document, words), size=19, bold=True, colour=pen.colours.accent, right=True),
        Spacer(1, 5),
        pen.text(document.number or words.draft, size=9, right=True),
    ]
    return table([[left, right]], [BODY * 0.56, BODY * 0.44], _FLUSH)


def parties(document: Document, words: Words, figures: Figures, pen: Pen) -> Flowable:
    """Who pays, and the dates."""
    customer = document.customer
    tax_id = f"{words.tax_id}: {customer.tax_id}" if customer.tax_id else ""
    left = [
        pen.heading(words.bill_to),
        Spacer(1, 2),
        pen.text(customer.name or customer.id, size=9, bold=True),
        Spacer(1, 1),
        pen.muted(*filter(None, [*customer.address, tax_id, customer.email])),
    ]
    facts = [
        (words.issued, figures.date(document.issued_at) if document.issued_at else "\u2014"),
        (words.period, _period(document, figures)),
        (words.due, figures.date(document.due) if document.due else ""),
        (words.account, customer.id),
        (words.refers, document.refers),
    ]
    rows = [[pen.muted(name, size=SIZE), pen.text(value)] for name, value in facts if value]
    right = table(rows, [BODY * 0.15, BODY * 0.29], pad=1.2)
    return table([[left, right]], [BODY * 0.56, BODY * 0.44], _FLUSH)


def _period(document: Document, figures: Figures) -> str:
    """The month; where the document covers only a part of it, which."""
    name = figures.month(document.period)
    if document.start[8:10] == "01" and document.end[8:10] == "01":
        return name
    return f"{figures.date(document.start)} \u2013 {figures.date(document.end)}"


def band(document: Document, words: Words, figures: Figures, pen: Pen) -> Flowable:
    """The one figure that everybody looks for."""
    amount = figures.money(document.total.removeprefix("-"), document.currency)
    owed = _owed(document)
    if not document.number:
        label = words.total
    elif document.kind == "credit_note":
        label = words.amount_credited
    else:
        label = words.amount_due if owed else words.nothing_due
        amount = amount if owed else figures.money(document.total, document.currency)
    when = words.by.format(date=figures.date(document.due)) if document.due and owed else ""
    if not document.number:
        when = words.draft_note
    left = pen.text(label, size=8.5, colour=pen.colours.accent)
    figure = pen.fitted(amount, BODY * 0.48 - 6, size=18, bold=True)
    cells = [[left, pen.muted(when, size=8)], figure]
    return table(
        [cells],
        [BODY * 0.52, BODY * 0.48],
        [
            ("BACKGROUND", (0, 0), (-1, -1), pen.colours.tint),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LEFTPADDING", (0, 0), (0, 0), 9),
            ("RIGHTPADDING", (-1, 0), (-1, 0), 9),
            ("TOPPADDING", (0, 0), (-1, -1), 8),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 9),
        ],
    )


def _owed(document: Document) -> bool:
    """Whether there is something to pay."""
    return document.kind != "credit_note" and Fraction(document.total) > 0


def totals(document: Document, words: Words, figures: Figures, pen: Pen) -> Flowable:
    """Rate, payment and notes on the left; subtotal, taxes and total on the right."""
    rows: list[list[Cell]] = [[pen.text(words.subtotal), _right(figures, document.subtotal, pen)]]
    for tax in document.taxes:
        name = f"{tax.name or words.tax} {figures.percent(tax.rate_bp)}"
        rows.append([pen.text(name), _right(figures, tax.amount, pen)])
    label = words.total_credited if document.kind == "credit_note" else words.total
    amount = figures.money(document.total, document.currency)
    rows.append(
        [
            pen.text(label, size=10, bold=True),
            pen.fitted(amount, BODY * 0.25 - 3, size=10, bold=True),
        ]
    )
    if document.residue.strip("-0.") != "":
        left_out = figures.money(_short(document.residue), document.currency)
        rows.append([pen.muted(words.rounding), pen.muted(left_out, right=True)])
    place = 1 + len(document.taxes)
    right = table(
        rows,
        [BODY * 0.19, BODY * 0.25 - 3],
        [
            *_FLUSH,
            ("LINEABOVE", (0, place), (-1, place), 0.8, pen.colours.accent),
            ("LINEBELOW", (0, place), (-1, place), 0.8, pen.colours.accent),
            ("TOPPADDING", (0, place), (-1, place), 5),
            ("BOTTOMPADDING", (0, place), (-1, place), 6),
        ],
        pad=1.8,
    )
    left = _beside(document, words, figures, pen)
    return table([[left, right]], [BODY * 0.56, BODY * 0.44], _FLUSH)


def _right(figures: Figures, amount: str, pen: Pen) -> Paragraph:
    return pen.fitted(figures.number(amount), BODY * 0.25 - 3)


def _short(residue: str) -> str:
    """A residue to the first six decimals that say something to people; the document has all."""
    whole, _, decimals = residue.partition(".")
    return f"{whole}.{decimals[:6]}".rstrip("0").rstrip(".") if decimals else whole


def _beside(document: Document, words: Words, figures: Figures, pen: Pen) -> list[Flowable]:
    made: list[Flowable] = []
    for fx in document.fx:
        rate = words.exchange_rate.format(
            base=fx.base, rate=figures.number(fx.rate), quote=fx.quote
        )
        where = ", ".join(filter(None, [fx.source, figures.date(fx.date)]))
        policy = words.policies.get(fx.policy, fx.policy)
        made += [*_titled(words.exchange, [rate, f"{where} ({policy})"], pen)]
    if document.issuer.bank and _owed(document):
        made += _titled(words.payment, [document.issuer.name, *document.issuer.bank], pen)
    notes = [*document.notes]
    if document.unrated:
        notes.append(words.unpriced.format(n=figures.number(str(document.unrated))))
    if any(notes):
        made += _titled(words.notes, notes, pen)
    return made or [Spacer(1, 1)]


def _titled(name: str, lines: Sequence[str], pen: Pen) -> list[Flowable]:
    return [pen.heading(name), pen.muted(*filter(None, lines)), Spacer(1, 4)]


def broken(document: Document, words: Words, figures: Figures, pen: Pen) -> list[Flowable]:
    """Which calls broke, whether they are charged, and the rule that says so."""
    if not document.broken:
        return []
    head = ["", words.calls, words.tokens, words.charged, words.rule]
    right = {1, 2}
    rows: list[list[Cell]] = [
        [pen.muted(name, right=place in right) for place, name in enumerate(head)]
    ]
    for each in document.broken:
        texts = [
            words.outcomes.get(each.outcome, each.outcome),
            figures.number(str(each.receipts)),
            figures.number(each.tokens),
            _charged(document, each, words, figures),
            words.rules.get(each.rule, each.rule),
        ]
        rows.append(
            [pen.text(text, size=SMALL, right=place in right) for place, text in enumerate(texts)]
        )
    rule = ("LINEBELOW", (0, 0), (-1, 0), 0.4, pen.colours.line)
    widths = [BODY * share for share in (0.16, 0.1, 0.1, 0.15, 0.49)]
    made = table(rows, widths, [rule, ("LEFTPADDING", (0, 0), (0, -1), 0)], pad=1.3, repeat=1)
    return [pen.heading(words.broken), made, Spacer(1, 2), pen.muted(words.broken_note)]


def _charged(document: Document, each: Broken, words: Words, figures: Figures) -> str:
    """Whether, and how much before discount and conversion, where the document says so."""
    exact = Fraction(each.exact_pico) * Fraction(1, PICO_PER_UNIT)
    if not each.charged or not exact:
        return words.yes if each.charged else words.no
    currencies = {line.price_currency for line in document.lines}
    currency = currencies.pop() if len(currencies) == 1 else ""
    return f"{words.yes}, {currency} {figures.number(_short(written(exact, 2)))}"


def proof(document: Document, words: Words, figures: Figures, pen: Pen) -> list[Flowable]:
    """What the receipts come to, and how to check it without us."""
    held = document.receipts
    shown = [
        words.writer.format(
            writer=each.writer,
            first=each.first,
            last=each.last,
            n=figures.number(str(each.count)),
        )
        for each in held.writers[:WRITERS_MOST]
    ]
    more = len(held.writers) - len(shown)
    shown += [f"+ {more}"] if more > 0 else []
    receipts = words.proof_receipts.format(n=figures.number(str(held.count)))
    facts = [
        (words.root, held.root),
        (words.hash, document.hash),
        (words.previous, document.previous),
    ]
    name = file_name(document)
    command = f"stillhouse verify-invoice {name}"
    rows = [[pen.muted(label), pen.text(value, size=SMALL)] for label, value in facts if value]
    if document.number:
        rows.append(
            [pen.muted(words.verify.format(file=name)), pen.text(command, size=SMALL, bold=True)]
        )
    made: list[Flowable] = [pen.heading(words.proof)]
    if held.count:
        made += [pen.text("; ".join([receipts, *shown]), size=SMALL), Spacer(1, 1)]
    if rows:
        made.append(table(rows, [BODY * 0.3, BODY * 0.7], _FLUSH, pad=0.9))
    return made if len(made) > 1 else []


def footnotes(document: Document, words: Words, pen: Pen) -> list[Flowable]:
    """What could not be drawn as it is written."""
    notes = []
    if pen.fonts.plain:
        notes.append(words.plain_letters.format(file=file_name(document)))
    if pen.fonts.borrowed:
        notes.append(words.borrowed_letters)
    return [Spacer(1, 3), pen.muted(*notes)] if notes else []
