"""Live releases and deployments, as a gateway divides calls by them."""

import hashlib
from collections.abc import Iterable, Mapping

from stillhouse.distill.release import Release
from stillhouse.gateway.release import Split, Splits
from stillhouse.gateway.routing import Way
from stillhouse.ledger.ports import WorkloadRow


def splits(
    releases: Iterable[Release],
    ways: Mapping[str, Way],
    workloads: Iterable[WorkloadRow],
    key: bytes,
) -> Splits:
    """What gateways divide calls by. A release whose student has no deployment changes nothing.

    workloads: what people merged; a release of a workload covers all that was merged into it.
    key: of this data folder alone.
    """
    merged: dict[tuple[str, str], list[str]] = {}
    for row in workloads:
        if row.merged_into:
            merged.setdefault((row.account, row.merged_into), []).append(row.id)
    found: Splits = {}
    for release in releases:
        student = ways.get(release.student)
        if not release.live or not release.terms.allowed or student is None:
            continue
        split = Split(
            release=release.id,
            student=student,
            share_bps=release.share_bps,
            audit_bps=release.audit_bps,
            salt=hashlib.sha256(key + release.id.encode()).digest(),
            sticky=release.sticky,
        )
        for workload in (
            release.workload,
            *merged.get((release.account, release.workload), ()),
        ):
            found[release.account, release.deployment, workload] = split
    return found
