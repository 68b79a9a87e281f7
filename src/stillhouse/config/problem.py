"""What is wrong with a configuration, said to the person who can mend it.

A problem is a value, not an exception, so that one never hides the next: they are collected and
raised together. It names the key, says what is wrong, and says how to mend it. It never repeats a
value that came from the environment.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `where` is the key as written in TOML: "deployments.gpt-4o.provider"."""

    where: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" + (f" ({self.fix})" if self.fix else "")


class ConfigError(Exception):
    """The configuration cannot be used. `problems`: every reason; `origin`: what was read."""

    def __init__(self, problems: Iterable[Problem], origin: str = "the configuration") -> None:
        self.problems = tuple(problems)
        self.origin = origin
        super().__init__(describe(self.problems, origin=origin))


def describe(problems: Iterable[Problem], *, origin: str = "the configuration") -> str:
    """Write all problems for a terminal, one paragraph each."""
    found = list(problems)
    count = f"{len(found)} problem" + ("" if len(found) == 1 else "s")
    lines = [f"{count} in {origin}:"]
    for problem in found:
        lines += ["", f"  {problem.where or 'the document'}", f"      {problem.message}"]
        if problem.fix:
            lines.append(f"      fix: {problem.fix}")
    return "\n".join(lines)
