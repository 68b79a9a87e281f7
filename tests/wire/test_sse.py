"""Where an event ends and what it says, by the WHATWG rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.wire.sse import EVENT_END, KEEPALIVE, PING, data_of, event_ends, trailer


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        (b"data: a\n\ndata: b\n\n", [9, 18]),
        (b"data: a\r\n\r\n", [11]),
        (b"data: a\r\r", [9]),
        (b"data: a\n\r\n", [10]),
        (b"data: a\r\n\n", [10]),
        (b"data: a\r\ndata: b\r\n", []),
        (b"data: a\ndata: b\n", []),
        (b"data: a\r", []),
        (b"", []),
    ],
)
def test_an_empty_line_ends_an_event(text: bytes, ends: list[int]) -> None:
    assert ends == [found.end() for found in EVENT_END.finditer(text)]
    assert ends == list(event_ends(text, 0))


@given(st.text("\n\ra:", max_size=30).map(str.encode), st.integers(0, 30))
def test_the_quick_search_finds_what_the_pattern_finds(text: bytes, at: int) -> None:
    assert [found.end() for found in EVENT_END.finditer(text, at)] == list(event_ends(text, at))


@pytest.mark.parametrize(
    ("event", "data"),
    [
        (b"data: a\n\n", b"a"),
        (b"data:a\n\n", b"a"),
        (b"data: [DONE]\r\n\r\n", b"[DONE]"),
        (b"event: x\ndata: a\n\n", b"a"),
        (b"data: a\nevent: x\n\n", b"a"),
        (b"data: a\ndata: b\n\n", b"a\nb"),
        (b"data: a\rdata: b\r\r", b"a\nb"),
        (b"data: a\r\ndata:\r\ndata: b\r\n\r\n", b"a\n\nb"),
        (b"\ndata: a\n\n", b"a"),
        (b": note\n\n", b""),
        (b"data\n\n", b""),
        (b"\n\n", b""),
        (b"", b""),
        (b"data: a", b"a"),
    ],
)
def test_the_data_of_an_event_is_its_data_lines_joined(event: bytes, data: bytes) -> None:
    assert data == data_of(event)


@given(st.binary(max_size=60))
def test_any_bytes_have_some_data(event: bytes) -> None:
    assert isinstance(data_of(event), bytes)


def test_what_we_add_is_a_whole_event_and_says_nothing_to_a_parser() -> None:
    added = trailer(charge_exact="0.000123000000", currency="USD", receipt="w7-12")

    assert added == b": stillhouse receipt=w7-12 charge=0.000123000000 currency=USD\n\n"
    assert b"" == data_of(added) == data_of(KEEPALIVE)
    assert data_of(PING) == b'{"type": "ping"}'
    assert [len(added)] == [found.end() for found in EVENT_END.finditer(added)]
