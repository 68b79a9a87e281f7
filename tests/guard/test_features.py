"""Features of a window: each says what its name says, and all are bounded and finite."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.guard.traffic import call, desk, harvest, see

from stillhouse.guard.features import FEATURES, WINDOW, Sight, features
from stillhouse.guard.signals import Call, Signal

SHARES = [
    "spread",
    "apart",
    "new",
    "elicits",
    "unanswered",
    "taken_apart",
    "orders",
    "breeds",
    "taken_orders",
    "taken_breeds",
    "taken_grades",
]


def of(calls: list[Call], **more: bool) -> dict[str, float]:
    again, answered = more.get("again", False), more.get("answered", False)
    sights = [Sight(s, again=again, answered=answered) for s in see(calls)]
    return dict(zip(FEATURES, features(sights), strict=True))


def test_a_harvest_is_more_of_everything_than_a_help_desk() -> None:
    collects, serves = of(harvest("a", seed=1)[:WINDOW]), of(desk("b", seed=1)[:WINDOW])

    for name in ("elicits", "orders", "unanswered", "gain", "taken_apart", "taken_orders"):
        assert collects[name] > serves[name], name


def test_one_prompt_sent_fifty_times_is_nothing_new() -> None:
    same = of([call("a", n, "What is the weather like today?") for n in range(WINDOW)])

    assert same["apart"] == same["spread"] == 0


def test_words_of_a_wrapper_are_not_contents() -> None:
    wrapped = of([call("a", n, f"Please sort the thing named {chr(97 + n % 26) * 3}{n // 26 * 'z'}")
                  for n in range(WINDOW)])  # fmt: skip

    assert wrapped["spread"] > 0.9


def test_what_was_answered_back_to_is_not_taken() -> None:
    calls = harvest("a", seed=1)[:WINDOW]

    assert of(calls)["taken_elicited"] == 1
    assert of(calls, answered=True)["taken_elicited"] == 0
    assert of(calls, again=True)["taken_elicited"] == 0


def test_unknown_tokens_are_unknown() -> None:
    found = of([call("a", n, f"thing {n}") for n in range(WINDOW)])

    assert {"gain", "taken_spread"} == {name for name, value in found.items() if math.isnan(value)}


def test_an_order_counts_once_wherever_it_stands() -> None:
    def found(text: Callable[[int], str]) -> dict[str, float]:
        return of([call("a", n, text(n), output_tokens=200) for n in range(WINDOW)])

    orders = found(lambda n: f"Write a poem on {'x' * n}.\n\n{n}")
    inside = found(lambda n: f"Rate the answer.\nQuestion: Write a poem on {'x' * n}.\nAnswer: Ho.")
    asked = found(lambda n: f"What happens to {'x' * n}?")
    same = found(lambda n: f"Rate the answer.\n\n{'x' * n}")

    assert orders["orders"] == inside["orders"] == 1
    assert orders["taken_orders"] > 0.1
    assert asked["orders"] == 0
    assert same["orders"] == 1 / WINDOW


signals = st.builds(
    Signal,
    id=st.just("c"),
    at=st.integers(0, 10**15),
    account=st.just("a"),
    model=st.just("m"),
    prompt=st.integers(0, 3),
    opening=st.integers(0, 3),
    flags=st.integers(0, 2**22 - 1),
    words=st.integers(0, 500),
    lines=st.integers(0, 50),
    input_tokens=st.integers(0, 10**6),
    output_tokens=st.integers(-1, 10**6),
    orders=st.lists(st.integers(0, 9), max_size=3).map(tuple),
    sketch=st.lists(st.integers(0, 30), unique=True, max_size=16).map(lambda v: tuple(sorted(v))),
)


@settings(max_examples=60)
@given(st.lists(st.builds(Sight, signals, st.booleans(), st.booleans()), min_size=2, max_size=50))
def test_whatever_the_calls_numbers_are_finite_and_shares_are_shares(sights: list[Sight]) -> None:
    found = dict(zip(FEATURES, features(sights), strict=True))

    assert not any(math.isinf(value) for value in found.values())
    for name in SHARES:
        assert math.isnan(found[name]) or -1e-9 <= found[name] <= 1 + 1e-9


@pytest.mark.parametrize("name", ["client", "network", "payment", "user", "key", "id", "account"])
def test_what_links_accounts_is_no_feature(name: str) -> None:
    """Scored on contents, linked on infrastructure."""
    import msgspec  # noqa: PLC0415

    sights = [Sight(s, again=False, answered=False) for s in see(harvest("a", seed=3)[:WINDOW])]
    other = "other" if isinstance(getattr(sights[0].signal, name), str) else 77
    changed = [
        Sight(msgspec.structs.replace(s.signal, **{name: other}), again=False, answered=False)
        for s in sights
    ]

    assert features(sights) == features(changed)
