"""Texts in languages that are known; what is asked for and hardly learned is said."""

import pytest

from stillhouse.distill.languages import UNSURE, counted, language, missing


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Where is my card? I have not received it.", "en"),
        ("kartu saya belum sampai, bagaimana ini kak", "id"),
        ("\u00bfd\u00f3nde est\u00e1 mi tarjeta?", "es"),
        ("onde est\u00e1 o meu cart\u00e3o", "pt"),
        ("je ne sais pas o\u00f9 est ma carte", "fr"),
        ("wo ist meine Karte und was kann ich tun", "de"),
        ("dov'\u00e8 la mia carta, non so come fare", "it"),
        ("waar is mijn kaart, ik heb hem niet", "nl"),
        ("nasaan ang card ko, hindi ko alam", "tl"),
        ("th\u1ebb c\u1ee7a t\u00f4i \u1edf \u0111\u00e2u", "vi"),
        ("\u0433\u0434\u0435 \u043c\u043e\u044f \u043a\u0430\u0440\u0442\u0430", "Cyrl"),
        ("\u6211\u7684\u5361\u5728\u54ea\u91cc", "zh"),
        ("\u79c1\u306e\u30ab\u30fc\u30c9\u306f\u4f55\u51e6\u3067\u3059\u304b", "ja"),
        ("\uce74\ub4dc \uc5b4\ub514 Visa", "ko"),
        ("mantap jiwa", UNSURE),
        ("12345 !!", UNSURE),
        ("", UNSURE),
    ],
)
def test_a_text_is_in_a_language_or_unsure(text: str, code: str) -> None:
    assert code == language(text)


def test_one_foreign_word_does_not_make_a_language() -> None:
    assert "en" == language("what does \u5bff\u53f8 mean in the menu")


def test_counts_are_the_commonest_first() -> None:
    said = counted(["where is it", "saya tidak tahu", "what is this", "zzz"])

    assert [("en", 2), ("id", 1), (UNSURE, 1)] == list(said.items())


def test_a_language_of_the_traffic_that_is_hardly_learned_is_said() -> None:
    [said] = missing({"en": 900, "id": 100, UNSURE: 50}, {"en": 900, "id": 5})

    assert "10.0% of the calls are in 'id' and 0.6% of the rows" in said


@pytest.mark.parametrize(
    ("traffic", "learned"),
    [
        ({"en": 900, "id": 100}, {"en": 900, "id": 40}),
        ({"en": 990, "id": 10}, {"en": 990}),
        ({"en": 90, "id": 9}, {"en": 90}),
        ({UNSURE: 100}, {}),
        ({}, {}),
    ],
)
def test_what_is_learned_or_rare_is_not(traffic: dict[str, int], learned: dict[str, int]) -> None:
    assert [] == missing(traffic, learned)
