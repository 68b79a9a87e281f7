"""A saving is entered once for each figure; an entry says how much more it is than the last."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tests.store.test_sqlite_releases import AT, WHO, plan

from stillhouse.billing.saving import Saving
from stillhouse.compose.stores import open_store
from stillhouse.ledger.entries import check


def test_each_new_figure_is_one_entry(tmp_path: Path) -> None:
    with closing(open_store(tmp_path, create=True)) as store:
        release = store.begin_release(plan(store), at=AT, actor=WHO)
        first = Saving(
            *(release.id, "a", "w", "gpt-4o", "s", "2026-11", 10, 2**64, 5),
            currency="USD",
        )
        more = replace(first, calls=11, would_have=2**64 + 3)

        assert [True, False, True, False] == [
            store.book_saving(each, at=AT) for each in (first, first, more, more)
        ]
        told = [e.body for e in store.entries() if e.kind == "saving"]
        assert [str(2**64 - 5), "3"] == [body["more"] for body in told]
        assert str(2**64 - 2) == told[-1]["saved"]
        assert check(store.entries()) is None
