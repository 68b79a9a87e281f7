"""What every store does with what guard sees and decides."""

from dataclasses import replace
from typing import cast

import pytest
from tests.store.house import AT, WHO, House, Rules

from stillhouse.compose.stores import WholeStore
from stillhouse.guard.ports import Declared, Event, Stand
from stillhouse.ledger.entries import check
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.tenants import Standing
from stillhouse.units.instant import Instant

LATER = Instant(AT + 72 * 3_600_000_000)


def whole(house: House) -> WholeStore:
    """The whole store: guard's part is no part of the ledger's own port."""
    return cast("WholeStore", house.store)


def opened(house: House, *, case: str = "case_1", account: str | None = None) -> Event:
    accounts = [account or house.account.id]
    return Event("case_opened", AT, {"case": case, "accounts": accounts}, "guard")


def step(level: str, *, case: str = "case_1", actor: str = "guard") -> Event:
    return Event("case_step", AT, {"case": case, "level": level}, actor)


class CaseRules(Rules):
    """Part of `Conformance`."""

    def throttled(self, house: House) -> int:
        stand = Stand(house.account.id, Standing.RESTRICTED, "harvest", LATER, notice=True)
        entries = whole(house).write_case(
            "case_1", [opened(house), step("throttle")], last=0, stands=[stand]
        )
        return entries[-1].number

    def test_signals_are_kept_in_order_and_of_each_account_the_newest_few(
        self, house: House
    ) -> None:
        store = whole(house)
        store.add_signals(("acct_a", Instant(n), b"%d" % n) for n in range(1_500))
        store.add_signals([("acct_b", AT, b"b")])
        found = store.signals()
        kept = [signal for _, account, signal in found if account == "acct_a"]

        assert [b"%d" % n for n in range(1_500 - len(kept), 1_500)] == kept
        assert 1_024 == len(kept)
        assert [(found[-1][0], "acct_b", b"b")] == store.signals(after=found[-2][0])
        assert [] == store.signals(after=found[-1][0])

    def test_of_each_subject_the_newest_finding_is_kept(self, house: House) -> None:
        whole(house).keep_findings({"a": "1", "b": "1"}, at=AT)
        whole(house).keep_findings({"a": "2"}, at=LATER)

        assert {"a": (LATER, "2"), "b": (AT, "1")} == whole(house).findings()

    def test_a_case_is_its_entries_in_the_one_chain(self, house: House) -> None:
        store = whole(house)
        self.throttled(house)
        store.create_account("other", at=AT, actor=WHO)

        assert ["case_opened", "case_step"] == [e.kind for e in store.case_entries("case_1")]
        assert ["case_1"] == store.cases() == store.cases(account=house.account.id)
        assert [] == store.cases(account="acct_none")
        assert None is check(store.entries())
        with pytest.raises(NotFoundError, match="guard cases"):
            store.case_entries("case_9")

    def test_a_case_changes_the_standing_of_its_accounts_with_its_own_entry(
        self, house: House
    ) -> None:
        before = whole(house).version()
        self.throttled(house)
        account = whole(house).find_account(house.account.id)
        last = list(whole(house).entries())[-1]

        assert (Standing.RESTRICTED, "harvest", LATER) == (
            account.standing,
            account.reason,
            account.until,
        )
        assert ("case_1", "case_1") == (account.case, account.notice)
        assert Standing.RESTRICTED == account.stands(AT)
        assert Standing.ACTIVE == account.stands(LATER)
        assert ("standing", "case_1") == (last.kind, last.body["case"])
        assert whole(house).version() > before

    def test_who_read_the_case_before_somebody_else_wrote_is_refused_and_changes_nothing(
        self, house: House
    ) -> None:
        store, last = whole(house), self.throttled(house)
        store.write_case("case_1", [step("notice")], last=last)
        count = len(list(store.entries()))
        stand = Stand(house.account.id, Standing.SUSPENDED, "both", notice=True)

        with pytest.raises(ConflictError, match="look at it again"):
            store.write_case("case_1", [step("suspend")], last=last, stands=[stand])
        assert count == len(list(store.entries()))
        assert Standing.RESTRICTED == store.find_account(house.account.id).standing

    def test_one_command_takes_back_all_that_a_case_did(self, house: House) -> None:
        last = self.throttled(house)
        back = Stand(house.account.id, Standing.ACTIVE, "lifted")
        whole(house).write_case("case_1", [step("note", actor=WHO)], last=last, stands=[back])
        account = whole(house).find_account(house.account.id)

        assert (Standing.ACTIVE, None, "", "") == (
            account.standing,
            account.until,
            account.case,
            account.notice,
        )

    def test_what_an_operator_did_by_hand_a_case_neither_loosens_nor_takes_back(
        self, house: House
    ) -> None:
        store, account = whole(house), house.account.id
        store.set_standing(account, Standing.SUSPENDED, reason="unpaid", at=AT, actor=WHO)
        last = self.throttled(house)
        back = Stand(account, Standing.ACTIVE, "lifted")
        store.write_case("case_1", [step("note")], last=last, stands=[back])

        found = store.find_account(account)
        assert (Standing.SUSPENDED, "unpaid", "") == (found.standing, found.reason, found.case)

    def test_an_operator_who_sets_a_standing_takes_it_from_the_case(self, house: House) -> None:
        self.throttled(house)
        found = whole(house).set_standing(
            house.account.id, Standing.ACTIVE, reason="a mistake", at=AT, actor=WHO
        )

        assert (None, "", "case_1") == (found.until, found.case, found.notice)

    def test_a_declared_purpose_is_an_entry_and_the_newest_one_counts(self, house: House) -> None:
        store, account = whole(house), house.account.id
        first = Declared(account, "evaluation", 500, LATER, "ada")
        store.declare_purpose(first, reason="nightly runs", at=AT, actor=WHO)
        more = Declared(account, "evaluation", 900, LATER, "ben")
        store.declare_purpose(more, reason="more of them", at=AT, actor=WHO)
        last = list(store.entries())[-1]

        assert {account: more} == store.purposes()
        assert ("purpose_declared", 900) == (last.kind, last.body["calls_a_day"])

    def test_a_purpose_without_an_end_a_name_or_an_account_is_refused(self, house: House) -> None:
        good = Declared(house.account.id, "evaluation", 500, LATER, "ada")
        for bad in (
            replace(good, calls_a_day=0),
            replace(good, until=AT),
            replace(good, agreed_by=" "),
        ):
            with pytest.raises(ConflictError):
                whole(house).declare_purpose(bad, reason="nightly", at=AT, actor=WHO)
        with pytest.raises(NotFoundError):
            whole(house).declare_purpose(
                replace(good, account="acct_none"), reason="nightly", at=AT, actor=WHO
            )

        assert {} == whole(house).purposes()

    def test_who_is_suspended_by_a_case_is_told_with_it_and_who_is_by_hand_is_not(
        self, house: House
    ) -> None:
        store, account = whole(house), house.account.id
        store.set_standing(account, Standing.SUSPENDED, reason="unpaid", at=AT, actor=WHO)
        assert {} == store.suspended()
        store.set_standing(account, Standing.ACTIVE, reason="paid", at=AT, actor=WHO)
        stand = Stand(account, Standing.SUSPENDED, "both", notice=True)
        store.write_case("case_1", [opened(house)], last=0, stands=[stand])

        assert {account: "case_1"} == store.suspended()

    def test_bundles_are_kept_once_and_found_by_digest(self, house: House) -> None:
        entries = whole(house).write_case("case_1", [opened(house)], last=0, bundles={"d1": "{}"})
        whole(house).write_case(
            "case_1", [step("notice")], last=entries[-1].number, bundles={"d1": "{}", "d2": "[]"}
        )

        assert ("{}", "[]") == (whole(house).bundle("d1"), whole(house).bundle("d2"))
        with pytest.raises(NotFoundError, match="no evidence bundle"):
            whole(house).bundle("d3")

    def test_a_case_of_an_unknown_account_is_refused_whole(self, house: House) -> None:
        with pytest.raises(NotFoundError, match="no account"):
            whole(house).write_case("case_1", [opened(house, account="acct_none")], last=0)
        assert [] == whole(house).cases()
