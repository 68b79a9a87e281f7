"""May this account be answered by this student? Asked when a release begins, and again later.

    manifest ─► whose rows, which teachers ─► terms.decide (for this account) ─► Terms of a release

A student that only the account whose rows taught it can meet is *internal*; every other account
that it is given to makes it *sold*, which is another use: it is asked again, for all who meet it.
What the terms forbid is refused where it is new and rolled back where it runs. They are asked anew
every minute, too: what a person signed has an end, and the registry has versions.
"""

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from stillhouse.compose.log import log
from stillhouse.compose.stores import open_store
from stillhouse.compose.terms_book import terms_of
from stillhouse.config.settings import Settings
from stillhouse.distill import artefact
from stillhouse.distill.artefact import Manifest, Taught
from stillhouse.distill.release import Release, Terms
from stillhouse.gateway.routing import EVERYBODY
from stillhouse.ledger.ports import ConflictError, UnavailableError
from stillhouse.terms import (
    Attestation,
    Exposure,
    Lineage,
    Obligation,
    Origin,
    Registry,
    StudentKind,
    Use,
    Waiver,
    check_release,
    decide,
)
from stillhouse.terms import Release as ToRelease
from stillhouse.terms.signed import SignedStore
from stillhouse.units.instant import Instant
from stillhouse.wire.deployment import ProviderKind


def manifest_of(folder: Path) -> Manifest:
    """Raises ConflictError: the folder holds no whole student."""
    try:
        return artefact.read((folder / artefact.MANIFEST).read_bytes())
    except OSError as error:
        raise ConflictError(
            f"no student in {folder}: {error.strerror}; train one, or name its folder"
        ) from None
    except artefact.DamagedError as error:
        raise ConflictError(f"{folder}: {error}") from None


class Judge(msgspec.Struct, frozen=True):
    """What a verdict rests on besides the student: the registry, and what people have signed."""

    registry: Registry
    attestations: tuple[Attestation, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    def terms(
        self,
        manifest: Manifest,
        *,
        account: str,
        met_by: Collection[str],
        name: str,
        now: Instant,
        confirmed: Collection[str] = (),
        displays: Collection[str] = (),
    ) -> Terms:
        """May this account be answered by this student?

        met_by: every account that the student answers, this one with them; EVERYBODY is all.
        confirmed, displays: facts and texts that the operator stated (`terms.Release`).
        """
        exposure = exposure_of(manifest, met_by)
        verdict = decide(
            Use(
                lineage=Lineage(tuple(map(_origin, manifest.taught))),
                student=StudentKind(manifest.kind),
                exposure=exposure,
                now=now,
                base=manifest.base,
                account=account,
                attestations=self.attestations,
                waivers=self.waivers,
            ),
            self.registry,
        )
        clauses = tuple(sorted({_clause(r.entry.id, r.clause) for r in verdict.reasons if r.entry}))
        if not verdict.allowed:
            reason = verdict.reason
            how = f"; {reason.resolve}" if reason.resolve else ""
            why = f"{exposure.value} use of a {manifest.kind}: {reason.says}{how}"
            return Terms(False, clauses, why)
        unmet = check_release(
            ToRelease(
                name=name,
                exposure=exposure,
                displays=displays,
                confirmed=confirmed,
            ),
            (*verdict.obligations, *_carried(manifest)),
        )
        if unmet:
            fixes = "; ".join(sorted({each.fix for each in unmet}))
            return Terms(False, clauses, f"it does not keep its obligations: {fixes}")
        return Terms(True, clauses, f"{exposure.value} use of a {manifest.kind}")


def _origin(taught: Taught) -> Origin:
    """As the registry speaks of it; of several rows the newest, whose terms are the strictest."""
    return dataclasses.replace(taught.origin, at=Instant(taught.last))


def _clause(entry: str, clause: str) -> str:
    return f"{entry} {clause}".strip()


def _carried(manifest: Manifest) -> Iterable[Obligation]:
    """Obligations that the student has had since it was trained, as `kind:value`."""
    for text in manifest.obligations:
        kind, _, value = text.partition(":")
        yield Obligation(kind, value, "the student's card")


def exposure_of(manifest: Manifest, met_by: Collection[str]) -> Exposure:
    """Internal while one account alone meets it, and that is whose rows taught it.

    A student that does not say whose rows taught it is that one account's.
    """
    owners = set(manifest.data.account) or set(met_by)
    internal = len(owners) == 1 and set(met_by) <= owners and EVERYBODY not in owners
    return Exposure.INTERNAL if internal else Exposure.SOLD


def met_by(ident: str, releases: Iterable[Release], settings: Settings) -> set[str]:
    """Every account that the student `ident` answers: by a live release, or by its name."""
    found = {r.account for r in releases if r.live and r.artefact == ident}
    for deployment in settings.deployments.values():
        provider = settings.providers[deployment.provider]
        if provider.kind is ProviderKind.STUDENT and deployment.accounts:
            try:
                if manifest_of(Path(provider.student)).id == ident:
                    found.update(deployment.accounts)
            except ConflictError:
                continue  # nobody is answered by what is no student
    return found


def judge(store: SignedStore) -> Judge:
    """By the registry that ships, what the operator added to it, and what people have signed."""
    terms = terms_of(store)
    return Judge(terms.registry, terms.signed.attestations, terms.signed.waivers)


class Again(NamedTuple):
    """A live release whose terms are other ones now."""

    release: Release
    terms: Terms


def asked_again(
    releases: Sequence[Release], settings: Settings, by: Judge, *, now: Instant
) -> list[Again]:
    """Every live release of which the terms say another thing than they did."""
    changed = []
    for release in releases:
        deployment = settings.deployments.get(release.student)
        if not release.live or deployment is None:
            continue  # a student without a deployment answers nobody
        provider = settings.providers[deployment.provider]
        try:
            manifest = manifest_of(Path(provider.student))
        except ConflictError as error:
            terms = Terms(allowed=False, why=str(error))
        else:
            if manifest.id != release.artefact:
                terms = Terms(allowed=False, why=f"it is another student now: {manifest.id}")
            else:
                everybody = met_by(manifest.id, releases, settings)
                terms = by.terms(
                    manifest,
                    account=release.account,
                    met_by=everybody,
                    name=release.student,
                    now=now,
                    confirmed=release.confirmed,
                    displays=release.displays,
                )
        if terms.allowed != release.terms.allowed:
            changed.append(Again(release, terms))
    return changed


def withheld(settings: Settings, releases: Sequence[Release], by: Judge, now: Instant) -> Settings:
    """Settings in which no account calls a student by its name that the terms keep from it."""
    deployments = dict(settings.deployments)
    for name, deployment in settings.deployments.items():
        provider = settings.providers[deployment.provider]
        if provider.kind is not ProviderKind.STUDENT or not deployment.accounts:
            continue
        try:
            manifest = manifest_of(Path(provider.student))
        except ConflictError:
            continue  # its process says so, and its teacher answers
        everybody = met_by(manifest.id, releases, settings)
        for account in deployment.accounts:
            terms = by.terms(manifest, account=account, met_by=everybody, name=name, now=now)
            if not terms.allowed:
                clauses = "; ".join(terms.clauses)
                log("student_withheld", deployment=name, why=terms.why, clauses=clauses)
                deployments[name] = replace(deployment, accounts=())
                break
    return replace(settings, deployments=deployments)


def permitted(settings: Settings, *, now: Instant) -> Settings:
    """`withheld` by the data folder's releases; a registry that cannot be trusted permits nothing.

    Costs nothing where no deployment gives a student to anybody by its name.
    """
    students = {n for n, p in settings.providers.items() if p.kind is ProviderKind.STUDENT}
    given = {n for n, d in settings.deployments.items() if d.accounts and d.provider in students}
    if not given:
        return settings
    try:
        with closing(open_store(settings.server.data)) as store:
            return withheld(settings, store.releases(), judge(store), now)
    except (ValueError, LookupError, UnavailableError) as error:
        log("students_withheld", error=str(error))
        deployments = {
            name: replace(deployment, accounts=()) if name in given else deployment
            for name, deployment in settings.deployments.items()
        }
        return replace(settings, deployments=deployments)
