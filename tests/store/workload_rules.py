"""What every store does with decisions about workloads."""

from contextlib import closing

import pytest
from tests.store.house import AT, WHO, Factory, House, Rules

from stillhouse.ledger.entries import check
from stillhouse.ledger.ports import ConflictError, NotFoundError, Store, WorkloadRow


class WorkloadRules(Rules):
    """Part of `Conformance`."""

    def test_the_key_of_template_hashes_is_drawn_once_and_kept(
        self, store: Store, factory: Factory
    ) -> None:
        key = store.template_key()
        with closing(factory()) as other:
            assert key == other.template_key() == store.template_key()
        assert 32 == len(key)

    def test_a_default_reaches_the_payer_and_the_keys_own_stands_before_the_projects(
        self, house: House
    ) -> None:
        store, before = house.store, house.store.version()
        store.set_workload_default("project", house.key.project, "web", at=AT, actor=WHO)
        payer = store.directory().find(house.key.digest)
        assert payer is not None
        assert "web" == payer.workload
        store.set_workload_default("key", house.key.id, "batch", at=AT, actor=WHO)
        payer = store.directory().find(house.key.digest)
        assert payer is not None
        assert "batch" == payer.workload
        store.set_workload_default("key", house.key.id, "", at=AT, actor=WHO)
        payer = store.directory().find(house.key.digest)
        assert payer is not None

        assert "web" == payer.workload
        assert store.version() > before

    def test_a_default_for_nothing_or_without_a_proper_name_is_refused(self, house: House) -> None:
        with pytest.raises(NotFoundError, match="no project"):
            house.store.set_workload_default("project", "proj_none", "web", at=AT, actor=WHO)
        with pytest.raises(ConflictError, match="64 letters"):
            house.store.set_workload_default("key", house.key.id, "a b", at=AT, actor=WHO)

    def test_names_and_merges_are_entries_and_can_be_undone(self, house: House) -> None:
        store, account = house.store, house.account.id
        store.rename_workload(account, "t:1", "triage", at=AT, actor=WHO)
        store.merge_workload(account, "t:2", "t:1", at=AT, actor=WHO)
        store.merge_workload(account, "t:2", "t:1", at=AT, actor=WHO)
        merged = [WorkloadRow(account, "t:1", "triage"), WorkloadRow(account, "t:2", "", "t:1")]
        assert merged == store.workloads(account=account) == store.workloads()
        assert [] == store.workloads(account="acct_other")
        store.split_workload(account, "t:2", at=AT, actor=WHO)
        store.rename_workload(account, "t:1", "", at=AT, actor=WHO)

        assert [("", ""), ("", "")] == [(w.name, w.merged_into) for w in store.workloads()]
        assert [
            "workload_renamed",
            "workload_merged",
            "workload_split",
            "workload_renamed",
        ] == [e.kind for e in store.entries() if e.kind.startswith("workload")]
        assert check(store.entries()) is None

    def test_samples_of_answers_are_merged_as_the_caller_says(self, store: Store) -> None:
        entries = list(store.entries())
        store.add_answers({("a", "w"): "1", ("a", "x"): "5"}, str.__add__)
        store.add_answers({("a", "w"): "2"}, str.__add__)

        assert {("a", "w"): "12", ("a", "x"): "5"} == store.answers()
        assert entries == list(store.entries())

    def test_a_merge_never_makes_a_chain_or_a_circle(self, house: House) -> None:
        store, account = house.store, house.account.id
        store.merge_workload(account, "b", "a", at=AT, actor=WHO)
        for one, other in (("a", "a"), ("c", "b"), ("b", "c"), ("a", "c")):
            with pytest.raises(ConflictError):
                store.merge_workload(account, one, other, at=AT, actor=WHO)
        store.merge_workload(account, "c", "a", at=AT, actor=WHO)

        assert {"b": "a", "c": "a"} == {w.id: w.merged_into for w in store.workloads()}

    def test_what_contradicts_or_is_not_there_is_refused_and_changes_nothing(
        self, house: House
    ) -> None:
        store, account = house.store, house.account.id
        store.rename_workload(account, "t:1", "triage", at=AT, actor=WHO)
        before = list(store.entries())
        with pytest.raises(ConflictError, match="merge them"):
            store.rename_workload(account, "t:2", "triage", at=AT, actor=WHO)
        with pytest.raises(ConflictError, match="64 letters"):
            store.rename_workload(account, "t:2", "a b", at=AT, actor=WHO)
        with pytest.raises(NotFoundError, match="not merged"):
            store.split_workload(account, "t:1", at=AT, actor=WHO)
        with pytest.raises(NotFoundError, match="no account"):
            store.merge_workload("acct_none", "a", "b", at=AT, actor=WHO)

        assert before == list(store.entries())
