"""What is known of the receipts behind documents, segment by segment, and totals by month.

Evidence is a cache: `evidence` and `evidence_made` can be emptied and are filled again from the
segments' files. A segment's evidence is kept by one transaction, so that it is there as a whole or
not at all; keeping it again changes nothing. Like every cache it leaves no entry in the chain.
"""

from collections.abc import Iterable, Sequence

import msgspec

from stillhouse.billing.document import Cover
from stillhouse.billing.evidence import Odd, Part
from stillhouse.billing.ports import Unread
from stillhouse.ledger.ports import Total
from stillhouse.ledger.segment import segment_id
from stillhouse.store.sqlite_database import Database

_ODDS = msgspec.json.Decoder(tuple[Odd, ...])
_USAGE = msgspec.json.Decoder(tuple[int, ...])


class SQLiteEvidence(Database):
    """The part of the store that documents are proven from."""

    def unread(self, months: Sequence[str]) -> list[Unread]:
        """Segments that may hold receipts of these months and have no evidence yet."""
        # A segment's month is that of its last settlement: an earlier one has no call of ours.
        rows = self._rows(
            "SELECT id, writer, file, path FROM segments AS s WHERE path >= ? AND NOT EXISTS"
            " (SELECT 1 FROM evidence_made WHERE segment = s.id) ORDER BY writer, file",
            (f"segments/{min(months)}/",),
        )
        return [Unread(*row) for row in rows]

    def keep_evidence(self, segment: str, parts: Iterable[Part]) -> bool:
        """All that is known of a segment. False: it was kept before."""
        with self._change() as db:
            if db.execute("SELECT 1 FROM evidence_made WHERE segment = ?", (segment,)).fetchone():
                return False
            [(entry,)] = db.execute(
                "SELECT number FROM entries WHERE kind = 'segment'"
                " AND json_extract(body, '$.id') = ?",
                (segment,),
            ).fetchall()
            db.executemany(
                "INSERT OR REPLACE INTO evidence (account, month, writer, file, entry, receipts,"
                " first_seq, last_seq, root, odd) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        *(p.account, p.month, p.writer, p.file, entry),
                        *(p.count, p.first, p.last, p.root, msgspec.json.encode(p.odd).decode()),
                    )
                    for p in parts
                ),
            )
            db.execute("INSERT INTO evidence_made (segment) VALUES (?)", (segment,))
            return True

    def forget_evidence(self) -> None:
        """Empty the cache."""
        with self._change() as db:
            db.execute("DELETE FROM evidence_made")
            db.execute("DELETE FROM evidence")

    def evidence(self, account: str, covers: Iterable[Cover]) -> list[Part]:
        """The parts of these entries' segments, in the order of a document's leaves."""
        found = []
        for cover in covers:
            rows = self._rows(
                "SELECT writer, file, receipts, first_seq, last_seq, root, odd FROM evidence"
                " WHERE account = ? AND month = ? AND entry > ? AND entry <= ?"
                " ORDER BY writer, file",
                (account, cover.period, cover.after, cover.upto),
            )
            found += [
                Part(
                    writer,
                    file,
                    cover.period,
                    account,
                    n,
                    first,
                    last,
                    root,
                    () if odd == "[]" else _ODDS.decode(odd),
                )
                for writer, file, n, first, last, root, odd in rows
            ]
        found.sort(key=lambda part: part.order)
        return found

    def segment_path(self, writer: int, file: int) -> str:
        """Where a segment's receipts are, below the data folder."""
        [(path,)] = self._rows(
            "SELECT path FROM segments WHERE id = ?", (segment_id(writer, file),)
        )
        return str(path)

    def month_totals(self, account: str, month: str) -> list[Total]:
        """An account's totals of a month as invoices need them: see `ledger.fold.by_month`."""
        rows = self._rows(
            "SELECT project, workload, model, sale_tariff, receipts, usage, charge"
            " FROM month_totals WHERE account = ? AND month = ?"
            " ORDER BY project, workload, model, sale_tariff",
            (account, month),
        )
        return [
            Total(
                day=month,
                account=account,
                project=project,
                key="",
                deployment="",
                model=model,
                sale_tariff=tariff,
                cost_tariff="",
                workload=workload,
                receipts=n,
                usage=_USAGE.decode(usage),
                charge=int(charge),
                cost=0,
            )
            for project, workload, model, tariff, n, usage, charge in rows
        ]
