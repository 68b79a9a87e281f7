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
from typing import NamedTuple

from msgspec import Raw

from stillhouse.distill.capture import KEY_BYTES, Consent, Row, user_of
from stillhouse.distill.ports import Captures
from stillhouse.gateway.watched import Ended, whole
from stillhouse.ledger.ports import UnavailableError
from stillhouse.ledger.receipt import receipt_id
from stillhouse.store.captured import Captured
from stillhouse.store.vault import open_vault
from stillhouse.units.instant import Instant, period
from stillhouse.wire.paths import Surface
from stillhouse.wire.whole import assembled

WAITING_BYTES_MAX = 64 << 20
Log = Callable[..., None]


class Waiting(NamedTuple):
    """What is known at a call's end; nothing of it is read yet."""

    row: tuple[str, ...]
    seq: int
    at: Instant
    surface: Surface
    streamed: bool
    request: bytes
    answer: bytes


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
        leg, key = call.leg, call.lane.key
        request, answer = call.request.body, whole(call)
        if leg.student or not answer:
            return
        self._bytes += len(request) + len(answer)
        if self._bytes > WAITING_BYTES_MAX:
            self._bytes -= len(request) + len(answer)
            self.missed += 1
            return
        label, deployment, provider = call.admitted.label, leg.deployment, leg.provider
        self._waiting.append(
            Waiting(
                (
                    *(key.account, key.project, key.id, provider.name, deployment.model),
                    *(deployment.name, label.workload, label.cohort),
                    *(provider.path, deployment.weights, leg.terms),
                ),
                call.seq,
                call.started,
                call.lane.surface,
                call.stream is not None,
                request,
                answer,
            )
        )

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
        answer = assembled(each.surface, each.answer) if each.streamed else each.answer
        if not answer:
            return None
        account, project, key, provider, model, deployment, *more = each.row
        workload, cohort, path, weights, terms = more
        return Row(
            receipt=receipt_id(self._writer, each.seq),
            at=each.at,
            account=account,
            project=project,
            key=key,
            provider=provider,
            model=model,
            deployment=deployment,
            surface=each.surface.value,
            request=Raw(each.request),
            response=Raw(answer),
            user=user_of(each.request),
            workload=workload,
            cohort=cohort,
            path=path,
            weights=weights,
            terms=terms,
        )
