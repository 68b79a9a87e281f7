"""Dev and test share no source, no word list, and next to no prompt."""

from random import Random

import pytest
from bench.guard import collectors, words
from bench.guard.sources import BY_SPLIT, DATA, complaint, musing, texts
from bench.guard.words import Split, half

PUBLIC_OVERLAP = 0.001
"""share of prompts that two public sources may happen to have in common: everybody's card breaks"""


def normal(text: str) -> str:
    return " ".join(text.lower().split()).strip(" .?!")


def test_no_source_is_in_both() -> None:
    assert not set(BY_SPLIT["dev"]) & set(BY_SPLIT["test"])
    assert not set(collectors.SOURCES["dev"]) & set(collectors.SOURCES["test"])
    assert not set(collectors.WRAPPERS["dev"]) & set(collectors.WRAPPERS["test"])


@pytest.mark.parametrize(
    "name", ["TOPICS", "THINGS", "TASKS", "MATTERS", "GOODS", "MUSINGS", "AUDIENCES", "PEOPLE"]
)
def test_no_word_list_is_shared(name: str) -> None:
    items = getattr(words, name)

    assert not set(half(items, "dev")) & set(half(items, "test"))


def test_our_own_generators_write_nothing_twice() -> None:
    def written(split: Split) -> set[str]:
        ours = [s for s in collectors.SOURCES[split] if s in collectors.GRIDS]
        makers = (complaint, musing, *(collectors.GRIDS[source] for source in ours))
        return {normal(make(Random(n), split)) for make in makers for n in range(200)}

    assert not written("dev") & written("test")


def test_public_sources_have_next_to_nothing_in_common() -> None:
    if not DATA.is_dir():
        pytest.skip("../shared/data is not here: the texts are not in the project")
    of = {
        split: {normal(t) for name in names for each in texts(name).values() for t in each}
        for split, names in BY_SPLIT.items()
    }

    assert len(of["dev"] & of["test"]) <= PUBLIC_OVERLAP * len(of["test"])
