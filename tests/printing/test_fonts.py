"""Any text can be drawn, and what could not be drawn as written is known."""

from pathlib import Path

import pytest
import reportlab
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.printing.fonts import BOLD, REGULAR, UNKNOWN, Fonts, UnreadableFontError

SHIPPED = Path(reportlab.__file__).with_name("fonts")


@given(st.text())
def test_any_text_has_a_width_and_markup(text: str) -> None:
    fonts = Fonts()

    assert fonts.width(text, 8) >= 0
    assert "\x00" not in fonts.markup(text)


def test_western_names_are_drawn_as_they_are_written() -> None:
    fonts = Fonts()
    name = "Łódź Šumava, Çelik & Söhne €"

    assert [(REGULAR, "Łódz Šumava, Çelik & Söhne €")] == list(fonts.runs(name))
    assert [(BOLD, "Söhne")] == list(fonts.runs("Söhne", bold=True))


def test_an_accent_that_no_font_has_leaves_its_letter_and_is_told() -> None:
    fonts = Fonts()

    assert [(REGULAR, "An")] == list(fonts.runs("Ăn"))
    assert fonts.plain


def test_names_of_east_asia_are_left_to_the_reader_and_told() -> None:
    fonts = Fonts()
    drawn = [font for name in ("東京テスト", "北京", "한국") for font, _ in fonts.runs(name)]

    assert ["HeiseiKakuGo-W5", "STSong-Light", "HYGothic-Medium"] == drawn
    assert (True, False) == (fonts.borrowed, fonts.plain)


def test_what_no_font_has_is_one_mark_and_is_told() -> None:
    fonts = Fonts()

    assert [(REGULAR, f"{UNKNOWN} & Co")] == list(fonts.runs("शर्मा Привет & Co"))
    assert fonts.plain


def test_asking_whether_a_name_is_whole_tells_nothing() -> None:
    fonts = Fonts()

    assert (False, False, True) == (fonts.whole("北京"), fonts.whole("ไทย"), fonts.whole("Söhne"))
    assert (False, False) == (fonts.plain, fonts.borrowed)


def test_control_characters_are_not_drawn_and_markup_is_escaped() -> None:
    assert "a &lt;b&gt; &amp; c" == Fonts().markup("a\x00\x07\n<b>\u202e & c")


def test_a_given_font_draws_what_ours_cannot() -> None:
    khmer = "\u1786\u1793"
    fonts = Fonts([(SHIPPED / "hb-test.ttf").read_bytes()])
    [(font, drawn)] = fonts.runs(khmer)

    assert (True, khmer) == (font.startswith("Given"), drawn)
    assert fonts.whole(khmer)
    assert not Fonts().whole(khmer)


def test_what_is_no_font_is_refused() -> None:
    with pytest.raises(UnreadableFontError, match=r"\.ttf"):
        Fonts([b"not a font"])
