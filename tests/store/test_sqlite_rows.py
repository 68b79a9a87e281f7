"""What is written to a row comes back as it was, also far beyond 64 bits."""

import sqlite3
from contextlib import closing
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.ledger.ports import Segment, Total
from stillhouse.store.sqlite_rows import (
    Row,
    segment_of,
    segment_row,
    tariff_of,
    tariff_row,
    total_of,
    total_row,
)
from stillhouse.tariff import tariff
from stillhouse.units.instant import Instant
from stillhouse.units.usage import METERS, Meter

wide = st.integers(0, 2**130)
counts = st.integers(0, 2**62)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


def through_sqlite(row: Row) -> Any:
    with closing(sqlite3.connect(":memory:")) as db:
        return db.execute(f"SELECT {', '.join('?' * len(row))}", row).fetchone()


totals = st.builds(
    Total,
    **dict.fromkeys(("day", "account", "project", "key", "deployment", "model"), texts),
    sale_tariff=texts,
    cost_tariff=texts,
    receipts=counts,
    usage=st.tuples(*[wide] * len(METERS)),
    charge=wide,
    cost=wide,
    unrated=counts,
)
segments = st.builds(
    Segment,
    id=texts,
    writer=counts,
    file=counts,
    path=texts,
    sha256=texts,
    size=counts,
    receipts=counts,
    seq_min=counts,
    seq_max=counts,
    charge=wide,
    cost=wide,
    sealed_at=counts,
    totals=st.just(()),
    spent=st.just({}),
)


@given(totals)
def test_totals(total: Total) -> None:
    assert total == total_of(through_sqlite(total_row(total)))


@given(segments)
def test_segments(segment: Segment) -> None:
    assert segment == segment_of(through_sqlite(segment_row(segment, at=Instant(1)))[:-1])


@given(st.dictionaries(st.sampled_from(Meter), wide), texts)
def test_tariffs(prices: dict[Meter, int], source: str) -> None:
    written = tariff(
        book="cost", model="m", valid_from=Instant(0), prices=prices, currency="IDR", source=source
    )

    assert written == tariff_of(through_sqlite(tariff_row(written, at=Instant(1)))[:-1])
