"""Service tiers by their many names."""

import pytest

from stillhouse.wire.tiers import PLAIN, STANDARD, tier


@pytest.mark.parametrize("said", ["default", "standard", "standard_only", "on_demand"])
def test_the_ordinary_tier_has_several_names(said: str) -> None:
    assert STANDARD == tier(said)
    assert said in PLAIN


@pytest.mark.parametrize("said", [None, "auto", ""])
def test_to_say_nothing_leaves_it_to_the_provider(said: str | None) -> None:
    assert tier(said) is None
    assert said in PLAIN


@pytest.mark.parametrize("said", ["flex", "priority", "batch", "anything"])
def test_every_other_tier_is_itself(said: str) -> None:
    assert said == tier(said)
    assert said not in PLAIN
