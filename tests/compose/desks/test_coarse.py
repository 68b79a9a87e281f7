"""All accounts at once, coarsely: every sum is kept, only the dearest workloads are apart."""

import pytest
from tests.console.real import SALE, Real

from stillhouse.compose.desks import coarse
from stillhouse.compose.desks.coarse import OTHERS, Coarse
from stillhouse.compose.explain import BY


def test_nothing_is_lost_in_the_others(real: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coarse, "WORKLOADS_APART", 2)
    for count, workload in ((5, "a"), (4, "b"), (3, "c"), (2, ""), (1, "d")):
        for account in (real.alice, real.bob):
            real.seal(
                real.receipts(count, account=account, writer=real.writer(), workload=workload)
            )
    first, last = "2026-11-01", "2026-11-30"
    whole = real.parts.newest.asked(["sale_tariff", "model"], first=first, last=last)
    asked = Coarse(real.parts.newest)
    rows = asked(BY, first=first, last=last)
    by_key = asked(["key", "sale_tariff"], first=first, last=last)
    by = {row.keys[list(BY).index("workload")]: row.charge for row in rows}

    assert {"a": 10_000_000, "b": 8_000_000, OTHERS: 12_000_000} == by
    assert [(30, 30_000_000)] == [(r.receipts, r.charge) for r in whole]
    assert sum(r.usage[0] for r in rows) == whole[0].usage[0]
    assert [(("", SALE.id), 30_000_000)] == [(r.keys, r.charge) for r in by_key]


def test_what_is_not_about_workloads_is_asked_as_it_is(real: Real) -> None:
    real.seal(real.receipts(1, account=real.alice, writer=real.writer()))
    asked = Coarse(real.parts.newest)

    assert [("2026-11-23",)] == [
        r.keys for r in asked(["day"], first="2026-11-01", last="2026-11-30")
    ]
