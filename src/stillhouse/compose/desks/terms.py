"""May I? Each way to a model, asked for every kind of student and whoever would meet it.

Asked for now, and for all accounts: what was signed for one account alone does not count here. A
registry that cannot be trusted is told in place of answers.
"""

from collections.abc import Iterator

from stillhouse.compose.desks.parts import Part
from stillhouse.compose.terms import TamperedError, UnreadableError
from stillhouse.compose.terms_book import Terms, terms_of
from stillhouse.console.terms_views import TermsAnswer, TermsMatrix, TermsReason, TermsWay
from stillhouse.ledger.ports import ConflictError
from stillhouse.terms import (
    DocumentError,
    Entry,
    Exposure,
    Lineage,
    Origin,
    StudentKind,
    Use,
    decide,
)
from stillhouse.terms.decide import Reason
from stillhouse.terms.document import Kind, Position
from stillhouse.terms.registry import SELF_HOSTED, Registry
from stillhouse.terms.signed import Signatures, UnreadableLineError
from stillhouse.units.instant import DAY, Instant, period

EXAMPLE_OF_A_HOST = ("llama-3.1", "llama-3.1")
"""(model, licence) by which the terms of a host are shown: a licence that permits"""


class TermsPart(Part):
    def terms_matrix(self) -> TermsMatrix:
        held_back = ""
        try:
            terms = terms_of(self.parts.store)
        except (TamperedError, UnreadableError, DocumentError, UnreadableLineError) as error:
            terms, held_back = Terms(Registry([]), Signatures()), str(error)
        now = self.at
        entries = [chain.at(now) or chain.newest for chain in terms.registry.chains.values()]
        ways = dict.fromkeys([*self._ours(), *_known(terms.registry)])
        signed = (*terms.signed.attestations, *terms.signed.waivers)
        return TermsMatrix(
            ways=tuple(self._way(terms, *way) for way in ways) if not held_back else (),
            entries=len(entries),
            unread=sum(e.position is Position.UNKNOWN for e in entries),
            stale=sum(_stale(e, now) for e in entries),
            signed=sum(one.holds(now) for one in signed),
            held_back=held_back,
            as_of=now,
        )

    def terms_way(self, path: str, model: str, weights: str = "") -> TermsWay:
        """Raises ConflictError: the registry cannot be trusted."""
        try:
            terms = terms_of(self.parts.store)
        except (TamperedError, UnreadableError, DocumentError, UnreadableLineError) as error:
            raise ConflictError(str(error)) from error
        return self._way(terms, path, model, weights)

    def _ours(self) -> Iterator[tuple[str, str, str]]:
        settings = self.parts.settings
        for deployment in settings.deployments.values():
            path = settings.providers[deployment.provider].path or "unknown"
            yield (path, deployment.model, deployment.weights)

    def _way(self, terms: Terms, path: str, model: str, weights: str) -> TermsWay:
        settings = self.parts.settings
        return TermsWay(
            path=path,
            model=model,
            weights=weights,
            deployments=tuple(
                d.name
                for d in settings.deployments.values()
                if (settings.providers[d.provider].path or "unknown", d.model, d.weights)
                == (path, model, weights)
            ),
            answers=tuple(
                self._answer(
                    terms, Origin(path=path, model=model, weights=weights, at=self.at), s, e
                )
                for s in StudentKind
                for e in Exposure
            ),
        )

    def _answer(
        self, terms: Terms, origin: Origin, student: StudentKind, exposure: Exposure
    ) -> TermsAnswer:
        use = Use(
            lineage=Lineage((origin,)),
            student=student,
            exposure=exposure,
            now=self.at,
            attestations=terms.signed.attestations,
            waivers=terms.signed.waivers,
        )
        found = decide(use, terms.registry)
        return TermsAnswer(
            student=student.value,
            exposure=exposure.value,
            verdict=found.outcome.value,
            ground=found.ground,
            obligations=tuple(f"{o.words} ({o.entry})" for o in found.obligations)
            if found.allowed
            else (),
            reasons=tuple(map(_reason, found.denials or found.reasons)),
        )


def _known(registry: Registry) -> Iterator[tuple[str, str, str]]:
    """A way for each entry: its first path, and a model by the first of its patterns."""
    for chain in registry.chains.values():
        one = chain.newest
        model = one.models[0].replace("*", "").rstrip("-:")
        match one.kind:
            case Kind.WEIGHTS:
                yield (SELF_HOSTED, model or one.id, one.id)
            case Kind.HOST:
                yield (one.paths[0], *EXAMPLE_OF_A_HOST)
            case Kind.API:
                yield (one.paths[0], one.models[0], "")


def _stale(one: Entry, now: Instant) -> bool:
    return one.read_on is None or now - one.read_on > one.recheck_days * DAY


def _reason(reason: Reason) -> TermsReason:
    entry = reason.entry
    read_on = entry.read_on if entry else None
    return TermsReason(
        code=reason.code.value,
        says=reason.says,
        entry=entry.ref if entry else "",
        clause=reason.clause,
        quote=reason.quote,
        source=entry.source if entry else "",
        url=entry.url if entry else "",
        read_on=period(read_on, "day") if read_on is not None else "",
        confidence=entry.confidence.value if entry else "",
        resolve=reason.resolve,
    )
