"""What every way of fitting a student is given and gives back.

    fit(train, valid, settings, folder) ─► Fitted      classifier, extraction, causal

A fit reads only its rows: consent, terms and curation were before it, and the evaluation rows are
kept from it. It writes its weights into `folder`, which is its own and empty, and gives back what
the manifest must say of them. The same rows, settings and seed give the same bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from stillhouse.distill.artefact import Form, Kind
from stillhouse.distill.example import Example

Asked = Literal["auto", "classifier", "extraction", "generative"]


class UnfitError(ValueError):
    """No student can be made of these rows, and why; the next step is in the message."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may choose. target: accuracy wanted of answers that are kept.

    apart: the rows to choose by were set apart by the operator and have gold.

    extra: of one form alone, by name (a base model, epochs, a learning rate).
    """

    seed: int = 0
    threads: int = 1
    target: float = 0.98
    apart: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fitted:
    """files: names inside the folder. model: what the manifest's `model` says.

    threshold: confidence below which the teacher answers, chosen on `valid`. metrics: of `valid`.
    """

    kind: Kind
    form: Form
    files: tuple[str, ...]
    model: dict[str, Any]
    threshold: float
    metrics: dict[str, Any]
    labels: tuple[str, ...] = ()
    base: str = ""


class Fit(Protocol):
    """Raises UnfitError."""

    def __call__(
        self,
        train: Sequence[Example],
        valid: Sequence[Example],
        *,
        settings: Settings,
        folder: Path,
        moved: Callable[[float], None],
    ) -> Fitted:
        """moved: told the share that is done, for a progress bar."""
        ...
