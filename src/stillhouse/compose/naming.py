"""What people read instead of ids: accounts, projects, keys, and workloads as they were decided.

A workload is one account's: the same template in two accounts is two workloads, each with its own
name. Where several accounts are shown together, a workload is named with its account.
"""

from collections.abc import Mapping

from stillhouse.ledger.ports import Store, WorkloadRow
from stillhouse.tenants import Directory

NONE = {"workload": "(no template)", "cohort": "(none)"}
SEPARATOR = "\x1f"


class Naming:
    """Names at one moment. several: of several accounts at once."""

    def __init__(self, store: Store, *, several: bool, directory: Directory | None = None) -> None:
        directory = directory or store.directory()
        self._several = several and len(directory.accounts) > 1
        self._names: Mapping[str, Mapping[str, str]] = {
            "account": {a.id: a.name for a in directory.accounts.values()},
            "project": {p.id: p.name for p in directory.projects.values()},
            "key": {k.id: k.name or k.hint for k in directory.keys.values()},
        }
        self._decided: dict[tuple[str, str], WorkloadRow] = {
            (row.account, row.id): row for row in store.workloads()
        }

    def merged(self, account: str, workload: str) -> str:
        """The id that this workload is counted under."""
        row = self._decided.get((account, workload))
        return (row.merged_into if row else "") or workload

    def key(self, account: str, workload: str) -> str:
        """One workload of one account, merges followed; what `said` reads."""
        return f"{account}{SEPARATOR}{self.merged(account, workload)}"

    def workload(self, account: str, workload: str) -> str:
        row = self._decided.get((account, workload))
        return (row.name if row else "") or workload or NONE["workload"]

    def said(self, key: str) -> str:
        account, _, workload = key.partition(SEPARATOR)
        name = self.workload(account, workload)
        return f"{name} ({self.of('account', account)})" if self._several else name

    def of(self, dimension: str, ident: str) -> str:
        if dimension == "workload":
            return self.said(ident)
        return self._names.get(dimension, {}).get(ident) or ident or NONE.get(dimension, "(none)")
