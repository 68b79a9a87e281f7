"""Three months of a house: accounts, keys and budgets by the command line, calls by a journal.

    python -m tests.console.seed FOLDER [--calls 60000]     serves it until Ctrl-C

Calls are written as a gateway writes them and sealed as the sealer seals them, and invoices are
drafted and closed by the same facade as everywhere, so nothing here is made up but the past. All is
drawn from one seed: pictures of the console can be taken again.
"""

import argparse
import json
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from msgspec.structs import replace
from tests.cli.at_the_desk import Shell
from tests.service import eventually

from stillhouse.billing.settings import Issuer, TaxRule
from stillhouse.compose.invoices import Invoices
from stillhouse.compose.stores import open_store
from stillhouse.config.load import load
from stillhouse.ledger.journal import frame
from stillhouse.ledger.receipt import Close, Open
from stillhouse.ledger.rules import settle
from stillhouse.store.folder import JournalFolder
from stillhouse.store.journal import JournalWriter
from stillhouse.store.lake import Lake
from stillhouse.units.instant import Instant
from stillhouse.units.usage import NOTHING, Usage
from stillhouse.worker.recover import recover
from stillhouse.worker.seal import Sealer

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
COST = Decimal("0.8")
"""what a provider takes of each sale price"""


class Task(NamedTuple):
    """What an account does: with which model, tokens in and out, weight, and growth a month."""

    workload: str
    project: str
    model: str
    tokens_in: int
    tokens_out: int
    weight: float
    growth: float


BUDGETS = {"Nusantara Video": "120", "Bank Selaras": "400", "Kopi Kita Group": "8"}
"""US dollars a month"""

FILE = 20_000
"""calls in a journal file before it is rotated"""
ISSUER = Issuer(
    name="PT Stillhouse Demo",
    address=("Jalan Jenderal Sudirman 1", "Jakarta 10220"),
    tax_id="NPWP 01.234.567.8-012.000",
    taxes=(TaxRule(name="PPN", rate_bp=1100),),
)

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
        f'usd_per_million = {{ input = "{part * Decimal(given[0])}",'
        f' cache_read = "{part * Decimal(given[1])}", output = "{part * Decimal(given[2])}" }}\n'
        for model, given in PRICES.items()
        for book, part in (("sale", 1), ("cost", COST))
    ]
    return CONFIG.format(
        upstream=upstream,
        bare=upstream.removesuffix("/v1"),
        port=port,
        admin_port=admin_port,
        key="test-key",
        prices="\n".join(tables),
    )


class Drawn(NamedTuple):
    """One call to be: when, whose, which task, and how large against the usual."""

    at: datetime
    house: str
    task: Task
    spread: float


def drawn(*, calls: int, until: datetime, days: int, seed: int = 7) -> list[Drawn]:
    """Calls in order of time; weekends are quieter, and the day follows the sun of Jakarta."""
    chance = random.Random(seed)
    tasks = [(house, task) for house, given in HOUSES.items() for task in given]
    weights = [task.weight for _, task in tasks]
    first = (until - timedelta(days=days)).date()
    found = []
    for _ in range(calls):
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
            found.append(Drawn(at, house, task, chance.lognormvariate(0, 0.3)))
    return sorted(found)


def prepare(folder: Path, upstream: str, **ports: int) -> Shell:
    """A configuration, and accounts with projects, keys and budgets."""
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


def sell(folder: Path, *, calls: int, until: datetime) -> None:
    """What a gateway would have left behind, from the first of the month before the last one.

    Journals, sealed as the sealer seals them.
    """
    last = until.replace(day=1) - timedelta(days=1)
    begun = last.replace(day=1) - timedelta(days=1)
    days = (until - begun.replace(day=1)).days
    settings = load(file=folder / "stillhouse.toml", env={}, overrides={})
    at = Instant(int(until.timestamp() * 10**6))
    chance = random.Random(11)
    with closing(open_store(folder / "data")) as store:
        store.register_tariffs(settings.tariffs, at=at)
        book = {(t.book, t.model): t for t in settings.tariffs}
        directory = store.directory()
        keys = {
            (directory.accounts[k.account].name, directory.projects[k.project].name): k
            for k in directory.keys.values()
        }
        writer = store.register_writer(at=at)
        journal = JournalWriter(folder / "data", writer=writer, at=at, on_synced=lambda _: None)
        for number, call in enumerate(drawn(calls=calls, until=until, days=days)):
            key, deployment = keys[call.house, call.task.project], call.task.model
            route = settings.deployments[deployment]
            opened, closed = _receipt(call, chance, seq=journal.next_seq())
            sale, cost = book["sale", route.model], book["cost", route.model]
            opened = replace(
                opened,
                account=key.account,
                project=key.project,
                key=key.id,
                deployment=deployment,
                provider=route.provider,
                model=route.model,
                sale_tariff=sale.id,
                cost_tariff=cost.id,
            )
            done = settle(
                outcome=closed.outcome,
                status=closed.status,
                reported=Usage(*closed.usage) if closed.usage else None,
                count=lambda: NOTHING,
                hold=0,
                sale=sale,
                cost=cost,
            )
            closed = replace(
                closed,
                usage=tuple(done.usage),
                charge=done.charge,
                cost=done.cost,
                witness=done.witness,
                flags=done.flags,
            )
            journal.append(frame(opened))
            journal.append(frame(closed))
            if number % FILE == FILE - 1:
                journal.flush()
                journal.rotate([], at=closed.settled_at)
        journal.flush()
        journal.close()
        data = folder / "data"
        recover(Sealer(folder=JournalFolder(data), lake=Lake(data), books=store), at)


def _receipt(call: Drawn, chance: random.Random, *, seq: int) -> tuple[Open, Close]:
    """Both halves, before anybody is named and anything is priced."""
    into = max(int(call.task.tokens_in * call.spread), 1)
    out = int(call.task.tokens_out * call.spread)
    cached = into * 6 // 10 if call.task.workload == "comment-triage" else 0
    fate, status = chance.choices(
        [("completed", 200), ("refused", 429), ("client_left", 200), ("timeout", 0)],
        [99.1, 0.5, 0.3, 0.1],
    )[0]
    admitted = int(call.at.timestamp() * 10**6)
    first = int(chance.lognormvariate(12.6, 0.35))
    took = 60_000_000 if fate == "timeout" else first + int(out * chance.lognormvariate(9.4, 0.2))
    usage = Usage(input=into - cached, cache_read=cached, output=out, requests=1)
    opened = Open(
        seq=seq,
        call=seq,
        admitted_at=admitted,
        account="",
        project="",
        key="",
        deployment="",
        provider="",
        model="",
        surface="embeddings" if call.task.tokens_out == 0 else "chat/completions",
        stream=out > 300,
        hold=0,
        sale_tariff="",
        cost_tariff="",
        budgets=(),
        input_bound=into,
        workload=call.task.workload,
    )
    closed = Close(
        seq=seq,
        settled_at=admitted + took,
        first_byte_us=-1 if fate in {"timeout", "refused"} else first,
        latency_us=took,
        status=status,
        outcome=fate,  # type: ignore[arg-type]  # one of the words above
        witness="reported",
        flags=0,
        usage=tuple(usage) if fate in {"completed", "client_left"} else (),
        charge=0,
        cost=0,
    )
    return opened, closed


def bill(folder: Path, *, until: datetime) -> None:
    """An issuer; the month before the last closed, the last one drafted and partly approved."""
    last = (until.replace(day=1) - timedelta(days=1)).date()
    before = (last.replace(day=1) - timedelta(days=1)).isoformat()[:7]
    at = Instant(int(until.timestamp() * 10**6))
    with closing(open_store(folder / "data")) as store:
        store.set_issuer(ISSUER, at=at, actor="seed")
        invoices = Invoices(folder / "data", store)
        for number, account in enumerate(store.directory().accounts):
            invoices.draft(account, before, at=at, actor="seed")
            invoices.approve(account, before, at=at, actor="seed")
            invoices.finalise(account, before, at=at, actor="seed")
            if number < 4:
                invoices.draft(account, last.isoformat()[:7], at=at, actor="seed")
            if number < 2:
                invoices.approve(account, last.isoformat()[:7], at=at, actor="seed")


class Running(NamedTuple):
    """A service over such a folder."""

    shell: Shell
    gateway: str
    console: str

    def link(self) -> str:
        """A link that signs in once."""
        return str(self.shell.one("console", "link")["url"])


@contextmanager
def served(folder: Path) -> Iterator[Running]:
    """`stillhouse serve` on the folder, as an operator starts it, until the block ends."""
    noted = folder / "data" / "run" / "workers.json"
    command = [sys.executable, "-c", "from stillhouse.cli import main; main()", "serve"]
    with (folder / "serve.log").open("ab") as log:
        service = subprocess.Popen(
            [*command, "--config", "stillhouse.toml"], cwd=folder, stdout=log, stderr=log
        )
    try:
        eventually(noted.exists, within_s=60)
        urls = json.loads(noted.read_text())
        eventually(lambda: _answers(urls["console_url"]) and _answers(urls["url"]), within_s=60)
        yield Running(Shell(folder / "data"), urls["url"], urls["console_url"])
    finally:
        service.terminate()
        service.wait(60)


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), 1).close()
    except OSError:
        return False
    return True


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--calls", type=int, default=60_000)
    asked.add_argument("--upstream", default="http://127.0.0.1:9/v1")
    asked.add_argument("--port", type=int, default=8080)
    given = asked.parse_args()
    now = datetime.now(UTC)
    prepare(given.folder, given.upstream, port=given.port, admin_port=given.port + 1)
    sell(given.folder, calls=given.calls, until=now)
    bill(given.folder, until=now)
    with served(given.folder) as running:
        print(running.link(), flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
