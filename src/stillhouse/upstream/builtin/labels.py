"""What the model can say about a comment, and the order in which it says it.

The recipe trains on these, the grammar promises them, the card reports on them: one list.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LABELS: Final[Mapping[str, Sequence[str | bool]]] = MappingProxyType(
    {
        "topic": (
            "food", "music", "beauty", "fashion", "gaming", "sports",
            "travel", "pets", "comedy", "education", "tech", "other",
        ),
        "sentiment": ("positive", "negative", "neutral"),
        "spam": (True, False),
        "toxicity": (True, False),
        "language": ("en", "id", "mixed"),
    }
)  # fmt: skip
