"""Labels that took the place of others midway are found; an order of labels is not a change."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.distill.renamed import Change, change, partners, sorted_by_label


def labels(many: int, names: str, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [rng.choice(names) for _ in range(many)]


def test_a_change_is_found_where_it_was() -> None:
    found = change([*labels(300, "abc", 1), *labels(200, "abX", 2)])

    assert found is not None
    assert (frozenset("c"), frozenset("X")) == (found.old, found.new)
    assert 280 < found.at <= 305


def test_every_label_may_have_changed() -> None:
    found = change([*labels(300, "abc", 1), *labels(300, "XYZ", 2)])

    assert Change(300, frozenset("abc"), frozenset("XYZ")) == found


@given(st.integers(0, 50))
def test_labels_that_stay_are_no_change(seed: int) -> None:
    assert change(labels(400, "abcdefgh", seed)) is None


def test_a_log_in_the_order_of_its_labels_is_no_change() -> None:
    rows = [name for name in "abcdefghij" for _ in range(50)]

    assert sorted_by_label(rows)
    assert change(rows) is None


def test_a_label_that_is_only_new_or_only_gone_is_no_rename() -> None:
    assert change([*labels(300, "ab", 1), *labels(300, "abc", 2)]) is None


def test_a_partner_is_believed_when_both_ways_agree() -> None:
    found = Change(10, frozenset("ab"), frozenset("XY"))
    forward = {"a": Counter(X=9, Y=1), "b": Counter(X=9, Y=1)}
    backward = {"X": Counter(a=8, b=2), "Y": Counter(b=5, a=5)}

    assert {"a": "X"} == partners(found, forward, backward)
    assert {} == partners(found, {}, {})
