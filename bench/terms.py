"""How long a verdict takes, and how long a dataset: `python -m bench.terms [--rows 1000000]`.

    decide      one use against the registry that ships, nothing remembered but which entries match
    dataset     `stillhouse terms check` over a file of rows in the log format: 30 days, twelve ways
                to models, each row with a request and an answer of ordinary length

Goals: a decision below 50 us, a million rows below 30 s.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from stillhouse.compose.terms import shipped
from stillhouse.terms import Exposure, Lineage, Origin, StudentKind, Use, decide
from stillhouse.terms.lineage import when
from stillhouse.units.instant import Instant

NOW = Instant(when("2026-11-30T12:00:00Z") or 0)
AT = Instant(when("2026-11-01T10:00:00Z") or 0)
WAYS = (
    ("openai-api", "gpt-4o"),
    ("openai-api", "gpt-4o-mini"),
    ("azure-openai", "gpt-4o"),
    ("anthropic-api", "claude-sonnet-4"),
    ("deepseek-api", "deepseek-chat"),
    ("self-hosted", "meta-llama/Llama-3.1-8B-Instruct"),
    ("self-hosted", "Qwen/Qwen3-8B"),
    ("together", "meta-llama/Llama-3.3-70B-Instruct"),
    ("openrouter", "qwen/qwen3-32b"),
    ("bedrock", "anthropic.claude-3-5-sonnet"),
    ("builtin", "builtin"),
    ("nobody-knows-me", "m"),
)
ROUNDS, EACH = 7, 2_000


def decisions() -> None:
    registry = shipped()
    mixed = tuple(Origin(path=p, model=m, at=AT) for p, m in WAYS[4:7])
    asked = {f"{p} {m}": (Origin(path=p, model=m, at=AT),) for p, m in WAYS} | {"three": mixed}
    slowest = 0.0
    for name, origins in asked.items():
        use = Use(
            lineage=Lineage(origins),
            student=StudentKind.GENERATIVE,
            exposure=Exposure.SOLD,
            now=NOW,
        )
        took = []
        for _ in range(ROUNDS):
            began = time.process_time()
            for _ in range(EACH):
                decide(use, registry)
            took.append((time.process_time() - began) / EACH * 1e6)
        slowest = max(slowest, median(took))
        print(f"decide {name:52} {median(took):6.1f} us  (least {min(took):.1f})")
    print(f"slowest decision {slowest:.1f} us; goal 50 us")


def dataset(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.jsonl"
        text = "words of a customer " * 20
        with file.open("w", encoding="utf-8") as out:
            for n in range(rows):
                path, model = WAYS[n * 7 % len(WAYS)]
                row = {
                    "id": f"c{n}",
                    "at": f"2026-11-{n % 29 + 1:02}T{n % 24:02}:{n % 60:02}:{n % 59:02}.123Z",
                    "account": f"a{n % 97}",
                    "path": path,
                    "model": model,
                    "request": {"messages": [{"role": "user", "content": text}]},
                    "response": {"choices": [{"message": {"content": text[:120]}}]},
                }
                out.write(json.dumps(row) + "\n")
        size = file.stat().st_size
        command = (sys.executable, "-c", "from stillhouse.cli import main; main()")
        asked = ("terms", "check", str(file), "--student", "generative")
        for form in ((), ("--json",)):
            began = time.perf_counter()
            ended = subprocess.run(
                [*command, *asked, *form, "--data", folder],
                stdout=subprocess.DEVNULL,
                check=False,
            )
            took = time.perf_counter() - began
            name = "as JSON, a line a row" if form else "as a table"
            print(
                f"check {rows:,} rows ({size / 1e6:,.0f} MB) {name}: {took:.1f} s, exit"
                f" {ended.returncode}, {took / rows * 1e6:.1f} us a row; goal 30 s a million"
            )


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--rows", type=int, default=1_000_000)
    decisions()
    dataset(given.parse_args().rows)


if __name__ == "__main__":
    main()
