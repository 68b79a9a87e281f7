"""The student: what is trained, who will meet it, and why outputs are looked at.

student     what is trained. `extraction` fills a fixed shape with words of the input: it generates
            text, so where terms except "classifiers and embeddings" it is not among them, even
            though some of them speak of models that "organize data"; we read that narrowly.
exposure    `internal`: the account that owns it; `sold`: any second account, at a charge or none;
            `published`: the weights leave the house. A wider exposure is a new use: ask again.
purpose     `training`, or `evaluation`: outputs are compared with one's own system and are in no
            training set. Only what terms except by name is permitted for it.
"""

from enum import StrEnum


class StudentKind(StrEnum):
    CLASSIFIER = "classifier"
    EMBEDDING = "embedding"
    EXTRACTION = "extraction"
    GENERATIVE = "generative"


class Exposure(StrEnum):
    INTERNAL = "internal"
    SOLD = "sold"
    PUBLISHED = "published"


class Purpose(StrEnum):
    TRAINING = "training"
    EVALUATION = "evaluation"
