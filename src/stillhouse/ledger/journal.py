"""Journal frames: how a record lies on disk. Pure; `store/journal.py` moves the bytes.

    frame = length (u32, little-endian) + CRC-32C of the payload (u32) + payload (msgpack record)

A file is frames, then nothing or zeros (preallocated space). Reading ends at the first frame that
does not hold. What follows decides what that means:

    nothing, or only zeros          the end
    bytes without one valid frame   a torn tail: the last write before a crash; cut it
    bytes with a valid frame        corruption: the disk lost what it had promised; say so loudly

Records behind a corruption are still worth reading, because each frame proves itself: `scan` hands
them out apart, as `salvaged`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from struct import Struct
from typing import Any

import msgspec
from google_crc32c import value as crc32c

from stillhouse.ledger.receipt import Close, Open, Record, Start

FRAME_MAX = 1 << 20
"""No record is near this long; a longer length is damage, not a frame."""

_HEADER = Struct("<II")
_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Start | Open | Close)
_pack = _HEADER.pack
HEADER = _HEADER.size
_U64, _FALSE, _TRUE = b"\xcf", b"\xc2", b"\xc3"
_OPEN = b"\xdc\x00" + bytes([len(Open.__struct_fields__) + 1]) + b"\xa1o" + _U64
"""msgpack: an array of Open's fields behind its tag, then the first number."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What the bytes of one journal file hold.

    good_bytes: where the valid prefix ends. damage: None, "torn tail" or "corrupt at BYTE".
    salvaged: valid records found behind a corruption, in order.
    """

    records: list[Record] = field(repr=False)
    good_bytes: int
    damage: str | None = None
    salvaged: list[Record] = field(default_factory=list, repr=False)


def frame(record: Record) -> bytes:
    payload = _encode(record)
    return _pack(len(payload), crc32c(payload)) + payload


class OpenForm:
    """Open records of one kind of call: what they have in common is encoded once.

    Its `frame` reads as the same record as `frame(Open(...))`, in a third of the time; numbers are
    written at full width, which any msgpack reader takes.
    """

    __slots__ = ("_free", "_held", "_labels", "_middle")

    def __init__(
        self,
        *,
        account: str,
        project: str,
        key: str,
        deployment: str,
        provider: str,
        model: str,
        surface: str,
        sale_tariff: str,
        cost_tariff: str,
        budgets: tuple[str, ...],
        workload: str = "",
        cohort: str = "",
        terms: str = "",
    ) -> None:
        """budgets: those that a hold is taken from; a call without a hold names none."""
        names = (account, project, key, deployment, provider, model, surface)
        middle = b"".join(map(_encode, names))
        tariffs = _encode(sale_tariff) + _encode(cost_tariff)
        self._middle = middle
        self._labels = labels = _encode(workload) + _encode(cohort) + _encode(terms)
        self._held = self._form(len(middle), tariffs + _encode(budgets), len(labels))
        self._free = self._form(len(middle), tariffs + _encode(()), len(labels))

    @staticmethod
    def _form(middle: int, rest: bytes, labels: int) -> tuple[Callable[..., bytes], bytes]:
        layout = Struct(f">{len(_OPEN)}sQcQcQ{middle}sccQ{len(rest) + 1}sQ{labels}s")
        return layout.pack, rest + _U64

    def frame(
        self,
        seq: int,
        call: int,
        at: int,
        stream: bool,  # noqa: FBT001 - by place: the hot path's calls are
        hold: int,
        bound: int,
    ) -> bytes:
        """See Open for each; `at` is admitted_at and `bound` is input_bound."""
        pack, rest = self._held if hold else self._free
        payload = pack(
            _OPEN,
            seq,
            _U64,
            call,
            _U64,
            at,
            self._middle,
            _TRUE if stream else _FALSE,
            _U64,
            hold,
            rest,
            bound,
            self._labels,
        )
        return _pack(len(payload), crc32c(payload)) + payload


def read(data: bytes | memoryview) -> Iterator[Record]:
    """Records of the valid prefix; ends silently at the first frame that does not hold."""
    data = bytes(data)
    found, at = _prefix(data, 0, 1)
    while found:
        yield found[0]
        found, at = _prefix(data, at, at + 1)


def follow(data: bytes) -> tuple[list[Record], int]:
    """Records of the valid prefix and where it ends, for whoever reads a file that grows."""
    return _prefix(data, 0, len(data))


def scan(data: bytes | memoryview) -> Scan:
    """All records, and what the bytes after them mean."""
    data = bytes(data)
    records, good = _prefix(data, 0, len(data))
    rest = data[good:].rstrip(b"\0")
    if not rest:
        return Scan(records, good)
    salvaged: list[Record] = []
    at, end = good + 1, good + len(rest)
    while at < end - HEADER:
        first, after = _prefix(data, at, at + 1)
        if not first:
            at += 1
            continue
        more, at = _prefix(data, after, len(data))
        salvaged += first + more
    damage = f"corrupt at {good}" if salvaged else "torn tail"
    return Scan(records, good, damage, salvaged)


def _prefix(data: bytes, at: int, stop: int) -> tuple[list[Record], int]:
    """Frames that follow each other from `at` and begin before `stop`; where they end.

    Every receipt passes here, so this is one loop without a call of our own. An open record whose
    words were seen before is made of them and not decoded: see `_learn`.
    """
    records: list[Record] = []
    forms: _Forms = {}
    size, stop = len(data), min(stop, len(data) - HEADER)
    header, most, tag, wide = HEADER, FRAME_MAX, _OPEN, _U64
    unpack, crc, decode, add = _HEADER.unpack_from, crc32c, _decoder.decode, records.append
    try:
        while at < stop:
            length, expected = unpack(data, at)
            begin = at + header
            end = begin + length
            if not 0 < length <= most or end > size:
                break
            payload = data[begin:end]
            if crc(payload) != expected:
                break
            if length in forms:
                for _, split, said in forms[length]:
                    t, seq, x, call, y, time, names, hold, rest, bound, labels = split(payload)
                    like = said.get((names, rest, labels))
                    if like is not None and t == tag and x == y == wide:
                        a, p, k, d, v, m, f, s, q, r, b, *labels = like
                        add(
                            Open(
                                seq,
                                call,
                                time,
                                a,
                                p,
                                k,
                                d,
                                v,
                                m,
                                f,
                                s,
                                hold,
                                q,
                                r,
                                b,
                                bound,
                                *labels,
                            )
                        )
                        at = end
                        break
                if at == end:
                    continue
            record = decode(payload)
            add(record)
            if type(record) is Open:
                _learn(record, payload, forms)
            at = end
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # a valid sum over something that is no record of ours
    return records, at


_Said = dict[tuple[bytes, bytes, bytes], tuple[Any, ...]]
_Forms = dict[int, list[tuple[tuple[int, int], Callable[[bytes], tuple[Any, ...]], _Said]]]
"""By length of the payload: bytes of names and of labels, how to split it, what its words say."""


def _learn(o: Open, payload: bytes, forms: _Forms) -> None:
    """Remember the words of an open record that is written as `OpenForm` does.

    All bytes but the numbers are compared, so a record is known only by what decoding it would
    say. The words of all records alike are then one object, a third of the memory of their own.
    """
    words = (o.account, o.project, o.key, o.deployment, o.provider, o.model, o.surface)
    names = b"".join(map(_encode, words)) + (_TRUE if o.stream else _FALSE) + _U64
    rest = b"".join(map(_encode, (o.sale_tariff, o.cost_tariff, o.budgets))) + _U64
    labels = _encode(o.workload) + _encode(o.cohort) + _encode(o.terms)
    layout = Struct(f">{len(_OPEN)}sQcQcQ{len(names)}sQ{len(rest)}sQ{len(labels)}s")
    if layout.size != len(payload):
        return
    tag, _, a, _, b, _, middle, _, end, _, last = layout.unpack(payload)
    if (tag, a, b, middle, end, last) != (_OPEN, _U64, _U64, names, rest, labels):
        return
    alike = forms.setdefault(len(payload), [])
    widths = (len(names), len(labels))
    said = next((said for known, _, said in alike if known == widths), None)
    if said is None:
        said = {}
        alike.append((widths, layout.unpack, said))
    more = (o.stream, o.sale_tariff, o.cost_tariff, o.budgets, o.workload, o.cohort, o.terms)
    said[names, rest, labels] = (*words, *more)
