"""The acts of the demo, in order. Each makes something happen, asks about it, and shows the answer.

    customers ─► first day ─► the bill: for what? ─► an opportunity ─► a student ─► its release
        └─ meanwhile: one account collects a model whose terms forbid it ─► evidence ─► stopped
    ─► the next day's bill beside the first ─► nothing lost, nothing billed twice

Only the traffic is made up (`traffic`). What the commands answer is shown as it is: a student that
is not good enough is not released, and an account without evidence against it is not stopped.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from stillhouse.cli.output import Failure
from stillhouse.cli.story.facts import Day, Facts
from stillhouse.cli.story.service import Service
from stillhouse.cli.story.traffic import SENTIMENT, SPAM, TOPIC, Task, comments, harvest, request
from stillhouse.testing.client import Reply

CUSTOMERS: Final = {"rewind": (SPAM, 1300), "kopi": (SENTIMENT, 150), "pasar": (TOPIC, 150)}
"""account -> its task, and how often it asks in a day."""
OWNED, COLLECTOR = "rewind", "nimbus"
TEACHER, FRONTIER, PUPIL = "teacher", "frontier", "pupil"
COMPARED = 240
"""Calls between two steps of the release."""
PROMISE, DELTA = "90%", "0.05"
COSTS = ("--node-month", "0.01", "--one-off", "0.01")
HARVEST_MAX, HARVEST_PAUSE_S = 40_000, 0.008
WAIT_S, REACHED_S = 30.0, 90.0


@dataclass(slots=True)
class Story:
    """One telling. seed: of the traffic."""

    service: Service
    screen: Console
    seed: int = 1
    facts: Facts = field(default_factory=Facts)
    keys: dict[str, str] = field(default_factory=dict)
    _streams: dict[str, Iterator[str]] = field(default_factory=dict)

    @property
    def month(self) -> str:
        return datetime.now(UTC).strftime("%Y-%m")

    def tell(self) -> Facts:
        """All acts.

        Raises:
            Failure: one of them could not be played; the message says why.
        """
        with self._act("Three customers, and one more"):
            self._open_accounts()
        collector = Collector(self.service, self.keys[COLLECTOR], self.seed)
        collector.start()
        try:
            with self._act("The first day, through the gateway"):
                self._day("first day")
            with self._act("What is the bill for?"):
                self._bill(self.facts.days[0])
            with self._act("Which of it could be owned, and may it?"):
                self._opportunities()
            with self._act("A student of one's own"):
                released = self._distill()
            if released:
                with self._act("Its way into traffic: shadow, canary, cut-over"):
                    self._release()
            with self._act("The next day"):
                self._day("next day")
                self._bill(self.facts.days[1])
                if released:
                    ident = self.facts.steps[-1]["id"]
                    self.facts.release = self.service.ask("releases", "show", ident)
            with self._act("Meanwhile: who collects a model's answers?"):
                self._case(collector)
        finally:
            collector.stop()
        with self._act("Nothing lost, nothing billed twice"):
            self._verify()
        return self.facts

    # -- acts

    def _open_accounts(self) -> None:
        for name in (*CUSTOMERS, COLLECTOR):
            account = self.service.ask("accounts", "create", name)
            made = self.service.ask("keys", "create", "--account", account["id"])
            self.keys[name] = made["key"]
        for name in CUSTOMERS:
            self.service.ask(
                *("capture", "on", "--account", name, "--by", "Sari", "--days", "7"),
                *("--text", "Requests and answers may teach a model of our own."),
            )
        for number, (name, (task, _)) in enumerate(CUSTOMERS.items()):
            self._streams[name] = comments(task, self.seed + number)
        time.sleep(1.0)  # keys and consents reach every worker within a second

    def _day(self, name: str) -> None:
        day = Day(name)
        before, students = self._amounts(), self._by_student()
        for account, (task, calls) in CUSTOMERS.items():
            replies = self._ask(account, task, calls, f"{account}: {task.name}")
            day.calls += len(replies)
        self._sealed()
        day.by_student = self._by_student() - students
        after = self._amounts()
        day.amounts = {
            name: str(amount - before.get(name, Decimal(0))) for name, amount in after.items()
        }
        day.total = str(sum(map(Decimal, day.amounts.values()), Decimal(0)))
        self.facts.days.append(day)

    def _bill(self, day: Day) -> None:
        table = _table("workload", "USD", "share")
        total = Decimal(day.total) or Decimal(1)
        for name, amount in sorted(day.amounts.items(), key=lambda row: -Decimal(row[1])):
            table.add_row(name, amount, f"{100 * Decimal(amount) / total:.0f} %")
        table.add_row("[bold]all", f"[bold]{day.total}", "")
        self.screen.print(table)
        if len(self.facts.days) > 1:
            first = self.facts.days[0]
            share = 100 * Decimal(day.total) / (Decimal(first.total) or Decimal(1))
            self.screen.print(
                f"{day.calls} calls on either day: USD {first.total} before, USD {day.total} now,"
                f" {share:.0f} % of it. The student answered {day.by_student} of them."
            )

    def _opportunities(self) -> None:
        asked = ("opportunities", "--month", self.month, *COSTS)
        with self.screen.status("answers are looked at now and then: a moment"):
            self._until(
                "enough answers were looked at",
                lambda: any(
                    row["account"] == OWNED and row["allowed"] for row in self._rows(asked)
                ),
            )
        self.facts.opportunities = self._rows(asked)
        table = _table("workload of", "spend", "answers", "may be owned", "break-even")
        for row in self.facts.opportunities:
            even = (row.get("economics") or {}).get("break_even")
            table.add_row(
                row["account"],
                row["spend"],
                str(row["output"]["kind"]),
                "yes" if row["allowed"] else f"no: {row['why']}",
                f"after {even['calls']} calls" if even else "never",
            )
        self.screen.print(table)

    def _rows(self, asked: tuple[str, ...]) -> list[dict[str, Any]]:
        return [row for row in self.service.rows(*asked) if row["account"] in CUSTOMERS]

    def _distill(self) -> bool:
        log = self._log(OWNED)
        options = ("--consent", "Sari, for each customer: capture on", "--delta", DELTA)
        with self.screen.status("consent, curate, train, evaluate"):
            said = self.service.ask("distill", "run", "--from", log, *options, *COSTS)
        self.facts.student = said
        judged, removed = said["judged"], said["funnel"]["removed"]
        self.screen.print(
            f"{said['funnel']['of_workload']} calls, {sum(removed.values())} taken away"
            f" ({', '.join(f'{count} {why}' for why, count in removed.items())}),"
            f" {said['rows']} learned from, {judged['n']} later ones judged:"
            f" agrees with its teacher on {100 * judged['agreement']:.1f} %, keeps"
            f" {100 * judged['kept']:.0f} % of the answers and leaves the rest to it."
            f" Verdict: [bold]{said['verdict']}[/bold]."
        )
        self.facts.refused = self._too_few()
        self.screen.print(f"The same for kopi's sentiment: {self.facts.refused}")
        return bool(said["verdict"] == "accept")

    def _too_few(self) -> str:
        """150 calls with three answers that the teacher itself is unsure of."""
        log = self._log("kopi")
        try:
            with self.screen.status("consent, curate, train, evaluate"):
                said = self.service.ask(
                    "distill",
                    "run",
                    "--from",
                    log,
                    "--consent",
                    "Sari, for each customer: capture on",
                )
        except Failure as refusal:
            return str(refusal.message).partition("Error: ")[2] or refusal.message
        return (
            f"{said['verdict']}: {said['judged']['n']} later calls are too few to judge by, and"
            f" {said['rows']} too few to learn from"
        )

    def _release(self) -> None:
        service = self.service
        service.configure(self.facts.student["folder"])
        self._until("the student is ready", lambda: "student: ready" in service.log.read_text())
        begun = self._begun()
        ident = begun["id"]
        self._step(begun)
        for stage, share in (("canary", "50%"), ("cut_over", "")):
            task, _ = CUSTOMERS[OWNED]
            self._ask(OWNED, task, COMPARED, "compared with the teacher")
            self._until("enough was compared", lambda: self._compared(ident) >= 50)
            more = ("--share", share) if share else ()
            self._step(service.ask("releases", "move", ident, stage, *more))

    def _begun(self) -> dict[str, Any]:
        [workload] = [
            row for row in self.service.rows("workloads", "list") if row["account_name"] == OWNED
        ]
        said: dict[str, Any] = self.service.ask(
            *("distill", "release", PUPIL, "--account", OWNED, "--workload", workload["id"]),
            *("--instead-of", TEACHER, "--promise", PROMISE, "--audit", "50%"),
        )
        return said

    def _compared(self, ident: str) -> int:
        return int(self.service.ask("releases", "show", ident)["stage_of"])

    def _step(self, row: dict[str, Any]) -> None:
        self.facts.steps.append(row)
        self.screen.print(
            f"{row['stage']}: {row['share']} of the end users; so far {row['agreed']} of"
            f" {row['of']} comparisons agree, {row['declined']} were left to the teacher"
        )
        time.sleep(1.0)  # every worker goes over within a second

    def _case(self, collector: "Collector") -> None:
        service = self.service
        with self.screen.status(f"{COLLECTOR} goes on collecting, and guard goes on looking"):
            found = self._until(
                "the evidence reaches suspend", self._reached, within_s=REACHED_S, quiet=True
            )
        self.facts.stopped = {"calls": collector.calls, "status": collector.status}
        if not found:
            self.screen.print(
                f"After {collector.calls} calls the evidence is not enough for two people to stop"
                " it: they do not."
            )
            return
        case = found[0]["id"]
        service.ask(
            *("guard", "decide", case, "--step", "suspend", "--yes"),
            *("--as", "Rara", "--reason", "A grid of tasks, and no use is made of any answer."),
            *("--second", "Budi", "--second-reason", "I read the file; the terms forbid it."),
        )
        self._until("its calls are refused", lambda: collector.refused)
        self.facts.case = service.ask("guard", "show", case)
        self.facts.stopped = {
            "calls": collector.calls,
            "status": collector.status,
            "message": collector.message,
        }
        for row in self.facts.case["timeline"]:
            self.screen.print(
                f"{row['at'][11:19]}  {row['what']}  [dim]{row['by']}", soft_wrap=True
            )
        self.screen.print(
            f"{COLLECTOR} was stopped after {collector.calls} calls, by two people:\n"
            f"[italic]{collector.status}: {collector.message}[/italic]"
        )

    def _reached(self) -> list[dict[str, Any]]:
        rows = self.service.rows("guard", "cases")
        return [row for row in rows if row["reaches"] == "suspend"]

    def _verify(self) -> None:
        self._sealed()
        self.facts.verify = said = self.service.ask("verify")
        self.screen.print(
            f"{said['receipts']} receipts: {said['lost']} lost, {said['duplicated']} doubled,"
            f" {said['mispriced']} priced otherwise than now, {said['open_holds']} holds left open"
        )

    # -- parts of acts

    @contextmanager
    def _act(self, name: str) -> Iterator[None]:
        self.screen.rule(f"[bold]{len(self.facts.seconds) + 1}. {name}", align="left")
        began = time.monotonic()
        yield
        self.facts.seconds[name] = round(time.monotonic() - began, 1)

    def _ask(
        self, account: str, task: Task, calls: int, name: str
    ) -> list[tuple[dict[str, Any], Reply]]:
        bodies = [
            {**request(task, comment, TEACHER), "user": f"viewer-{number % 200}"}
            for number, comment in enumerate(islice(self._streams[account], calls))
        ]
        columns = (
            TextColumn(f"{name:<28}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.screen) as progress:
            bar = progress.add_task(name, total=calls)
            replies = self.service.send(
                self.keys[account], bodies, moved=lambda: progress.advance(bar)
            )
        bad = [reply for _, reply in replies if reply.status != 200]
        if bad:
            raise Failure(
                f"{len(bad)} calls of {account} failed, the first with {bad[0].status}:"
                f" {bad[0].body.decode(errors='replace')[:300]}"
            )
        return replies

    def _log(self, account: str) -> str:
        """What was captured of this customer, by its consent."""
        path = str(self.service.folder / f"{account}.jsonl")
        self.service.rows("capture", "export", "--account", account, "--out", path)
        return path

    def _amounts(self) -> dict[str, Decimal]:
        """What each customer's workload came to this month."""
        said = self.service.ask("explain", "--month", self.month)
        names = {f"({account})": task.name for account, (task, _) in CUSTOMERS.items()}
        amounts: dict[str, Decimal] = {}
        for part in said["parts"]:
            for mark, name in names.items():
                if part["name"].endswith(mark):
                    amounts[name] = amounts.get(name, Decimal(0)) + Decimal(part["amount"])
        return amounts

    def _by_student(self) -> int:
        said = self.service.ask("explain", "--month", self.month, "--by", "model")
        return sum(part["calls"] for part in said["parts"] if part["name"].startswith(PUPIL))

    def _sealed(self) -> None:
        """Wait until the customers' receipts are in the ledger."""
        self._until("the receipts are posted", lambda: self.service.ask("verify")["in_flight"] == 0)
        time.sleep(3.0)

    def _until(
        self, what: str, check: Callable[[], Any], *, within_s: float = WAIT_S, quiet: bool = False
    ) -> Any:
        told, self.service.told = self.service.told, lambda _: None
        try:
            until = time.monotonic() + within_s
            while not (found := check()):
                if time.monotonic() > until:
                    if quiet:
                        return None
                    raise Failure(f"waited {within_s:.0f} s, and not: {what}")
                time.sleep(0.3)
            return found
        finally:
            self.service.told = told


class Collector:
    """The one who collects: asks beside the others, until it is suspended or told to stop."""

    def __init__(self, service: Service, key: str, seed: int) -> None:
        self._service, self._key, self._seed = service, key, seed
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True, name="collector")
        self.calls = 0
        self.status = 0
        self.message = ""

    @property
    def refused(self) -> bool:
        return self.status == 403 and "suspended" in self.message

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(30)

    def _work(self) -> None:
        self._service.send(
            self._key, islice(harvest(self._seed, FRONTIER), HARVEST_MAX), stop=self._seen
        )

    def _seen(self, reply: Reply) -> bool:
        self.status = reply.status
        if reply.status == 200:
            self.calls += 1
        else:
            self.message = json.loads(reply.body).get("error", {}).get("message", "")
        return self._over.wait(HARVEST_PAUSE_S) or self.refused


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if name in {"USD", "share", "spend"} else "left")
    return table
