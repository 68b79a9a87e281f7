"""Text is the same however its bytes were cut, and nothing is taken back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.wire.speech import Speech, byte_alphabet

texts = st.text(alphabet="ab, 😂é", max_size=30)


def spoken(data: bytes, sizes: list[int], stops: list[str]) -> tuple[str, bool]:
    speech = Speech(stops)
    said = ""
    while data and not speech.stopped:
        size = sizes.pop() if sizes else 1
        said += speech.hear(data[:size])
        data = data[size:]
    said += speech.hear(b"", last=True)
    return said, speech.stopped


@given(texts, st.lists(st.integers(1, 5), max_size=40))
def test_text_without_stops_arrives_whole(text: str, sizes: list[int]) -> None:
    assert (text, False) == spoken(text.encode(), sizes, [])


@given(
    texts,
    st.lists(st.integers(1, 5), max_size=40),
    st.lists(st.text(alphabet="ab, ", min_size=1, max_size=3), min_size=1, max_size=4),
)
def test_text_ends_before_the_first_stop(text: str, sizes: list[int], stops: list[str]) -> None:
    said, stopped = spoken(text.encode(), sizes, stops)
    found = any(stop in text for stop in stops)

    assert found == stopped
    assert text.startswith(said)
    assert not any(stop in said for stop in stops)
    assert found or said == text


def test_half_an_emoji_waits_for_the_other_half() -> None:
    speech = Speech([])
    data = "😂".encode()

    assert [speech.hear(data[:2]), speech.hear(data[2:])] == ["", "😂"]


def test_what_may_become_a_stop_is_held_back() -> None:
    speech = Speech(["END"])

    assert [speech.hear(b"aE"), speech.hear(b"N"), speech.hear(b"x")] == ["a", "", "ENx"]


def test_the_alphabet_names_every_byte_once() -> None:
    assert set(range(256)) == set(byte_alphabet().values())
    assert len(byte_alphabet()) == 256
