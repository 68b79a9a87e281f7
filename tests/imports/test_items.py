"""A bill's words become a model and a meter, or nothing; never a guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.imports.items import BILLED, line_item, meter_name, meter_word, without_version
from stillhouse.units.usage import Meter


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gpt-4o-2024-08-06, input", ("gpt-4o-2024-08-06", "input")),
        ("gpt-4o-2024-08-06, cached input", ("gpt-4o-2024-08-06", "cache_read")),
        ("gpt-4o-2024-08-06, output", ("gpt-4o-2024-08-06", "output")),
        ("gpt-4o-audio-preview, audio output", ("gpt-4o-audio-preview", "audio_out")),
        ("Image models", ("", "")),
        ("web search, tool calls", ("", "")),
        ("input_tokens", ("", "")),
    ],
)
def test_an_openai_line(text: str, expected: tuple[str, str]) -> None:
    assert expected == line_item(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gpt-4o-0806-Inp-glbl Tokens", ("gpt-4o-0806", "input")),
        ("gpt 4o 0806 cchd Inp glbl Tokens", ("gpt-4o-0806", "cache_read")),
        ("gpt-4o-mini-0718-Outp-regnl Tokens", ("gpt-4o-mini-0718", "output")),
        ("gpt 4.1 Inp Data Zone Tokens", ("gpt-4.1", "input")),
        ("gpt-4o-rt-aud-1217-Outp-glbl Tokens", ("gpt-4o-rt-aud-1217", "audio_out")),
        ("Provisioned Managed Global Unit", ("", "")),
        ("Standard Text Records", ("", "")),
    ],
)
def test_an_azure_meter(text: str, expected: tuple[str, str]) -> None:
    assert expected == meter_name(text)


@given(st.text(), st.text())
def test_any_words_are_read(one: str, other: str) -> None:
    for model, meter in (line_item(f"{one},{other}"), meter_name(f"{one} {other}")):
        assert isinstance(model, str)
        assert meter in {"", *Meter}


def test_a_column_of_meters_may_use_our_words_or_the_bills() -> None:
    assert ["input", "cache_read", "output", "output", ""] == [
        meter_word(word) for word in ("Input", "cached input", "reasoning", "Output", "seats")
    ]
    assert all(billed not in BILLED for billed in BILLED.values())


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("gpt-4o-0806", "gpt-4o"),
        ("claude-sonnet-4-20250514", "claude-sonnet-4"),
        ("gpt-4o", "gpt-4o"),
        ("gpt-4", "gpt-4"),
    ],
)
def test_a_model_without_its_version(model: str, family: str) -> None:
    assert family == without_version(model)
