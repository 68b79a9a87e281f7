"""A Merkle tree over receipts, as in RFC 6962 (certificate transparency), section 2.1.

    leaf(text)        = SHA-256( 00 + text )
    node(left, right) = SHA-256( 01 + left + right )
    tree of n > 1     = node( tree of the first k, tree of the rest )
                        k = the largest power of 2 below n
    tree of none      = SHA-256 of nothing

The two prefixes keep a node from passing as a leaf. A last odd leaf is carried up as it is, never
doubled, so no two lists of receipts have one root.

A leaf's text is the receipt as its customer may see it: the fields of `FIELDS`, in this order, a
line each, joined by newlines. Whole numbers are decimal; usage is the counts of all meters, joined
by commas. What we pay the provider is not in it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

FIELDS = (
    *("id", "admitted_at", "account", "project", "key", "model", "workload"),
    *("outcome", "witness", "flags", "usage", "charge", "tariff"),
)
"""id like "w7-1234"; admitted_at in microseconds since 1970; charge in pico-units of the tariff"""
EMPTY = hashlib.sha256(b"").digest()
_LEAF, _NODE = b"\0", b"\1"


class LeafError(ValueError):
    """These fields are no receipt's."""


def leaf_text(fields: Mapping[str, str]) -> str:
    """One receipt's text.

    Raises:
        LeafError: a field is missing, or holds a newline: then two receipts could read alike.
    """
    try:
        values = [fields[name] for name in FIELDS]
    except KeyError as error:
        raise LeafError(f"a receipt needs {error}") from None
    if any("\n" in value for value in values):
        raise LeafError("no field of a receipt has a newline in it")
    return "\n".join(values)


def leaf(text: str) -> bytes:
    return hashlib.sha256(_LEAF + text.encode()).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()


@dataclass(slots=True)
class Tree:
    """Takes leaves one after the other and keeps one hash per power of two: 100 million need 27.

    wanted: places (0 is the first) whose paths are collected on the way.
    """

    wanted: frozenset[int] = frozenset()
    count: int = 0
    paths: dict[int, list[bytes]] = field(default_factory=dict)
    _stack: list[tuple[int, bytes, tuple[int, ...]]] = field(default_factory=list)
    """(leaves under it, hash, wanted places under it), ever smaller"""

    def add(self, leaves: Iterable[bytes]) -> None:
        if self.wanted:
            for each in leaves:
                inside = (self.count,) if self.count in self.wanted else ()
                if inside:
                    self.paths[self.count] = []
                self._push(each, inside)
            return
        stack, sha = self._stack, hashlib.sha256
        count = self.count
        for each in leaves:
            # A new leaf closes as many pairs as the count has ones at its end.
            rest, size = count, 1
            while rest & 1:
                each = sha(_NODE + stack.pop()[1] + each).digest()  # noqa: PLW2901 - it grows
                rest >>= 1
                size <<= 1
            stack.append((size, each, ()))
            count += 1
        self.count = count

    def _push(self, digest: bytes, inside: tuple[int, ...]) -> None:
        self.count += 1
        size = 1
        while self._stack and self._stack[-1][0] == size:
            digest, inside = self._join(self._stack.pop(), (size, digest, inside))
            size *= 2
        self._stack.append((size, digest, inside))

    def _join(
        self, left: tuple[int, bytes, tuple[int, ...]], right: tuple[int, bytes, tuple[int, ...]]
    ) -> tuple[bytes, tuple[int, ...]]:
        for place in left[2]:
            self.paths[place].append(right[1])
        for place in right[2]:
            self.paths[place].append(left[1])
        return node(left[1], right[1]), left[2] + right[2]

    def root(self) -> bytes:
        """The root; paths are whole after it. Nothing can be added any more."""
        if not self._stack:
            return EMPTY
        while len(self._stack) > 1:
            right, left = self._stack.pop(), self._stack.pop()
            self._stack.append((left[0] + right[0], *self._join(left, right)))
        return self._stack[0][1]


def root_of(leaves: bytes) -> bytes:
    """The root over hashes of leaves that stand one after the other, 32 bytes each.

    A level at a time, the odd last one carried up: the same tree, in half the time of `Tree`.
    """
    sha, size = hashlib.sha256, len(EMPTY)
    if not leaves:
        return EMPTY
    while len(leaves) > size:
        pairs = range(0, len(leaves) - size, 2 * size)
        odd = leaves[-size:] if len(leaves) // size & 1 else b""
        leaves = b"".join([sha(_NODE + leaves[i : i + 2 * size]).digest() for i in pairs]) + odd
    return leaves


def reaches(leaf_hash: bytes, *, place: int, count: int, path: Iterable[bytes]) -> bytes | None:
    """The root that this path leads to from a leaf at `place` of `count`; None: it fits no tree.

    RFC 9162, section 2.1.3.2.
    """
    if not 0 <= place < count:
        return None
    here, last, found = place, count - 1, leaf_hash
    for step in path:
        if last == 0:
            return None
        if here & 1 or here == last:
            found = node(step, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node(found, step)
        here, last = here >> 1, last >> 1
    return found if last == 0 else None
