"""Once a minute, and when something changed: what the terms forbid now is rolled back."""

from contextlib import closing
from pathlib import Path

import pytest
from tests.compose.test_releases import NOW, house
from tests.store.test_sqlite_releases import WHO, plan
from tests.students import OPEN, OPENAI, written

from stillhouse.compose.chores import Chores
from stillhouse.compose.stores import open_store


def test_a_release_that_the_terms_forbid_now_is_rolled_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = written(tmp_path / "s", taught=(OPEN,))
    with closing(open_store(tmp_path / "data", create=True)) as store:
        release = store.begin_release(plan(store, artefact=of.id), at=NOW, actor=WHO)
        look = Chores(house(tmp_path / "s"), store)
        look.look(NOW)
        assert store.release(release.id).live
        written(tmp_path / "s", taught=(OPENAI,))
        look.look(NOW)
        assert store.release(release.id).live, "a minute is not over"
        monkeypatch.setattr("time.monotonic", lambda: 1e12)
        look.look(NOW)

        assert "rolled_back" == store.release(release.id).stage
