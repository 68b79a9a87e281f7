"""Consents to keep content, and the keys it is kept under."""

from collections.abc import Mapping
from typing import Any

import msgspec

from stillhouse.distill.capture import Consent, ConsentError, check
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.store.sqlite_control import SQLiteControl
from stillhouse.units.instant import Instant

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(Consent).decode


class SQLiteCapture(SQLiteControl):
    """`stillhouse.distill.ports.Captures` in SQLite."""

    def consent(self, consent: Consent, *, at: Instant, actor: str) -> None:
        try:
            check(consent)
        except ConsentError as error:
            raise ConflictError(str(error)) from error
        with self._change() as db:
            owner = db.execute(
                "SELECT account FROM projects WHERE id = ?", (consent.project,)
            ).fetchone()
            if owner is None or owner[0] != consent.account:
                raise NotFoundError(f"no project {consent.project} in {consent.account}")
            db.execute(
                "INSERT INTO capture_consents (project, account, body) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET body = excluded.body",
                (consent.project, consent.account, _encode(consent).decode()),
            )
            self._changed("capture_on", _told(consent), at=at, actor=actor)

    def end_consent(self, project: str, *, reason: str, at: Instant, actor: str) -> Consent:
        with self._change() as db:
            row = db.execute(
                "SELECT body FROM capture_consents WHERE project = ?", (project,)
            ).fetchone()
            if row is None or not _decode(row[0]).holds:
                raise NotFoundError(f"{project} captures nothing; `stillhouse capture status`")
            ended = msgspec.structs.replace(_decode(row[0]), ended_at=at)
            db.execute(
                "UPDATE capture_consents SET body = ? WHERE project = ?",
                (_encode(ended).decode(), project),
            )
            body = _told(ended) | {"reason": reason}
            self._changed("capture_off", body, at=at, actor=actor)
        return ended

    def consents(self) -> list[Consent]:
        rows = self._rows("SELECT body FROM capture_consents ORDER BY account, project")
        return [_decode(body) for (body,) in rows]

    def capture_key(self, account: str) -> bytes | None:
        rows = self._rows("SELECT sealed FROM capture_keys WHERE account = ?", (account,))
        return bytes(rows[0][0]) if rows else None

    def add_capture_key(self, account: str, sealed: bytes) -> bytes:
        with self._change() as db:
            db.execute(
                "INSERT INTO capture_keys (account, sealed) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (account, sealed),
            )
        kept = self.capture_key(account)
        return sealed if kept is None else kept

    def note_erased(
        self, account: str, body: Mapping[str, Any], *, at: Instant, actor: str
    ) -> None:
        with self._change() as db:
            if body.get("key"):
                db.execute("DELETE FROM capture_keys WHERE account = ?", (account,))
            self._changed("capture_erased", {"account": account, **body}, at=at, actor=actor)


def _told(consent: Consent) -> dict[str, Any]:
    return {
        "project": consent.project,
        "account": consent.account,
        "by": consent.by,
        "text": consent.words,
        "days": consent.days,
    }
