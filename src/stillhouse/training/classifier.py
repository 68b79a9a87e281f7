"""A closed set of labels -> the form of classifier that suits it: words, or sentences.

Of `settings.extra`: `form` ("auto", "linear", "encoder"), and `encoder`: whether the terms allow a
student that starts from the encoder's weights.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from stillhouse.distill.example import Example
from stillhouse.training import sentences, words
from stillhouse.training.fitting import Fitted, Settings


def fit(
    train: Sequence[Example],
    valid: Sequence[Example],
    *,
    settings: Settings,
    folder: Path,
    moved: Callable[[float], None] = lambda _: None,
) -> Fitted:
    """Raises UnfitError, MissingExtraError."""
    form, may = settings.extra.get("form", "auto"), bool(settings.extra.get("encoder"))
    chosen = sentences.chosen(train, form, may=may, seed=settings.seed)
    fits = sentences.fit if chosen else words.fit
    return fits(train, settings=settings, folder=folder, moved=moved, apart=valid)
