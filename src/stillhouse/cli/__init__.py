"""The command line: one noun per command, tables for people, `--json` for machines.

    arguments -> data folder -> store (compose) -> what happened, on stdout; errors on stderr

    folder    which data folder: --data, STILLHOUSE_DATA, the configuration, ./data
    output    JSON, tables, errors and exit codes: 0 done, 1 refused or failed, 2 wrong usage
    desk      what each command on the store is handed: the store, the time, who asks
    tenants   accounts, projects          keys      keys
    budgets   budgets, limits             entries   the ledger's entries
    invoices  invoices, settings          verify_invoice  a check without a data folder
    fx        stored rates                contracts  what was agreed beyond prices
    console   a sign-in link              members   who may use the console
    demo      the founding story; story is what it plays

A command's module is imported when it is run, so that `stillhouse accounts create` does not wait
for what `stillhouse serve` needs, and the list of commands below imports nothing.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast

import click

from stillhouse import __version__

COMMANDS = {
    "serve": ("stillhouse.cli.serve:serve", "Serve the gateway."),
    "accounts": ("stillhouse.cli.tenants:accounts", "Who pays: create, list, suspend, restore."),
    "projects": ("stillhouse.cli.tenants:projects", "Who spends: create, list."),
    "keys": ("stillhouse.cli.keys:keys", "What authenticates: create, list, revoke, rotate."),
    "budgets": ("stillhouse.cli.budgets:budgets", "The most that may be spent in each period."),
    "limits": ("stillhouse.cli.budgets:limits", "Requests, tokens and concurrent calls."),
    "prices": ("stillhouse.cli.prices:prices", "Sale and cost prices."),
    "bill": ("stillhouse.cli.billing:bill", "An account's bill of one month."),
    "invoices": ("stillhouse.cli.invoices:invoices", "Draft, approve, finalise, credit, prove."),
    "fx": ("stillhouse.cli.fx:fx", "Stored exchange rates."),
    "contracts": ("stillhouse.cli.contracts:contracts", "Discounts, minimums, capacity, credits."),
    "verify-invoice": (
        "stillhouse.cli.verify_invoice:verify_invoice",
        "Check an invoice from its file alone.",
    ),
    "export": ("stillhouse.cli.export:export_", "Invoices as PDF, CSV, FOCUS 1.2, beancount."),
    "receipts": ("stillhouse.cli.billing:receipts", "What was metered, call by call."),
    "import": ("stillhouse.cli.imports:import_", "Load a log of calls that somebody else kept."),
    "revenue": ("stillhouse.cli.revenue:revenue", "Shares, concentration, growth, exposure."),
    "explain": ("stillhouse.cli.explain:explain_", "What a bill is for and why it changed."),
    "reconcile": ("stillhouse.cli.reconcile:reconcile", "What providers bill against receipts."),
    "workloads": ("stillhouse.cli.workloads:workloads", "The tasks that make up the bill."),
    "guard": ("stillhouse.cli.guard:guard", "Who collects outputs, and what is done about it."),
    "terms": ("stillhouse.cli.terms:terms", "What outputs may be used for."),
    "distill": ("stillhouse.cli.distill:distill", "From recorded calls to a model of your own."),
    "opportunities": (
        "stillhouse.cli.opportunities:opportunities",
        "Workloads worth owning, by what that saves.",
    ),
    "capture": ("stillhouse.cli.capture:capture", "Content that a project lets us keep."),
    "releases": ("stillhouse.cli.releases:releases", "Students in traffic: list, show, move."),
    "entries": ("stillhouse.cli.entries:entries", "The ledger's hash-chained entries."),
    "verify": ("stillhouse.cli.billing:verify", "Check that nothing is lost, doubled or changed."),
    "console": ("stillhouse.cli.console:console", "The console: a link that signs in."),
    "members": ("stillhouse.cli.members:members", "Who may use the console."),
    "demo": (
        "stillhouse.cli.demo:demo",
        "The founding story on this machine: a bill, a student, a smaller bill.",
    ),
    "replay": ("stillhouse.cli.replay:replay", "Drive a recorded trace through a gateway."),
    "doctor": ("stillhouse.cli.doctor:doctor", "Say what is wrong and how to mend it."),
}


class LazyGroup(click.Group):
    """Imports a command's module when the command is used, not before."""

    def __init__(
        self, *, lazy: Mapping[str, tuple[str, str]] | None = None, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self.lazy = {
            name: row for name, row in (lazy or {}).items() if find_spec(row[0].split(":")[0])
        }

    def list_commands(self, ctx: click.Context) -> list[str]:  # click's signature
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.lazy:
            return None
        module, _, attribute = self.lazy[cmd_name][0].partition(":")
        return cast("click.Command", getattr(import_module(module), attribute))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.lazy.items()])


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Sell, meter and govern access to large language models.",
)
@click.version_option(__version__, prog_name="stillhouse")
def main() -> None:
    """Run one command; `stillhouse COMMAND --help` tells its options."""
