"""Who pays, who spends, what authenticates: account -> project -> key. Pure values.

rows of the store -> directory.Directory (immutable) -> payer of one key

account    account, project, key; standing; budgets and limits of each
label      how a workload or a cohort may be called
key        secrets: how they look, how they are digested, how they print
directory  every key with everything that its calls must pass, looked up by digest
"""

from stillhouse.tenants.account import (
    LIMITED,
    Account,
    Budget,
    Key,
    Limits,
    MemberDefault,
    Project,
    Scope,
    Standing,
    payment_print,
)
from stillhouse.tenants.directory import Directory, Payer
from stillhouse.tenants.key import Secret, digest

__all__ = [
    "LIMITED",
    "Account",
    "Budget",
    "Directory",
    "Key",
    "Limits",
    "MemberDefault",
    "Payer",
    "Project",
    "Scope",
    "Secret",
    "Standing",
    "digest",
    "payment_print",
]
