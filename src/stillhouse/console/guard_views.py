"""What pages and the API show of guard's cases."""

from collections.abc import Mapping
from dataclasses import dataclass

from stillhouse.guard.case import Case
from stillhouse.units.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """Why accounts are taken for one. strong: it confirms by itself."""

    kind: str
    accounts: tuple[str, ...]
    strong: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case, with what stands beside it.

    names: account id -> name. passed: (calls, e-value) on the way, oldest first. proved: the chain
    of entries holds up to this case's last one.
    """

    case: Case
    names: Mapping[str, str]
    passed: tuple[tuple[int, float], ...] = ()
    links: tuple[LinkView, ...] = ()
    proved: bool = True

    @property
    def who(self) -> str:
        named = [self.names.get(a, a) for a in self.case.accounts]
        more = f" + {len(named) - 3}" if len(named) > 3 else ""
        return ", ".join(named[:3]) + more


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenView:
    """A finding of which no case came. held_by: why not."""

    at: Instant
    accounts: tuple[str, ...]
    calls: int
    e_value: float
    position: str
    clause: str
    informational: bool
    held_by: str
