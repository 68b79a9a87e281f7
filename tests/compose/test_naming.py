"""Ids become names; what has none says what it is."""

from pathlib import Path

from tests.compose.sales import WHO, Sales, at

from stillhouse.compose.naming import Naming

NOW = at("2026-11-05")


def test_names_follow_decisions_and_accounts_stay_apart(tmp_path: Path) -> None:
    sales = Sales.found(tmp_path / "data")
    one, two = sales.account("one"), sales.account("two")
    sales.store.rename_workload(one, "t:1", "triage", at=NOW, actor=WHO)
    sales.store.merge_workload(one, "t:2", "t:1", at=NOW, actor=WHO)
    alone, both = Naming(sales.store, several=False), Naming(sales.store, several=True)

    assert alone.key(one, "t:2") == alone.key(one, "t:1") != alone.key(two, "t:1")
    assert "triage" == alone.said(alone.key(one, "t:2"))
    assert "triage (one)" == both.said(both.key(one, "t:1"))
    assert "t:2 (two)" == both.said(both.key(two, "t:2"))
    assert "(no template)" == alone.said(alone.key(one, ""))
    assert ("one", "default", "(none)", "m") == (
        alone.of("account", one),
        alone.of("project", sales.keys[one][0]),
        alone.of("cohort", ""),
        alone.of("model", "m"),
    )
    sales.close()
