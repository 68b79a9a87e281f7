"""The encoder is these very bytes, and is refused for a language that it does not know."""

import pytest

from stillhouse.training import base
from stillhouse.training.fitting import UnfitError
from stillhouse.training.needs import MissingExtraError

ENGLISH = ["where is my card, I have waited two weeks", "please tell me the exchange rate"]
INDONESIAN = [
    "warung ini dimiliki oleh pengusaha pabrik tahu yang sudah puluhan tahun terkenal",
    "mohon bantuannya, kartu saya hilang kemarin dan belum diblokir",
]


@pytest.fixture
def installed() -> None:
    if base.folder() is None:
        pytest.skip("the sentence encoder is not installed: pip install 'stillhouse[encoder]'")


@pytest.mark.usefixtures("installed")
def test_a_language_shows_in_how_many_pieces_its_words_are_cut_into() -> None:
    assert base.pieces(ENGLISH) < 1.3
    assert base.pieces(INDONESIAN) > 1.8
    base.covers(ENGLISH)
    with pytest.raises(UnfitError, match="trained on English"):
        base.covers(INDONESIAN)


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    base.files.cache_clear()
    monkeypatch.setattr(base, "PACKAGE", "no_such_package")
    with pytest.raises(MissingExtraError, match=r"stillhouse\[encoder\]"):
        base.files()


@pytest.mark.usefixtures("installed")
def test_other_bytes_are_not_taken_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    base.files.cache_clear()
    monkeypatch.setattr(base, "SHA256", "0" * 64)
    with pytest.raises(MissingExtraError, match="is not the file"):
        base.files()
