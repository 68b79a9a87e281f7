"""Cases in a console's house, as guard would have opened them."""

from typing import Any

import msgspec
from tests.console.real import Real
from tests.guard.cases import evidence
from tests.guard.findings import STRONG, finding

from stillhouse.compose import cases
from stillhouse.guard.bundle import Bundle, digest, text_of
from stillhouse.guard.case import Case
from stillhouse.guard.decisions import found
from stillhouse.guard.finding import LEVELS, Crossing
from stillhouse.guard.ladder import Links, reached
from stillhouse.units.instant import Instant


def opened(real: Real, *accounts: str, e_value: float = 2e5, **more: Any) -> Case:
    owners = accounts or (real.alice.id,)
    crossings = tuple(
        Crossing(level=level, call=call, at=1, id=f"w1-{call}")
        for (level, least), call in zip(LEVELS.items(), (90, 150, 240, 330, 400), strict=True)
        if e_value >= least
    )
    links = (msgspec.structs.replace(STRONG, accounts=owners),) if len(owners) > 1 else ()
    made = finding(e_value, *owners, calls=412, crossings=crossings, links=links)
    text = text_of(Bundle(version="1", calibration="c", finding=made, signals=()))
    at = Instant(real.now - 60_000_000)
    seen = evidence(
        e_value,
        at=at,
        level=reached(e_value),
        bundle=digest(text),
        links=Links.CONFIRMED if len(owners) > 1 else Links.SINGLE,
        **more,
    )
    events = found(None, cases.new_id(), owners, seen)
    case = cases.write(real.parts.store, None, events, bundles={digest(text): text})
    assert case is not None
    return case
