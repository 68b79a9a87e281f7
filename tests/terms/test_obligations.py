"""What must hold at release, kept or told; and names that no student can have."""

import pytest

from stillhouse.terms.obligations import Obligation, Release, check_release, collisions
from stillhouse.terms.student import Exposure

LLAMA = [
    Obligation("student_name_prefix", "Llama", "llama-3.1"),
    Obligation("display", "Built with Llama", "llama-3.1"),
    Obligation("ship_licence_copy", "", "llama-3.1"),
    Obligation("notice_file", "", "llama-3.1"),
    Obligation("confirm", "mau_le_700M_at_release", "llama-3.1"),
]
KEPT = Release(
    name="Llama-comments-1",
    exposure=Exposure.SOLD,
    displays=["Comments. Built with Llama."],
    notices=["llama-3.1"],
    licences=["llama-3.1"],
    confirmed=["llama-3.1:mau_le_700M_at_release"],
)


def unmet(release: Release, *obligations: Obligation) -> list[str]:
    return [str(missing.obligation) for missing in check_release(release, obligations)]


def test_a_release_that_keeps_everything_goes_out() -> None:
    assert [] == unmet(KEPT, *LLAMA)


def test_a_release_that_keeps_nothing_is_told_everything() -> None:
    bare = Release(name="comments-1", exposure=Exposure.SOLD)

    assert sorted(map(str, LLAMA)) == sorted(unmet(bare, *LLAMA))
    assert all(missing.fix for missing in check_release(bare, LLAMA))


@pytest.mark.parametrize(
    ("obligation", "release"),
    [
        (Obligation("flow_down", "", "gemma-1-3"), {"flows_down": ["gemma-1-3"]}),
        (Obligation("exposure", "internal", "x"), {"exposure": Exposure.INTERNAL}),
        (Obligation("noncommercial", "", "x"), {"commercial": False}),
        (Obligation("display", "Built with Qwen|Improved using Qwen", "q"),
         {"displays": ["Improved using Qwen"]}),
    ],
)  # fmt: skip
def test_each_obligation_is_kept_by_one_thing(
    obligation: Obligation, release: dict[str, object]
) -> None:
    bare: dict[str, object] = {"name": "x", "exposure": Exposure.SOLD}

    assert [str(obligation)] == unmet(Release(**bare), obligation)  # type: ignore[arg-type]
    assert [] == unmet(Release(**{**bare, **release}), obligation)  # type: ignore[arg-type]


def test_an_obligation_that_nobody_knows_is_never_kept() -> None:
    assert ["dance"] == unmet(KEPT, Obligation("dance", "", "x"))


def test_two_first_words_collide() -> None:
    clash = collisions(
        [*LLAMA, Obligation("student_name_prefix", "HyperCLOVA X", "hyperclova-x-seed")]
    )

    assert 1 == len(clash)
    assert "no name does both" in str(clash[0])


def test_one_first_word_twice_does_not() -> None:
    assert [] == collisions([*LLAMA, Obligation("student_name_prefix", "Llama", "llama-3.3")])
