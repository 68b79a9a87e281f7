"""SQLite keeps decisions about workloads; the rules are in `workload_rules`."""

from contextlib import closing
from pathlib import Path

from stillhouse.store.sqlite import SQLiteStore


def test_another_data_folder_has_another_key_and_none_is_in_the_entries(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with (
        closing(SQLiteStore(tmp_path / "a" / "s.sqlite")) as one,
        closing(SQLiteStore(tmp_path / "b" / "s.sqlite")) as two,
    ):
        assert one.template_key() != two.template_key()
        assert [] == list(one.entries())
