"""When a tenant's calls come, and how long its answers are: from production traces.

Arrivals are of a ServeGen client (its rates and burstiness by ten minutes over two weeks), slowed
or sped up until the wanted number of calls fills the wanted days: shape is theirs, scale is ours.
Token lengths are of Azure's conversation and code traces. Who is paired with which text is drawn by
us, and said so.

    dev    clients of m-mid, the first half of Azure's hour
    test   clients of m-large, the second half
"""

import csv
import gzip
import io
import tarfile
from functools import cache
from random import Random

from bench.guard.sources import DATA
from bench.guard.words import Split

STEP_US = 600_000_000
POOL: dict[Split, str] = {"dev": "language/m-mid", "test": "language/m-large"}


@cache
def clients(split: Split) -> tuple[tuple[tuple[float, float], ...], ...]:
    """For each client, (rate, CV) of each ten minutes."""
    found = []
    with tarfile.open(DATA / "servegen" / "arrivals.tar.gz") as archive:
        for member in sorted(archive.getnames()):
            if not member.startswith(POOL[split] + "/") or not member.endswith(".csv"):
                continue
            file = archive.extractfile(member)
            if file is None:
                continue
            rows = csv.reader(io.TextIOWrapper(file, "utf-8"))
            windows = tuple((float(r[1]), float(r[2] or 1)) for r in rows if len(r) > 2)
            if sum(rate for rate, _ in windows) > 0:
                found.append(windows)
    return tuple(found)


@cache
def tokens(split: Split, what: str) -> tuple[tuple[int, int], ...]:
    """(context, generated) of each request. what: conv or code."""
    path = DATA / "azure-llm-2023" / f"AzureLLMInferenceTrace_{what}.csv.gz"
    rows = list(csv.reader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))[1:]
    half = len(rows) // 2
    return tuple((int(r[1]), int(r[2])) for r in (rows[:half] if split == "dev" else rows[half:]))


def times(rng: Random, split: Split, calls: int, *, start: int, days: float) -> list[int]:
    """Microseconds of so many calls, rising: a client's shape, stretched over the days."""
    windows = clients(split)[rng.randrange(len(clients(split)))]
    offset = rng.randrange(len(windows))
    weights = [windows[(offset + n) % len(windows)] for n in range(len(windows))]
    total = sum(rate for rate, _ in weights)
    scale = days * 86_400_000_000 / len(weights)
    found: list[int] = []
    due = 0.0
    for n, (rate, cv) in enumerate(weights):
        due += rate / total * calls
        if due < 1:
            continue
        many, due = int(due), due - int(due)
        shape = 1 / min(max(cv, 0.3), 8) ** 2
        gaps = [rng.gammavariate(shape, 1) for _ in range(many + 1)]
        whole, at = sum(gaps) or 1.0, 0.0
        for gap in gaps[:many]:
            at += gap
            found.append(start + int((n + at / whole) * scale))
    while len(found) < calls:
        found.append(start + int(rng.random() * len(weights) * scale))
    return sorted(found[:calls])


def steady(rng: Random, calls: int, *, start: int, days: float) -> list[int]:
    """A script that paces itself: even, with a little jitter."""
    step = days * 86_400_000_000 / calls
    return [start + int((n + rng.random()) * step) for n in range(calls)]
