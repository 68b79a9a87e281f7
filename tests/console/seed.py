"""Two months of a house, by the paths that operators use: accounts, keys, budgets, imported logs.

    python -m tests.console.seed FOLDER [--calls 60000]     serves it until Ctrl-C

Everything is drawn from one seed, so pictures of the console can be taken again. The logs are in
the house's own line format; nothing is written into its database or its files.
"""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from tests.cli.at_the_desk import Shell
from tests.service import eventually

CONFIG = """
[server]
port = {port}
admin_port = {admin_port}
workers = 1
data = "data"

[providers.openai]
kind = "openai"
base_url = "{upstream}"
[providers.anthropic]
kind = "anthropic"
base_url = "{bare}"
api_key = "{key}"

[deployments.gpt-4o]
provider = "openai"
model = "gpt-4o"
[deployments.gpt-4o-mini]
provider = "openai"
model = "gpt-4o-mini"
[deployments.claude-sonnet]
provider = "anthropic"
model = "claude-sonnet"
[deployments.text-embedding]
provider = "openai"
model = "text-embedding-3-large"
max_output_tokens = 1
[deployments.o4-mini]
provider = "openai"
model = "o4-mini"

{prices}
"""
PRICES = {
    "gpt-4o": ("2.50", "1.25", "10.00"),
    "gpt-4o-mini": ("0.15", "0.075", "0.60"),
    "claude-sonnet": ("3.00", "0.30", "15.00"),
    "text-embedding-3-large": ("0.13", "0.13", "0.13"),
}
"""Sale prices in dollars for a million tokens: input, cached input, output. o4-mini has none."""


class Task(NamedTuple):
    """What an account does: with which model, tokens in and out, weight, and growth a month."""

    workload: str
    project: str
    model: str
    tokens_in: int
    tokens_out: int
    weight: float
    growth: float


BUDGETS = {"Nusantara Video": "500", "Bank Selaras": "400", "Kopi Kita Group": "8"}
"""US dollars a month"""

HOUSES: dict[str, list[Task]] = {
    "Nusantara Video": [
        Task("comment-triage", "moderation", "gpt-4o-mini", 2600, 18, 30, 0.31),
        Task("comment-triage", "moderation", "gpt-4o", 3400, 22, 12, 0.31),
        Task("caption-translation", "studio", "gpt-4o", 2200, 900, 5, 0.04),
    ],
    "Bank Selaras": [
        Task("support-drafts", "contact-centre", "claude-sonnet", 4100, 620, 5, 0.06),
        Task("document-extraction", "onboarding", "gpt-4o", 6800, 410, 4, -0.08),
    ],
    "Aruna Retail": [
        Task("product-copy", "catalogue", "gpt-4o", 900, 700, 4, 0.02),
        Task("search-embeddings", "catalogue", "text-embedding", 600, 0, 9, 0.0),
    ],
    "Orbit Logistics": [Task("address-cleaning", "dispatch", "gpt-4o-mini", 500, 120, 8, 0.0)],
    "Teluk Health": [Task("note-summaries", "clinics", "claude-sonnet", 5200, 540, 2, 0.12)],
    "Kopi Kita Group": [Task("review-replies", "stores", "gpt-4o-mini", 800, 240, 4, -0.2)],
    "Garda Insurance": [Task("claims-triage", "claims", "gpt-4o", 3900, 60, 2, 0.0)],
    "Lembah Media and Entertainment Holdings (Regional)": [
        Task("transcript-chapters", "newsroom", "gpt-4o", 9800, 480, 1, 0.5)
    ],
    "Harbour Travel": [Task("itinerary-drafts", "concierge", "claude-sonnet", 2400, 980, 1, -0.4)],
}


def configuration(upstream: str, *, port: int = 0, admin_port: int = 0) -> str:
    tables = [
        f'[[prices]]\nmodel = "{model}"\nbook = "{book}"\nvalid_from = 2026-01-01T00:00:00Z\n'
        f'usd_per_million = {{ input = "{given[0]}", cache_read = "{given[1]}",'
        f' output = "{given[2]}" }}\n'
        for model, given in PRICES.items()
        for book in ("sale", "cost")
    ]
    return CONFIG.format(
        upstream=upstream,
        bare=upstream.removesuffix("/v1"),
        port=port,
        admin_port=admin_port,
        key="test-key",
        prices="\n".join(tables),
    )


def lines(*, calls: int, until: datetime, days: int = 54, seed: int = 7) -> Iterator[str]:
    """A log, oldest call first; weekends are quieter, and the day follows the sun of Jakarta."""
    chance = random.Random(seed)
    tasks = [(house, task) for house, given in HOUSES.items() for task in given]
    weights = [task.weight for _, task in tasks]
    first = (until - timedelta(days=days)).date()
    rows = []
    for number in range(calls):
        house, task = chance.choices(tasks, weights)[0]
        growth = [(1 + task.growth) ** (n / 24) for n in range(days + 1)]
        day = first + timedelta(days=chance.choices(range(days + 1), growth)[0])
        if day.weekday() >= 5 and chance.random() < 0.35:
            continue
        hour = min(max(int(chance.gauss(7, 4)), 0), 23)
        at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) + timedelta(
            seconds=chance.randrange(3600), microseconds=chance.randrange(10**6)
        )
        if at < until:
            rows.append((at, number, house, task))
    for at, number, house, task in sorted(rows, key=lambda row: row[:2]):
        spread = chance.lognormvariate(0, 0.3)
        into = max(int(task.tokens_in * spread), 1)
        usage = {"prompt_tokens": into, "completion_tokens": int(task.tokens_out * spread)}
        if task.workload == "comment-triage":
            usage["prompt_tokens_details"] = {"cached_tokens": into * 6 // 10}  # type: ignore[assignment]
        yield json.dumps(
            {
                "id": f"seed-{number}",
                "at": at.isoformat().replace("+00:00", "Z"),
                "account": house,
                "project": task.project,
                "provider": "anthropic" if task.model.startswith("claude") else "openai",
                "model": "text-embedding-3-large" if task.model == "text-embedding" else task.model,
                "workload": task.workload,
                "usage": usage,
            }
        )


def prepare(folder: Path, upstream: str, **ports: int) -> Shell:
    """A configuration and accounts with projects and keys, before the first start."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stillhouse.toml").write_text(configuration(upstream, **ports))
    shell = Shell(folder / "data")
    for house, tasks in HOUSES.items():
        shell.run("accounts", "create", house)
        for project in sorted({task.project for task in tasks}):
            shell.run("projects", "create", project, "--account", house)
            shell.run("keys", "create", "--account", house, "--project", project, "--name", project)
    for house, amount in BUDGETS.items():
        shell.run("budgets", "set", "--account", house, "--hard", amount, "--period", "month")
    return shell


def load(shell: Shell, *, calls: int, until: datetime) -> None:
    """The logs, once prices are known: `serve` registers those of the configuration."""
    log = shell.data.parent / "calls.jsonl"
    with log.open("w") as out:
        out.writelines(line + "\n" for line in lines(calls=calls, until=until))
    shell.run("import", str(log), "--format", "stillhouse")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--calls", type=int, default=60_000)
    asked.add_argument("--upstream", default="http://127.0.0.1:9/v1")
    asked.add_argument("--port", type=int, default=8080)
    given = asked.parse_args()
    shell = prepare(given.folder, given.upstream, port=given.port, admin_port=given.port + 1)
    noted = given.folder / "data" / "run" / "workers.json"
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from stillhouse.cli import main; main()",
            "serve",
            "--config",
            "stillhouse.toml",
        ],
        cwd=given.folder,
    ) as service:
        try:
            eventually(noted.exists, within_s=30)
            load(shell, calls=given.calls, until=datetime.now(UTC))
            print(shell.one("console", "link")["url"], flush=True)
            service.wait()
        except KeyboardInterrupt:
            service.terminate()


if __name__ == "__main__":
    main()
