"""Capturing content: a worker's rows, on their way from a call's end to an encrypted file.

    a call of a consenting project ended ─► kept as it is (loop) ─► rows, sealed, appended (thread)

The loop does no more than keep what it has in its hands; reading, compressing and encrypting are
done a second later, by another thread. At most `WAITING_BYTES_MAX` wait: what comes above is not
captured, and counted. Rows that wait when a process is killed are lost: they are nobody's money.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from msgspec import Raw

from stillhouse.distill.capture import KEY_BYTES, Consent, Row, user_of
from stillhouse.distill.ports import Captures
from stillhouse.gateway.routing import Leg
from stillhouse.gateway.watched import Ended, Label, whole
from stillhouse.ledger.ports import UnavailableError
from stillhouse.ledger.receipt import receipt_id
from stillhouse.store.captured import Captured
from stillhouse.store.vault import open_vault
from stillhouse.tenants import Key
from stillhouse.units.instant import Instant, period
from stillhouse.wire.paths import Surface
from stillhouse.wire.whole import assembled

WAITING_BYTES_MAX = 64 << 20
Log = Callable[..., None]


Waiting = tuple[Key, Label, Leg, int, Instant, Surface, bool, bytes, bytes]
"""What a call's end has at hand; nothing of it is read yet, and none of it changes any more.

(key, label, leg, seq, admitted, surface, streamed, request, answer)
"""


def account_key(store: Captures, data: Path, account: str) -> bytes:
    """The account's key, opened; drawn when it has none. Raises UnavailableError, ConflictError."""
    vault, name = open_vault(data, os.environ), f"captured content of {account}"
    sealed = store.capture_key(account)
    if sealed is None:
        sealed = store.add_capture_key(
            account, vault.seal(secrets.token_bytes(KEY_BYTES).hex(), name=name)
        )
    return bytes.fromhex(vault.open(sealed, name=name))


def kept_key(store: Captures, data: Path, account: str) -> bytes:
    """The same for readers: none is drawn. Raises UnavailableError: there is none."""
    if store.capture_key(account) is None:
        raise UnavailableError(f"{account} has no key: nothing was captured, or it was erased")
    return account_key(store, data, account)


class Capturing:
    """Of one worker. The loop calls `use`, `look` and `take`; another thread `keep`."""

    def __init__(self, *, writer: int, log: Log) -> None:
        self._writer = writer
        self._log = log
        self._consents: dict[str, Consent] = {}
        self._waiting: list[Waiting] = []
        self._bytes = 0
        self.missed = 0

    def use(self, consents: list[Consent]) -> None:
        self._consents = {c.project: c for c in consents if c.holds}

    def wants(self, project: str) -> bool:
        return project in self._consents

    def look(self, call: Ended) -> None:
        """A call of a consenting project ended well."""
        leg, stream, request = call.leg, call.stream, call.request.body
        answer = call.answer[0] if stream is None and call.answer else whole(call)
        if leg.student or not answer:
            return
        size = self._bytes + len(request) + len(answer)
        if size > WAITING_BYTES_MAX:
            self.missed += 1
            return
        self._bytes = size
        lane = call.lane
        streamed = stream is not None
        self._waiting.append(
            (lane.key, call.admitted.label, leg, call.seq, call.started, lane.surface, streamed,
             request, answer)
        )  # fmt: skip

    def take(self) -> list[Waiting]:
        """What waits, to be kept by another thread."""
        taken, self._waiting, self._bytes = self._waiting, [], 0
        if self.missed:
            self._log("capture_missed", calls=self.missed)
            self.missed = 0
        return taken

    def keep(self, taken: list[Waiting], captured: Captured) -> None:
        """Write rows; what cannot be written is said, and lost."""
        groups: dict[tuple[str, str, str], list[Row]] = {}
        for each in taken:
            row = self._row(each)
            if row is not None:
                at = (row.account, row.project, period(row.at, "day"))
                groups.setdefault(at, []).append(row)
        for (account, _, day), rows in groups.items():
            try:
                captured.append(rows, day=day, writer=f"w{self._writer}")
            except (OSError, UnavailableError, ValueError) as error:
                self._log("capture_failed", account=account, rows=len(rows), error=str(error))

    def _row(self, each: Waiting) -> Row | None:
        key, label, leg, seq, at, surface, streamed, request, answer = each
        if streamed:
            answer = assembled(surface, answer)
        if not answer:
            return None
        deployment, provider = leg.deployment, leg.provider
        return Row(
            receipt=receipt_id(self._writer, seq),
            at=at,
            account=key.account,
            project=key.project,
            key=key.id,
            provider=provider.name,
            model=deployment.model,
            deployment=deployment.name,
            surface=surface.value,
            request=Raw(request),
            response=Raw(answer),
            user=user_of(request),
            workload=label.workload,
            cohort=label.cohort,
            path=provider.path,
            weights=deployment.weights,
            terms=leg.terms,
        )
