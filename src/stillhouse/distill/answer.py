"""How a student answers a request: the one path of evaluation and of serving.

    body ─► chat.asked ─► intake.take ─► the student's model ─► text, confidence
                 │not plain    │None                              │below the threshold
                 └─────────────┴──────────────────────────────────┴─► the teacher answers

An answer is never without a confidence, and one that is not `kept` says why: whoever serves it
passes the call on. A student answers nothing that it was not trained for.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol

import msgspec

from stillhouse.distill import chat, encoder, fields, linear
from stillhouse.distill.artefact import DamagedError, Manifest
from stillhouse.distill.intake import Intake

Reason = Literal["", "low_confidence", "another_task", "not_plain", "incomplete"]


class Answer(NamedTuple):
    """text: as the teacher would have written it; "" where there is none. reason: why not kept."""

    text: str
    confidence: float
    kept: bool
    reason: Reason = ""


class Model(Protocol):
    """What reads an input. A confidence is the chance, between 0 and 1, that the text is right."""

    def say(self, text: str) -> tuple[str, float]: ...


class Classifier:
    """The likeliest label."""

    def __init__(self, of: linear.Linear) -> None:
        self._of = of

    def say(self, text: str) -> tuple[str, float]:
        chances = self._of.chances(text)
        best = int(chances.argmax())
        return self._of.labels[best], float(chances[best])


class Sentences:
    """The likeliest label by a sentence's vector, with what its words and letters say."""

    def __init__(
        self, of: encoder.Encoder, head: linear.Head, words: linear.Linear | None, heat: float
    ) -> None:
        self._of, self._head, self._words, self._heat = of, head, words, heat

    def say(self, text: str) -> tuple[str, float]:
        scores = self._head.scores(self._of.vectors([text])[0]) / self._head.layer.temperature
        if self._words is not None:
            scores = scores + self._words.scores(text) / self._words.layer.temperature
        chances = linear.softmax(scores / self._heat)
        best = int(chances.argmax())
        return self._head.labels[best], float(chances[best])


class Student:
    """A student that is ready to answer. Safe to share between threads that take turns."""

    def __init__(self, *, intake: Intake, model: Model, threshold: float) -> None:
        self.intake, self.model, self.threshold = intake, model, threshold

    def answer(self, body: bytes | bytearray | memoryview) -> Answer:
        """Answer a request's body, of any dialect."""
        asked = chat.asked(body)
        if asked is None or not asked.plain:
            return Answer("", 0.0, False, "not_plain")
        text = self.intake.take(asked.turns)
        if text is None:
            return Answer("", 0.0, False, "another_task")
        return self.read(text)

    def read(self, text: str) -> Answer:
        """Answer an input that `intake` has taken already."""
        said, confidence = self.model.say(text)
        if not said:
            return Answer("", confidence, False, "incomplete")
        kept = confidence >= self.threshold
        return Answer(said, confidence, kept, "" if kept else "low_confidence")


def student(manifest: Manifest, files: Mapping[str, bytes]) -> Student:
    """Make one of its manifest and its files, both checked before (`artefact.read`, `checked`).

    Raises:
        DamagedError: the files do not fit, or this form is not one that answers in process.
    """
    return Student(
        intake=manifest.intake, model=model(manifest, files), threshold=manifest.threshold
    )


def model(manifest: Manifest, files: Mapping[str, bytes]) -> Model:
    try:
        match manifest.form:
            case "linear":
                layer = msgspec.convert(manifest.model, linear.Layer)
                return Classifier(linear.read(layer, files))
            case "encoder":
                joined = msgspec.convert(manifest.model, linear.Joined)
                words = None if joined.words is None else linear.read(joined.words, files)
                head = linear.head(joined, files)
                return Sentences(encoder.read(files), head, words, joined.heat)
            case "fields":
                return fields.read(msgspec.convert(manifest.model, fields.Shape), files)
            case _:
                raise DamagedError(
                    f"a student of form {manifest.form} is served by a provider, not in process"
                )
    except (msgspec.ValidationError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, DamagedError):
            raise
        raise DamagedError(f"the student's files do not fit its manifest: {error}") from error
