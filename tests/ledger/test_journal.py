"""Frames: what goes in comes out, and damage is told apart from an ordinary crash."""

from struct import pack

import msgspec
import pytest
from google_crc32c import value as crc32c
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from stillhouse.ledger.journal import OpenForm, frame, read, scan
from stillhouse.ledger.receipt import Close, Open, Record, Start

COUNTS = st.integers(0, 2**53)
WORDS = st.text(max_size=12)

starts = st.builds(
    Start, writer=COUNTS, file=COUNTS, next_seq=COUNTS, started_at=COUNTS, carried=COUNTS
)
opens = st.builds(
    Open,
    seq=COUNTS,
    call=COUNTS,
    admitted_at=COUNTS,
    account=WORDS,
    project=WORDS,
    key=WORDS,
    deployment=WORDS,
    provider=WORDS,
    model=WORDS,
    surface=WORDS,
    stream=st.booleans(),
    hold=COUNTS,
    sale_tariff=WORDS,
    cost_tariff=WORDS,
    budgets=st.lists(WORDS, max_size=3).map(tuple),
    input_bound=COUNTS,
    workload=WORDS,
    cohort=WORDS,
    terms=WORDS,
)
closes = st.builds(
    Close,
    seq=COUNTS,
    settled_at=COUNTS,
    first_byte_us=st.integers(-1, 2**40),
    latency_us=COUNTS,
    status=st.integers(0, 599),
    outcome=st.sampled_from(["completed", "refused", "recovered"]),
    witness=st.sampled_from(["reported", "none"]),
    flags=st.integers(0, 127),
    usage=st.lists(COUNTS, min_size=11, max_size=11).map(tuple),
    charge=COUNTS,
    cost=COUNTS,
)
NOT_UTF8 = frame(Close(1, 1, 1, 1, 1, "completed", "none", 0, (), 1, 1))[8:].replace(
    b"none", b"n\xffne"
)
records = st.lists(st.one_of(starts, opens, closes), max_size=8)


def written(rows: list[Record]) -> bytes:
    return b"".join(map(frame, rows))


@given(records, st.integers(0, 64))
def test_what_is_written_is_read_and_preallocated_zeros_are_the_end(
    rows: list[Record], zeros: int
) -> None:
    data = written(rows)
    found = scan(data + bytes(zeros))

    assert (rows, len(data), None, []) == (
        found.records,
        found.good_bytes,
        found.damage,
        found.salvaged,
    )
    assert rows == list(read(data + bytes(zeros)))


@given(records.filter(bool), st.data(), st.integers(0, 32))
def test_a_torn_last_frame_is_cut_and_the_rest_kept(
    rows: list[Record], data: st.DataObject, zeros: int
) -> None:
    whole, last = written(rows[:-1]), frame(rows[-1])
    kept = data.draw(st.integers(1, len(last) - 1))
    torn = last[:kept]
    found = scan(whole + torn + bytes(zeros))
    if torn + bytes(zeros) >= last and (torn + bytes(zeros)).startswith(last):
        return  # the cut bytes were zeros: nothing was torn

    assert rows[:-1] == found.records
    assert len(whole) == found.good_bytes
    assert found.damage == ("torn tail" if torn.strip(b"\0") else None)


@given(records.filter(lambda rows: len(rows) > 1), st.data())
def test_a_damaged_frame_before_a_valid_one_is_corruption_and_names_its_place(
    rows: list[Record], data: st.DataObject
) -> None:
    broken = data.draw(st.integers(0, len(rows) - 2))
    before, middle, after = written(rows[:broken]), frame(rows[broken]), written(rows[broken + 1 :])
    spot = data.draw(st.integers(8, len(middle) - 1))
    hurt = bytearray(middle)
    hurt[spot] ^= 0x40
    found = scan(before + bytes(hurt) + after)

    assert rows[:broken] == found.records
    assert f"corrupt at {len(before)}" == found.damage
    assert rows[broken + 1 :] == found.salvaged


@given(st.binary(max_size=200))
def test_no_bytes_whatever_break_the_reader(data: bytes) -> None:
    found = scan(data)

    assert found.records == list(read(data))
    assert 0 <= found.good_bytes <= len(data)


@pytest.mark.parametrize("payload", [b"\xa3abc", frame(Start(1, 1, 1, 1, 1))[8:-1], NOT_UTF8])
def test_a_frame_with_a_valid_sum_over_no_record_of_ours_is_damage(payload: bytes) -> None:
    data = pack("<II", len(payload), crc32c(payload)) + payload

    assert scan(data).damage == "torn tail"
    assert scan(data).records == []


def form(**changes: str) -> OpenForm:
    words = {"account": "a", "project": "p", "key": "k", "deployment": "d", "provider": "v"}
    rest = {"model": "m", "surface": "chat", "sale_tariff": "s", "cost_tariff": "c"}
    return OpenForm(**{**words, **rest, **changes}, budgets=("b@2026-11",))


calls = st.tuples(
    # The last two are of one length and divide it differently.
    st.sampled_from([form(), form(account="b"), form(model="mm"), form(sale_tariff="ss")])
    | st.builds(
        form,
        workload=st.sampled_from(["", "w", "ww"]),
        cohort=st.sampled_from(["", "c"]),
        terms=st.sampled_from(["", "t@1"]),
    ),
    COUNTS,
    st.booleans(),
    COUNTS,
)


@given(st.lists(calls, max_size=12))
def test_records_that_are_like_an_earlier_one_say_what_decoding_them_says(
    rows: list[tuple[OpenForm, int, bool, int]],
) -> None:
    frames = [f.frame(n, n + 1, n + 2, stream, hold, n + 3) for f, n, stream, hold in rows]
    alone = [scan(data).records[0] for data in frames]
    found = scan(b"".join(frames))

    assert alone == found.records
    assert frames == [
        f.frame(o.seq, o.call, o.admitted_at, o.stream, o.hold, o.input_bound)
        for (f, *_), o in zip(rows, found.records, strict=True)
        if isinstance(o, Open)
    ]
    assert found.damage is None


@pytest.mark.parametrize("byte", [b"\xcf", b"\xd3", b"\xc0", b"\xc3", b"\xa0", b"\0", b"a", b"b"])
def test_a_record_that_is_almost_like_an_earlier_one_is_read_for_itself(byte: bytes) -> None:
    """One byte changed, anywhere, under a valid sum: the same as without the earlier record."""
    first = form().frame(1, 1, 1, False, 1, 1)
    whole = form().frame(2, 2, 2, False, 2, 2)[8:]
    for place in range(len(whole)):
        payload = whole[:place] + byte + whole[place + 1 :]
        second = pack("<II", len(payload), crc32c(payload)) + payload
        alone, after = scan(second), scan(first + second)

        assert (alone.records, alone.damage) == (after.records[1:], after.damage)


def test_a_record_from_before_workloads_has_none() -> None:
    o = Open(1, 1, 1, "a", "p", "k", "d", "v", "m", "chat", True, 5, "s", "c", ("b@2026-11",), 9)
    old = msgspec.msgpack.encode(["o", *astuple(o)[:16]])
    data = pack("<II", len(old), crc32c(old)) + old

    assert [o, replace(o, workload="w")] == scan(data + frame(replace(o, workload="w"))).records
    assert ("", "") == (o.workload, o.cohort)


def test_a_record_from_before_terms_names_none() -> None:
    o = Open(1, 1, 1, "a", "p", "k", "d", "v", "m", "chat", True, 5, "s", "c", ("b",), 9, "w", "c")
    old = msgspec.msgpack.encode(["o", *astuple(o)[:18]])
    data = pack("<II", len(old), crc32c(old)) + old

    assert [o] == scan(data).records
    assert ("w", "c", "") == (o.workload, o.cohort, o.terms)


def test_words_of_records_that_are_alike_are_kept_once() -> None:
    found = scan(b"".join(form().frame(n, n, n, False, n, n) for n in range(1, 4))).records
    accounts = {id(o.account) for o in found if isinstance(o, Open)}

    assert (3, 1) == (len(found), len(accounts))
