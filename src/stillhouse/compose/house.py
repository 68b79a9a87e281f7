"""The console's House over the real stores: see `console.house` for what it promises.

    Parts (one for the process: stores, folders) ─► HouseDesk (one for a request: who, when)

Each subject is a class of its own in `compose.desks`; they share the request's person and moment.
"""

from stillhouse.compose.desks.audit import AuditPart
from stillhouse.compose.desks.guard import GuardPart
from stillhouse.compose.desks.invoices import InvoicesPart
from stillhouse.compose.desks.parts import Parts
from stillhouse.compose.desks.people import PeoplePart
from stillhouse.compose.desks.prices import PricesPart
from stillhouse.compose.desks.providers import ProvidersPart
from stillhouse.compose.desks.releases import ReleasesPart
from stillhouse.compose.desks.students import StudentsPart
from stillhouse.compose.desks.tenants import TenantsPart
from stillhouse.compose.desks.terms import TermsPart
from stillhouse.compose.desks.usage import UsagePart
from stillhouse.compose.desks.why import WhyPart
from stillhouse.console.house import Desk
from stillhouse.console.roles import Who
from stillhouse.units.instant import Instant


class HouseDesk(
    UsagePart,
    TenantsPart,
    ProvidersPart,
    InvoicesPart,
    PricesPart,
    WhyPart,
    GuardPart,
    TermsPart,
    StudentsPart,
    ReleasesPart,
    AuditPart,
    PeoplePart,
):
    """Everything that one request may ask and do."""


class TheHouse:
    """Keeps `console.house.House`."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def desk(self, who: Who, *, at: Instant) -> Desk:
        return HouseDesk(self.parts, who, at)

    def version(self) -> int:
        return self.parts.store.version()
