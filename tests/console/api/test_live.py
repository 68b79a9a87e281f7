"""The newest figures: of the last seconds, of what one may see."""

from tests.console.real import Real

from stillhouse.console.roles import Role
from stillhouse.units.instant import SECOND, Instant


def test_calls_errors_and_flights_of_the_last_seconds(real: Real) -> None:
    writer = real.writer()
    good = real.receipts(4, account=real.alice, writer=writer, settled_at=real.now)
    bad = real.receipts(1, account=real.bob, writer=writer, settled_at=real.now, outcome="timeout")
    flying = real.receipts(1, account=real.bob, writer=writer)
    with real.journal([*good, *bad], flying=flying):
        real.now = Instant(real.now + 2 * SECOND)
        owner, member = real.machine(Role.OWNER), real.machine(Role.MEMBER, real.alice.id)
        seen, own = (c.get("/api/v1/live/now").json() for c in (owner, member))

    assert (5, 1, 1) == (seen["calls"], seen["errors"], seen["in_flight"])
    assert (4, 0, 0) == (own["calls"], own["errors"], own["in_flight"])
    assert "0.000005000000" == seen["charge"]
