"""Live releases become what gateways divide by, over all that was merged into their workload."""

from typing import Any, cast

import msgspec
from tests.distill.test_release import AT, plan

from stillhouse.compose.splits import splits
from stillhouse.distill.release import Release, Terms, begun, moved
from stillhouse.gateway.routing import Way
from stillhouse.ledger.ports import WorkloadRow

WAY = cast("Way", object())


def release(ident: str, **changes: Any) -> Release:
    made = begun(plan(**changes), ident=ident, at=AT)
    return moved(made, "canary", share_bps=500, reason="", at=AT, forced=True)


def test_only_live_and_allowed_releases_of_a_known_student_divide() -> None:
    one = release("rel_1")
    back = moved(release("rel_2", workload="v"), "rolled_back", reason="", at=AT)
    denied = msgspec.structs.replace(release("rel_3", workload="u"), terms=Terms())
    away = release("rel_4", workload="t", student="gone")
    merged = [WorkloadRow("a", "t:1", merged_into="w"), WorkloadRow("b", "t:2", merged_into="w")]

    found = splits([one, back, denied, away], {"s": WAY}, merged, b"key")

    assert {("a", "gpt-4o", "w"), ("a", "gpt-4o", "t:1")} == set(found)
    split = found["a", "gpt-4o", "w"]
    assert (WAY, 500, "rel_1", 32) == (
        split.student, split.share_bps, split.release, len(split.salt),
    )  # fmt: skip


def test_each_release_has_a_salt_of_its_own() -> None:
    one = splits([release("rel_1")], {"s": WAY}, [], b"key")
    other = splits([release("rel_2")], {"s": WAY}, [], b"key")
    third = splits([release("rel_1")], {"s": WAY}, [], b"other")

    assert 3 == len({next(iter(each.values())).salt for each in (one, other, third)})
