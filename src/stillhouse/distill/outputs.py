"""What kind of answers a task gets, and so what kind of student may learn it.

    closed labels   nearly all are short and of a set that hardly grows  -> classifier
    fixed JSON      nearly all are objects of the same few shapes        -> extraction
    free text       neither                                             -> generative

That a set hardly grows is judged by how many answers were seen only once (Good and Turing: their
share is about the chance that the next answer is new). `workloads.answers` judges the same of live
traffic from hashes alone, for up to 64 labels; here the texts are at hand and up to 1,000 count.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from stillhouse.distill.artefact import Kind
from stillhouse.distill.example import as_json, as_label

ENOUGH = 40
NEARLY_ALL, FEW = 0.95, 0.05
LABEL_CHARS, LABELS_MAX, SHAPES_FEW = 80, 1_000, 4
KEPT_MAX = 20_000


@dataclass(slots=True)
class Outputs:
    """Counts over answers, in memory that is bounded."""

    seen: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    shapes: Counter[str] = field(default_factory=Counter)

    def see(self, text: str) -> None:
        self.seen += 1
        text = text.strip()
        if text[:1] in {"{", "`"}:
            found = as_json(text)
            if found is not None:
                _count(self.shapes, ",".join(sorted(found)))
                return
        if 0 < len(text) <= LABEL_CHARS and "\n" not in text:
            _count(self.labels, as_label(text).casefold())

    @property
    def kind(self) -> Kind | None:
        """None where too few answers were seen."""
        if self.seen < ENOUGH:
            return None
        few = sum(times for _, times in self.shapes.most_common(SHAPES_FEW))
        if few >= NEARLY_ALL * self.seen:
            return "extraction"
        short = self.labels.total()
        once = sum(times == 1 for times in self.labels.values())
        if short >= NEARLY_ALL * self.seen and once <= FEW * short and self.size <= LABELS_MAX:
            return "classifier"
        return "generative"

    @property
    def size(self) -> int:
        """Labels that were given more than once, else shapes."""
        return sum(times > 1 for times in self.labels.values()) or len(self.shapes)


def _count(counts: Counter[str], name: str) -> None:
    if name in counts or len(counts) < KEPT_MAX:
        counts[name] += 1


def label_set(texts: Iterable[str], *, least: int) -> dict[str, str]:
    """Labels that were given at least so often: how they compare -> how they are mostly written."""
    ways: dict[str, Counter[str]] = {}
    for text in texts:
        label = as_label(text)
        ways.setdefault(label.casefold(), Counter())[label] += 1
    return {
        name: min(written.items(), key=lambda w: (-w[1], w[0]))[0]
        for name, written in sorted(ways.items())
        if name and written.total() >= least
    }
