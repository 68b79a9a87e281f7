"""What every store does with accounts, projects, keys, limits and standing."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest
from tests.store.house import AT, WHO, Factory, House, Rules, snapshot

from stillhouse.ledger.entries import check
from stillhouse.ledger.ports import ConflictError, NotFoundError, Store
from stillhouse.tenants import Limits, Standing
from stillhouse.units.instant import Instant


class TenantRules(Rules):
    """Part of `Conformance`."""

    def test_what_was_created_is_found_by_name_and_by_id(self, store: Store) -> None:
        account = store.create_account("Acme Ltd", at=AT, actor=WHO)
        project = store.create_project("web", account=account.id, at=AT, actor=WHO)

        assert account == store.find_account("Acme Ltd") == store.find_account(account.id)
        assert project == store.find_project("web", account=account.id)
        assert project == store.find_project(project.id, account="Acme Ltd")

    def test_an_account_name_is_taken_once_and_the_refusal_names_its_holder(
        self, store: Store
    ) -> None:
        first = store.create_account("Acme", at=AT, actor=WHO)

        with pytest.raises(ConflictError, match=f"an account called Acme exists: {first.id}"):
            store.create_account("Acme", at=AT, actor=WHO)
        assert {first.id: first} == store.directory().accounts

    def test_what_an_account_pays_with_is_set_and_taken_away_each_by_one_entry(
        self, store: Store
    ) -> None:
        account = store.create_account("Acme", at=AT, actor=WHO)
        before = store.version()
        for _ in range(2):
            paid = store.set_payment(account.id, "a hash", at=AT, actor=WHO)
        assert replace(account, payment="a hash") == paid == store.find_account(account.id)
        assert before + 1 == store.version()

        assert account == store.set_payment("Acme", "", at=AT, actor=WHO)
        assert ["payment", "payment"] == [e.kind for e in store.entries()][1:]

    def test_two_accounts_may_each_have_a_project_of_the_same_name(self, store: Store) -> None:
        one, two = (store.create_account(name, at=AT, actor=WHO) for name in ("one", "two"))
        project = store.create_project("web", account=one.id, at=AT, actor=WHO)

        assert project.id != store.create_project("web", account=two.id, at=AT, actor=WHO).id
        with pytest.raises(ConflictError, match="web"):
            store.create_project("web", account=one.id, at=AT, actor=WHO)

    @pytest.mark.parametrize(
        "name", ["", " ", " a", "a\n", "a\x00b", "x" * 201, "acct_1", "\udcff"]
    )
    def test_a_name_that_nobody_could_read_or_tell_from_an_id_is_refused(
        self, store: Store, name: str
    ) -> None:
        with pytest.raises(ConflictError, match="name"):
            store.create_account(name, at=AT, actor=WHO)
        assert [] == list(store.entries())

    def test_text_of_an_attack_is_a_name_like_any_other(self, store: Store) -> None:
        name = "Robert'); DROP TABLE accounts;--"
        account = store.create_account(name, at=AT, actor=WHO)

        assert account == store.find_account(name)

    @pytest.mark.parametrize(
        "attempt",
        [
            lambda store, _: store.find_account("nobody"),
            lambda store, account: store.find_project("nobody", account=account),
            lambda store, _: Rules.new_key(store, "nobody"),
            lambda store, account: Rules.new_key(store, account, project="nobody"),
            lambda store, _: store.revoke_key("nobody", when=AT, at=AT, actor=WHO),
            lambda store, _: store.remove_budget("nobody", at=AT, actor=WHO),
            lambda store, _: store.set_limits("project", "nobody", Limits(1), at=AT, actor=WHO),
        ],
    )
    def test_what_is_not_there_is_said_to_be_missing(
        self, store: Store, attempt: Callable[[Store, str], object]
    ) -> None:
        account = store.create_account("Acme", at=AT, actor=WHO)
        before = snapshot(store)

        with pytest.raises(NotFoundError, match="nobody"):
            attempt(store, account.id)
        assert before == snapshot(store)

    def test_a_key_belongs_to_the_default_project_unless_told_otherwise(self, store: Store) -> None:
        account = store.create_account("Acme", at=AT, actor=WHO)
        web = store.create_project("web", account=account.id, at=AT, actor=WHO)
        first, second = (self.new_key(store, account.id) for _ in range(2))

        assert "default" == store.directory().projects[first.project].name
        assert first.project == second.project
        assert web.id == self.new_key(store, account.id, project=web.id).project

    def test_a_key_never_lands_in_another_accounts_project(self, store: Store) -> None:
        one, two = (store.create_account(name, at=AT, actor=WHO) for name in ("one", "two"))
        project = store.create_project("web", account=one.id, at=AT, actor=WHO)

        with pytest.raises(NotFoundError):
            self.new_key(store, two.id, project=project.id)

    def test_the_directory_says_all_that_was_written(self, store: Store) -> None:
        account = store.create_account("Acme", at=AT, actor=WHO)
        key = self.new_key(
            store,
            account.id,
            name="laptop",
            models=["b", "a"],
            expires_at=Instant(AT + 5),
        )
        limits = Limits(requests_per_minute=1, tokens_per_minute=2, concurrent=3)
        for scope, ident in (
            ("account", account.id),
            ("project", key.project),
            ("key", key.id),
        ):
            store.set_limits(scope, ident, limits, at=AT, actor=WHO)  # type: ignore[arg-type]
        payer = store.directory().find(key.digest)

        assert payer is not None
        assert replace(key, limits=limits) == payer.key
        assert frozenset({"a", "b"}) == payer.key.models
        assert [limits] * 3 == [found for _, _, found in payer.limits]

    def test_two_keys_never_share_a_secret(self, store: Store) -> None:
        account = store.create_account("Acme", at=AT, actor=WHO)
        self.new_key(store, account.id, digest=bytes(32))

        with pytest.raises(ConflictError, match="secret"):
            self.new_key(store, account.id, digest=bytes(32))

    def test_a_secret_itself_is_refused_where_its_digest_belongs(self, store: Store) -> None:
        account = store.create_account("Acme", at=AT, actor=WHO)

        with pytest.raises(ConflictError, match="digest"):
            self.new_key(store, account.id, digest=b"sk-sh-" + bytes(64))

    def test_the_earlier_of_two_revocations_holds(self, house: House) -> None:
        early, late = Instant(AT + 10), Instant(AT + 20)
        revoke = house.store.revoke_key

        assert late == revoke(house.key.id, when=late, at=AT, actor=WHO).revoked_at
        assert early == revoke(house.key.id, when=early, at=AT, actor=WHO).revoked_at
        assert early == revoke(house.key.id, when=late, at=AT, actor=WHO).revoked_at
        assert early == house.store.directory().keys[house.key.id].revoked_at

    def test_standing_changes_with_a_reason_and_leaves_both_in_the_ledger(
        self, house: House
    ) -> None:
        after = house.store.set_standing(
            house.account.id, Standing.SUSPENDED, reason="unpaid", at=AT, actor=WHO
        )
        last = list(house.store.entries())[-1]

        assert (Standing.SUSPENDED, "unpaid") == (after.standing, after.reason)
        assert after == house.store.find_account("Acme")
        assert ("standing", WHO) == (last.kind, last.actor)
        assert {
            "account": house.account.id,
            "from": "active",
            "to": "suspended",
            "reason": "unpaid",
        } == last.body

    def test_standing_never_changes_without_a_reason(self, house: House) -> None:
        with pytest.raises(ConflictError, match="reason"):
            house.store.set_standing(
                house.account.id, Standing.SUSPENDED, reason=" ", at=AT, actor=WHO
            )
        assert Standing.ACTIVE == house.store.find_account("Acme").standing

    def test_every_change_of_control_state_is_a_new_version_and_an_entry(
        self, factory: Factory, house: House
    ) -> None:
        store, key = house.store, house.key
        budget = house.budget(5)
        changes: list[Callable[[], object]] = [
            lambda: store.create_account("other", at=AT, actor=WHO),
            lambda: store.create_project("web", account=house.account.id, at=AT, actor=WHO),
            lambda: self.new_key(store, house.account.id),
            lambda: store.revoke_key(key.id, when=AT, at=AT, actor=WHO),
            lambda: store.set_limits("key", key.id, Limits(concurrent=1), at=AT, actor=WHO),
            lambda: house.budget(6),
            lambda: store.remove_budget(budget.id, at=AT, actor=WHO),
            lambda: store.set_standing(
                house.account.id, Standing.RESTRICTED, reason="r", at=AT, actor=WHO
            ),
        ]
        with closing(factory()) as elsewhere:
            for change in changes:
                version, count = elsewhere.version(), len(list(elsewhere.entries()))
                change()

                assert version < elsewhere.version() == elsewhere.directory().version
                assert count < len(list(elsewhere.entries()))
            assert check(elsewhere.entries()) is None

    def test_entries_can_be_read_from_any_place(self, house: House) -> None:
        everything = list(house.store.entries())

        assert list(range(1, len(everything) + 1)) == [e.number for e in everything]
        for place in range(len(everything) + 1):
            assert everything[place:] == list(house.store.entries(after=place))
