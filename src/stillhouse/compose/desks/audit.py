"""The ledger's entries as the audit log, and the proof that nothing in it was changed.

An entry is shown as proved when the chain holds up to it (`desks.proof`) and its hash follows from
its words as they are now.
"""

from stillhouse.compose.desks.parts import Part
from stillhouse.console.views import Chain, Found, Line, Verified
from stillhouse.ledger.entries import UnwritableError, digest
from stillhouse.ledger.ports import Entry

LIMIT_MAX = 1_000


class AuditPart(Part):
    def entries(
        self, *, before: int = 0, limit: int = 100, kind: str = "", actor: str = ""
    ) -> list[Line]:
        proof = self.parts.proof
        proof.follow(self.parts.store)
        found = self.parts.register.entries_before(
            before or 2**62, kind=kind, actor=actor, limit=max(1, min(limit, LIMIT_MAX))
        )
        proved = proof.broken_at - 1 if proof.broken_at else 2**62
        return [
            Line(
                number=e.number,
                at=e.at,
                kind=e.kind,
                actor=e.actor,
                body=e.body,
                previous=e.previous,
                hash=e.hash,
                proved=e.number <= proved and _holds(e),
            )
            for e in found
        ]

    def chain(self) -> Chain:
        proof = self.parts.proof
        proof.follow(self.parts.store)
        last = proof.last
        return Chain(
            entries=last.number if last else 0,
            head=last.hash if last else "",
            broken_at=proof.broken_at,
            what=proof.what,
            as_of=self.at,
        )

    def verify(self) -> Verified:
        verdict = self.parts.books.verify()
        return Verified(
            ok=verdict.ok,
            receipts=verdict.receipts,
            lost=verdict.lost,
            duplicated=verdict.duplicated,
            mispriced=verdict.mispriced,
            open_holds=verdict.open_holds,
            in_flight=verdict.in_flight,
            problems=tuple(
                Found(kind=p.kind, found=p.found, remedy=p.remedy) for p in verdict.problems
            ),
            as_of=self.at,
        )


def _holds(e: Entry) -> bool:
    """Its own hash, computed anew: it is shown as it is now, not as it was when it was proved."""
    try:
        return e.hash == digest(
            number=e.number,
            at=e.at,
            kind=e.kind,
            actor=e.actor,
            body=e.body,
            previous=e.previous,
        )
    except UnwritableError:
        return False
