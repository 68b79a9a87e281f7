"""Who may do what: one table of role x permission. What it does not name is refused.

    owner      everything, members and provider keys included
    billing    money: accounts, keys, budgets, invoices, prices, standing
    reviewer   reads everything and changes who may call: standing, and decisions in guard's cases
               (whoever reads releases may send one back to its teacher; an owner alone moves it on)
    member     reads the accounts that he belongs to, makes keys there, and appeals for them

A permission is "noun:read" or "noun:write" and each route names exactly one. A person of role
member additionally sees only the accounts in `Who.accounts`; for everyone else that is None: all.
"""

from dataclasses import dataclass
from enum import StrEnum

from stillhouse.tenants.people import Role

__all__ = ["TABLE", "Permission", "Role", "Who"]


class Permission(StrEnum):
    """What a route needs. Each route names one."""

    EVERYONE = "everyone"
    """No sign-in needed: the sign-in page, static files, health."""
    SELF = "self"
    """Anybody who is signed in, about himself: sign out, own language."""

    TENANTS_READ = "tenants:read"
    TENANTS_WRITE = "tenants:write"
    KEYS_WRITE = "keys:write"
    BUDGETS_WRITE = "budgets:write"
    STANDING_WRITE = "standing:write"
    USAGE_READ = "usage:read"
    """sums, calls, workloads, explain"""
    WORKLOADS_WRITE = "workloads:write"
    PROVIDERS_READ = "providers:read"
    PROVIDERS_WRITE = "providers:write"
    INVOICES_READ = "invoices:read"
    INVOICES_WRITE = "invoices:write"
    PRICES_READ = "prices:read"
    PRICES_WRITE = "prices:write"
    REVENUE_READ = "revenue:read"
    """over all accounts: shares, concentration, exposure, margin, capture"""
    RECONCILE_WRITE = "reconcile:write"
    CASES_READ = "cases:read"
    CASES_WRITE = "cases:write"
    """decide in guard's cases, in one's own name"""
    NOTICES_READ = "notices:read"
    """what one's accounts are told of cases"""
    NOTICES_WRITE = "notices:write"
    """appeal against it"""
    TERMS_READ = "terms:read"
    """what outputs may be used for, and why"""
    STUDENTS_READ = "students:read"
    """what could be owned, runs of distillation, students and their cards"""
    RELEASES_READ = "releases:read"
    RELEASES_WRITE = "releases:write"
    """move a release on: give more calls to a student"""
    ROLLBACK = "rollback:write"
    """send a release's calls back to the teacher"""
    AUDIT_READ = "audit:read"
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"
    """members, invitations and machine tokens"""


_P = Permission
_MEMBER = frozenset(
    {
        _P.SELF,
        _P.TENANTS_READ,
        _P.KEYS_WRITE,
        _P.USAGE_READ,
        _P.INVOICES_READ,
        _P.NOTICES_READ,
        _P.NOTICES_WRITE,
        _P.TERMS_READ,
    }
)
_REVIEWER = frozenset(
    {
        _P.SELF,
        _P.TENANTS_READ,
        _P.STANDING_WRITE,
        _P.USAGE_READ,
        _P.PROVIDERS_READ,
        _P.INVOICES_READ,
        _P.PRICES_READ,
        _P.REVENUE_READ,
        _P.CASES_READ,
        _P.CASES_WRITE,
        _P.TERMS_READ,
        _P.STUDENTS_READ,
        _P.RELEASES_READ,
        _P.ROLLBACK,
        _P.AUDIT_READ,
    }
)
_BILLING = (_REVIEWER - {_P.CASES_WRITE}) | {
    _P.TENANTS_WRITE,
    _P.KEYS_WRITE,
    _P.BUDGETS_WRITE,
    _P.WORKLOADS_WRITE,
    _P.INVOICES_WRITE,
    _P.PRICES_WRITE,
    _P.RECONCILE_WRITE,
}
TABLE: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission) - {_P.EVERYONE},
    Role.BILLING: _BILLING,
    Role.REVIEWER: _REVIEWER,
    Role.MEMBER: _MEMBER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The one who asks. accounts: those that he belongs to; None: every account.

    actor: how entries name him, "user:ada@example.com", or "token:NAME" for a machine.
    """

    id: str
    actor: str
    name: str
    email: str
    role: Role
    accounts: frozenset[str] | None = None

    def may(self, permission: Permission) -> bool:
        return permission is Permission.EVERYONE or permission in TABLE[self.role]

    def sees(self, account: str) -> bool:
        return self.accounts is None or account in self.accounts
