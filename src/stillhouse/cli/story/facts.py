"""What the story found, act by act: read by the report, and printed with `--json`."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Day:
    """What one day's calls came to. amounts: workload -> exact decimal text, in USD."""

    name: str
    calls: int = 0
    by_student: int = 0
    amounts: dict[str, str] = field(default_factory=dict)
    total: str = "0"


@dataclass(slots=True)
class Facts:
    """seconds: how long the acts took, by name. Everything else as the commands said it."""

    days: list[Day] = field(default_factory=list)
    opportunities: list[dict[str, Any]] = field(default_factory=list)
    student: dict[str, Any] = field(default_factory=dict)
    refused: str = ""
    release: dict[str, Any] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    case: dict[str, Any] = field(default_factory=dict)
    stopped: dict[str, Any] = field(default_factory=dict)
    verify: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    console: str = ""
    report: str = ""
