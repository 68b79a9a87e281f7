"""Words: the same keys and names in each language, all of them used; numbers as readers expect."""

import re
from pathlib import Path
from string import Formatter

import pytest
from markupsafe import Markup

from stillhouse.console.i18n import LANGUAGES, Reader, chosen, load

CONSOLE = Path(__file__).parents[2] / "src" / "stillhouse" / "console"
PICO = 10**12
NBSP = "\N{NO-BREAK SPACE}"


def forms(language: str) -> dict[str, list[str]]:
    """Each key with its text, or its plural forms."""
    return {k: [v] if isinstance(v, str) else list(v.values()) for k, v in load(language).items()}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_has_the_keys_of_english_and_no_other(language: str) -> None:
    assert set(forms("en")) == set(forms(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_of_a_text_is_filled_with_the_same_names(language: str) -> None:
    def names(texts: list[str]) -> set[str]:
        return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}

    english = {key: names(texts) for key, texts in forms("en").items()}

    assert english == {key: names(texts) for key, texts in forms(language).items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_counts_has_a_form_for_each_plural(language: str) -> None:
    wanted = {"en": {"one", "other"}, "id": {"other"}}[language]
    counted = {key: set(v) for key, v in load(language).items() if not isinstance(v, str)}

    assert {} == {key: found for key, found in counted.items() if found != wanted}


def test_every_text_is_used_and_every_text_that_is_used_is_there() -> None:
    sources = [*CONSOLE.rglob("pages/*.py"), CONSOLE / "i18n.py", *CONSOLE.rglob("*.html")]
    code = "\n".join(path.read_text("utf-8") for path in sources)
    keys = set(forms("en"))
    named = set(re.findall(r"""(?:say|tell|\bt)\(\s*f?["']([a-z_]+\.[\w-]+)["']""", code))
    built = {  # groups of which a page makes the key from a value
        *re.findall(r"""word\(\s*["'](\w+)["']""", code),
        *re.findall(r"""["'](\w+)\.["'] ~""", code),
        *re.findall(r"""f["'](\w+)\.\{""", code),
    }
    quoted = set(re.findall(r"""["']([a-z_]+\.[\w-]+)["']""", code))
    stems = re.findall(r"""["']([a-z_]+\.[a-z_]*_)(?:\{|["'] ~)""", code)

    assert set() == {key for key in named if key not in keys and not key.endswith("_")}
    assert set() == {
        key
        for key in keys - quoted
        if key.split(".")[0] not in built and not key.startswith(tuple(stems))
    }


def test_a_name_never_becomes_html() -> None:
    said = Reader("en").say("account.reason", reason="<b>x</b>")

    assert Markup("Reason: &lt;b&gt;x&lt;/b&gt;") == said


def test_a_count_chooses_its_form_and_is_written_for_its_reader() -> None:
    assert "1 account." == Reader("en").tell("accounts.lede", n=1)
    assert "1,200 accounts." == Reader("en").tell("accounts.lede", n=1200)
    assert "1.200 akun." == Reader("id").tell("accounts.lede", n=1200)


@pytest.mark.parametrize(
    ("language", "pico", "currency", "expected"),
    [
        ("en", 1240 * PICO + PICO // 2, "USD", "$1,240.50"),
        ("en", -5 * PICO, "USD", "\N{MINUS SIGN}$5.00"),
        ("en", 4_200_000_000, "USD", "$0.0042"),
        ("en", 1, "USD", "$0.000000000001"),
        ("en", 0, "USD", "$0.00"),
        ("en", 322_000_000_000 * PICO, "IDR", f"Rp{NBSP}322,000,000,000"),
        ("id", 322_000_000_000 * PICO, "IDR", f"Rp{NBSP}322.000.000.000".replace(NBSP, "")),
        ("id", 1240 * PICO, "USD", "US$1.240,00"),
    ],
)
def test_money_is_written_as_its_reader_does(
    language: str, pico: int, currency: str, expected: str
) -> None:
    assert expected == Reader(language).money(pico, currency).replace(
        NBSP, "" if language == "id" else NBSP
    )


def test_large_sums_are_short_in_headlines() -> None:
    assert "$1.24M" == Reader("en").money_short(1_240_000 * PICO, "USD")
    assert f"Rp{NBSP}198B" == Reader("en").money_short(198 * 10**9 * PICO, "IDR")
    assert f"Rp198{NBSP}M" == Reader("id").money_short(198 * 10**9 * PICO, "IDR")


def test_growth_has_a_sign_and_nothing_to_compare_with_is_a_dash() -> None:
    r = Reader("en")

    assert ["+31%", "\N{MINUS SIGN}3.1%", "\N{EN DASH}"] == [
        r.growth(310_000), r.growth(-31_000), r.growth(None),
    ]  # fmt: skip


def test_times_are_utc_and_say_so() -> None:
    assert "23 Nov 2026, 12:00 UTC" == Reader("en").at(1_795_435_200_000_000)


@pytest.mark.parametrize(
    ("us", "expected"),
    [(None, "\N{EN DASH}"), (340, "340 µs"), (1500, "1.5 ms"), (340_000, "340 ms"),
     (1_240_000, "1.2 s"), (200_000_000, "3 min"), (8_000_000_000, "2 hours")],
)  # fmt: skip
def test_durations_are_as_exact_as_is_of_use(us: int | None, expected: str) -> None:
    assert expected == Reader("en").duration(us)


@pytest.mark.parametrize(
    ("cookie", "accepted", "expected"),
    [("id", "en", "id"), ("", "id-ID,id;q=0.9,en;q=0.8", "id"), ("", "in", "id"),
     ("", "fr-CH, fr;q=0.9, en;q=0.8", "en"), ("xx", "", "en"), ("", ",;;q=,\x00", "en")],
)  # fmt: skip
def test_the_language_is_what_was_chosen_else_what_the_browser_asks_for(
    cookie: str, accepted: str, expected: str
) -> None:
    assert expected == chosen(cookie, accepted)
