"""Colours: AA contrast in light and dark, computed from the tokens; nothing inline, one dark."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "src" / "stillhouse" / "console" / "static"
TOKENS = (STATIC / "tokens.css").read_text("utf-8")
TEXT, LARGE = 4.5, 3.0
"""WCAG 2.2, 1.4.3 and 1.4.11: words, and what is drawn"""


def block(selector: str) -> dict[str, str]:
    found = re.search(rf"{re.escape(selector)} \{{(.*?)\}}", TOKENS, re.DOTALL)
    assert found is not None, selector
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", found[1]))


THEMES = {
    "light": block(":root"),
    "dark": {**block(":root"), **block(':root[data-theme="dark"]')},
}


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


PAIRS = [
    *(("ink", ground, TEXT) for ground in ("ground", "surface", "sunken")),
    *(("ink-2", ground, TEXT) for ground in ("ground", "surface", "sunken")),
    *(("accent", ground, TEXT) for ground in ("ground", "surface", "accent-soft")),
    *((name, f"{name}-soft", TEXT) for name in ("amber", "red", "green")),
    *((name, "surface", TEXT) for name in ("amber", "red", "green")),
    ("on-accent", "accent", TEXT),
    ("on-red", "red", TEXT),
    ("ink", "green-soft", TEXT),
    ("ink", "red-soft", TEXT),
    ("ink", "amber-soft", TEXT),
    *((f"c{n}", "surface", LARGE) for n in range(9)),
    *(("on-colour", f"c{n}", TEXT) for n in range(1, 9)),
]  # fmt: skip


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_contrast(theme: str, front: str, back: str, least: float) -> None:
    tokens = THEMES[theme]

    assert contrast(tokens[front], tokens[back]) >= least


def test_dark_is_the_same_by_the_switch_and_by_the_system() -> None:
    assert block(':root[data-theme="dark"]') == block(':root:not([data-theme="light"])')


def test_colours_are_named_once_and_used_by_name() -> None:
    """The invoice on the page is paper: white in every theme, as it will be sent."""
    text = (STATIC / "console.css").read_text("utf-8")
    rules = re.sub(r"^\s*\.paper.*$", "", text, flags=re.MULTILINE)

    assert [] == re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)
    assert [] == re.findall(r"#[0-9a-fA-F]{3,8}\b", (STATIC / "charts.css").read_text("utf-8"))


def test_nothing_is_loaded_from_anywhere_else() -> None:
    for path in STATIC.iterdir():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")

        assert "//" not in re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE), path.name
