"""Every key with everything that its calls must pass: one immutable look-up, swapped whole.

The gateway holds one Directory at a time; a change in the store makes a new one. Keys are found by
the full SHA-256 digest, never by a prefix (CVE-2026-35030 was a cache keyed by one).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from stillhouse.tenants.account import Account, Budget, Key, Limits, Project, Scope

NO_DEFAULTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Payer:
    """One key's whole path. The payer comes from the key alone, never from a request body.

    limits: (scope, scope id, limits) of account, project and key, only those that limit something.
    budgets: every budget on the path, in the order account, project, member, key; those of a call's
    provider are not the key's to know.
    workload: what calls are for that do not say it: the key's default, else the project's, or "".
    """

    account: Account
    project: Project
    key: Key
    limits: tuple[tuple[Scope, str, Limits], ...]
    budgets: tuple[Budget, ...]
    workload: str = ""


def steps(key: Key) -> tuple[tuple[Scope, str], ...]:
    """Whose budgets a call of this key must pass, whoever serves it."""
    return (
        ("account", key.account),
        ("project", key.project),
        ("member", key.member),
        ("key", key.id),
    )


class Directory:
    """All keys of the house at one version of the store."""

    def __init__(
        self,
        *,
        accounts: Iterable[Account] = (),
        projects: Iterable[Project] = (),
        keys: Iterable[Key] = (),
        budgets: Iterable[Budget] = (),
        workloads: Mapping[str, str] = NO_DEFAULTS,
        members: Mapping[str, str] = NO_DEFAULTS,
        version: int = 0,
    ) -> None:
        """What is there.

        workloads: id of a key or project -> the workload of calls that do not say it. members: id
        -> e-mail.
        """
        self.version = version
        self.workloads = dict(workloads)
        self.members = dict(members)
        self.accounts = {a.id: a for a in accounts}
        self.projects = {p.id: p for p in projects}
        self.budgets = {b.id: b for b in budgets}
        by_scope: dict[tuple[Scope, str], list[Budget]] = {}
        for b in self.budgets.values():
            by_scope.setdefault((b.scope, b.scope_id), []).append(b)
        self.provided = {
            ident: tuple(found) for (scope, ident), found in by_scope.items() if scope == "provider"
        }
        """budgets by the name of the provider that they are for"""
        self._by_digest: dict[bytes, Payer] = {}
        self.keys: dict[str, Key] = {}
        for key in keys:
            self.keys[key.id] = key
            account, project = self.accounts[key.account], self.projects[key.project]
            path: tuple[tuple[Scope, str, Limits], ...] = (
                ("account", account.id, account.limits),
                ("project", project.id, project.limits),
                ("key", key.id, key.limits),
            )
            self._by_digest[key.digest] = Payer(
                account=account,
                project=project,
                key=key,
                limits=tuple(step for step in path if step[2] != Limits()),
                budgets=tuple(b for step in steps(key) for b in by_scope.get(step, ())),
                workload=workloads.get(key.id) or workloads.get(project.id, ""),
            )

    def find(self, digest: bytes) -> Payer | None:
        return self._by_digest.get(digest)

    def budgets_of(
        self, *, account: str, project: str, key: str, provider: str = ""
    ) -> list[Budget]:
        """Budgets whose scope holds this key, for posting a charge (also one made mid-period)."""
        known = self.keys.get(key)
        path = {
            ("account", account),
            ("project", project),
            ("member", "" if known is None else known.member),
            ("key", key),
            ("provider", provider),
        }
        return [b for b in self.budgets.values() if (b.scope, b.scope_id) in path]
