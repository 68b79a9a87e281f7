"""Asking before anybody does: what the first page after a posting would have to wait for.

A posting changes the totals of some days, and those are read again; sums that were kept are gone.
At 100 million receipts a month that is a second, and the page that comes next would wait for it. So
a thread of the console looks once a second, reads them, and asks again what was asked lately. After
the start it asks what the first two pages of the menu ask of this month.

Nothing here decides what is answered: a question is never answered from before the last posting.
"""

import threading
from collections.abc import Callable
from contextlib import suppress

from stillhouse.compose.desks.parts import Parts
from stillhouse.compose.house import TheHouse
from stillhouse.console.pages.periods import alike, month_of, whole_days
from stillhouse.console.roles import Who
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.tenants.people import Role
from stillhouse.units.instant import Instant

EVERY_S = 1.0
SERVICE = Who(id="", actor="service", name="", email="", role=Role.OWNER)


def first_questions(parts: Parts, at: Instant) -> None:
    """What the overview and the page after it ask of this month, of all accounts."""
    desk, month = TheHouse(parts).desk(SERVICE, at=at), month_of("", at)
    for days in (month.days, alike(month), whole_days(month) or month.days):
        desk.sums(["account"], days)
        desk.sums(["workload"], days)
    desk.sums(["day"], month.days)
    desk.sums(["workload", "day"], month.days)
    with suppress(ConflictError, NotFoundError):  # no calls yet, or none to compare with
        desk.bridge(month.name)
    with suppress(ConflictError, NotFoundError):
        desk.forecast(month.name)


def keep_up(parts: Parts, stop: threading.Event, log: Callable[..., None]) -> None:
    """For a thread of its own, until told to stop."""
    while not stop.wait(EVERY_S):
        try:
            parts.newest.keep_up()
        except Exception as error:  # noqa: BLE001 - the next question does it, and says so
            log("console_not_ahead", error=f"{type(error).__name__}: {error}")
