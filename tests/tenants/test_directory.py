"""A key's payer is all that its calls must pass, in order, and nothing of anybody else."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.tenants import Account, Budget, Directory, Key, Limits, Project, Scope
from stillhouse.units.instant import Instant
from stillhouse.units.money import Pico

ONE, TWO = Account("acct_1", "one"), Account("acct_2", "two", limits=Limits(concurrent=2))
PROJECTS = [Project("proj_1", "acct_1", "web"), Project("proj_2", "acct_2", "web")]


def key(number: int, **other: Any) -> Key:
    made = Key(
        id=f"key_{number}",
        account=f"acct_{number}",
        project=f"proj_{number}",
        digest=bytes([number]) * 32,
        hint="",
        created_at=Instant(0),
    )
    return replace(made, **other)


def budget(scope: Scope, scope_id: str) -> Budget:
    return Budget(f"bud_{scope_id}", scope, scope_id, "month", Pico(1), hard=True)


BUDGETS = [
    budget("key", "key_1"),
    budget("project", "proj_1"),
    budget("account", "acct_1"),
    budget("account", "acct_2"),
]
KEYS = [key(1, limits=Limits(requests_per_minute=1)), key(2)]


def directory() -> Directory:
    return Directory(accounts=[ONE, TWO], projects=PROJECTS, keys=KEYS, budgets=BUDGETS, version=7)


def test_a_payer_has_the_budgets_and_limits_of_its_own_path_alone() -> None:
    first, second = directory().find(bytes([1]) * 32), directory().find(bytes([2]) * 32)
    assert first is not None
    assert second is not None

    assert (ONE, PROJECTS[0], KEYS[0]) == (first.account, first.project, first.key)
    assert ["account", "project", "key"] == [b.scope for b in first.budgets]
    assert (("key", "key_1", Limits(requests_per_minute=1)),) == first.limits
    assert ["bud_acct_2"] == [b.id for b in second.budgets]
    assert (("account", "acct_2", Limits(concurrent=2)),) == second.limits


@given(st.binary(max_size=40))
def test_no_part_of_a_digest_finds_a_key(given: bytes) -> None:
    whole = bytes([1]) * 32
    known = directory()

    assert (given in {bytes([n]) * 32 for n in (1, 2)}) == (known.find(given) is not None)
    for length in (0, 16, 20, 31):
        assert known.find(whole[:length]) is None
    assert known.find(whole + b"\1") is None


def test_budgets_of_a_path_are_those_that_a_charge_is_posted_to() -> None:
    found = directory().budgets_of(account="acct_1", project="proj_1", key="key_1")
    other = directory().budgets_of(account="acct_2", project="proj_2", key="key_2")

    assert {"bud_acct_1", "bud_proj_1", "bud_key_1"} == {b.id for b in found}
    assert ["bud_acct_2"] == [b.id for b in other]


def test_a_key_of_nobody_is_a_bug_and_not_a_key_without_limits() -> None:
    with pytest.raises(KeyError):
        Directory(accounts=[ONE], projects=PROJECTS, keys=[key(2)])
