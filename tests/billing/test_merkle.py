"""The tree is RFC 6962's: one root for one list, and a path for each leaf that fits no other."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.billing.merkle import (
    EMPTY,
    FIELDS,
    LeafError,
    Tree,
    leaf,
    leaf_text,
    node,
    reaches,
    root_of,
)

leaves = st.lists(st.integers(0, 255).map(lambda n: leaf(str(n))), max_size=70)


def by_definition(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node(by_definition(hashes[:k]), by_definition(hashes[k:]))


@given(leaves, st.integers(1, 7))
def test_the_streamed_root_is_the_definitions_however_it_comes(hs: list[bytes], size: int) -> None:
    tree = Tree()
    for at in range(0, len(hs), size):
        tree.add(hs[at : at + size])

    assert by_definition(hs) == tree.root() == root_of(b"".join(hs))
    assert len(hs) == tree.count


@given(leaves.filter(bool), st.data())
def test_a_path_leads_from_its_leaf_at_its_place_and_from_no_other(
    hs: list[bytes], data: st.DataObject
) -> None:
    wanted = data.draw(st.sets(st.integers(0, len(hs) - 1), min_size=1))
    tree = Tree(frozenset(wanted))
    tree.add(hs)
    root = tree.root()

    assert by_definition(hs) == root
    assert wanted == set(tree.paths)
    for place, path in tree.paths.items():
        assert root == reaches(hs[place], place=place, count=len(hs), path=path)
        assert root != reaches(leaf("other"), place=place, count=len(hs), path=path)
        assert root != reaches(hs[place], place=place, count=len(hs), path=[*path, EMPTY])
        if path:
            assert root != reaches(hs[place], place=place, count=len(hs), path=path[:-1])


def test_a_place_outside_the_tree_has_no_path() -> None:
    one = leaf("a")

    assert one == reaches(one, place=0, count=1, path=[])
    assert reaches(one, place=1, count=1, path=[]) is None
    assert reaches(one, place=-1, count=1, path=[]) is None
    assert EMPTY == Tree().root()


def test_a_node_is_no_leaf_and_a_last_odd_leaf_is_not_doubled() -> None:
    a, b = leaf("a"), leaf("b")
    odd, doubled = Tree(), Tree()
    odd.add([a, b, a])
    doubled.add([a, b, a, a])

    assert odd.root() != doubled.root()
    assert leaf("x") == hashlib.sha256(b"\0x").digest()
    assert node(a, b) == hashlib.sha256(b"\1" + a + b).digest()


def test_a_leafs_text_is_its_fields_a_line_each() -> None:
    fields = dict.fromkeys(FIELDS, "v") | {"id": "w1-2"}

    assert "\n".join(["w1-2"] + ["v"] * (len(FIELDS) - 1)) == leaf_text(fields)
    with pytest.raises(LeafError, match="newline"):
        leaf_text(fields | {"model": "a\nb"})
    with pytest.raises(LeafError, match="charge"):
        leaf_text({k: v for k, v in fields.items() if k != "charge"})
