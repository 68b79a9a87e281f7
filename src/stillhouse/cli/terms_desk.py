"""What each command of `terms` is handed: the registry, and this house's part of it where one is.

Most questions need no data folder: without one, what ships answers, and nothing that was signed
counts. The commands that sign write to the store, and so need one.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, cast

import click

from stillhouse.cli.desk import in_folder
from stillhouse.cli.folder import data_folder
from stillhouse.cli.output import Failure
from stillhouse.compose.stores import DATABASE, open_store
from stillhouse.compose.terms import TamperedError, UnreadableError
from stillhouse.compose.terms_book import Terms, terms_of
from stillhouse.ledger.ports import ConflictError, NotFoundError, UnavailableError
from stillhouse.terms import DocumentError, Exposure, Lineage, Purpose, StudentKind, Use
from stillhouse.terms.decide import AHEAD, SKEW
from stillhouse.terms.lineage import LineageError, when
from stillhouse.terms.signed import UnreadableLineError
from stillhouse.terms.waiver import READING, Attestation, UnsignableError
from stillhouse.units.instant import DAY, Instant, iso

WRONG = (
    *(TamperedError, UnreadableError, DocumentError, UnreadableLineError, UnsignableError),
    *(NotFoundError, ConflictError, UnavailableError, LineageError),
)
"""What is told to whoever typed the command, in a sentence, without a traceback."""


@dataclass(frozen=True, slots=True)
class TermsDesk:
    """house: there is a data folder, whose lines are in `terms`."""

    terms: Terms
    at: Instant
    as_json: bool
    house: bool
    config: Path | None


@contextmanager
def told() -> Iterator[None]:
    try:
        yield
    except WRONG as error:
        raise Failure(str(error)) from error


def on_terms(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command --data, --config and --json, and a TermsDesk."""

    @in_folder
    @wraps(command)
    def run(*, data: Path | None, config: Path | None, as_json: bool, **arguments: Any) -> None:
        folder = data_folder(data, config)
        house = (folder / DATABASE).is_file()
        with told():
            if house:
                with closing(open_store(folder)) as store:
                    terms = terms_of(store)
            else:
                terms = terms_of(None)
            at = Instant(time.time_ns() // 1000)
            command(TermsDesk(terms, at, as_json, house, config), **arguments)

    return cast("Callable[..., None]", run)


def asking(command: Any) -> Any:
    """The options of a use: what is trained, who meets it, and who signs for what."""
    for option in reversed(
        (
            click.option(
                "--student",
                required=True,
                type=click.Choice([k.value for k in StudentKind]),
                help="What is trained.",
            ),
            click.option(
                "--exposure",
                default="internal",
                show_default=True,
                type=click.Choice([e.value for e in Exposure]),
                help="Who meets it.",
            ),
            click.option("--base-model", default="", help="What it starts from: name or licence."),
            click.option(
                "--purpose",
                default="training",
                show_default=True,
                type=click.Choice([p.value for p in Purpose]),
                help="Train on the outputs, or only compare with them.",
            ),
            click.option(
                "--account", default="", help="Whose student: for what is signed for one."
            ),
            click.option(
                "--attest",
                multiple=True,
                metavar="ENTRY[=CLAIM]",
                help="As if it had been attested, for this question alone; repeat.",
            ),
            click.option("--signed-by", default="", help="Who would sign for --attest."),
            click.option("--at", "now", metavar="TIME", help="As of this time.  [default: now]"),
        )
    ):
        command = option(command)
    return command


def use_of(desk: TermsDesk, asked: Mapping[str, Any]) -> Use:
    """The use that the options say, without a lineage."""
    now = when(asked["now"]) or desk.at
    supposed = tuple(
        one
        for text in asked["attest"]
        for one in _supposed(desk, text, str(asked["signed_by"]), now)
    )
    return Use(
        lineage=Lineage(()),
        student=StudentKind(asked["student"]),
        exposure=Exposure(asked["exposure"]),
        now=now,
        base=asked["base_model"],
        purpose=Purpose(asked["purpose"]),
        account=asked["account"],
        attestations=(*desk.terms.signed.attestations, *supposed),
        waivers=desk.terms.signed.waivers,
    )


def _supposed(desk: TermsDesk, text: str, signed_by: str, now: Instant) -> Iterator[Attestation]:
    ident, _, claim = text.partition("=")
    if not signed_by.strip():
        raise click.UsageError("say who would sign: --signed-by NAME")
    chain = desk.terms.registry.chains.get(ident)
    if chain is None:
        raise click.UsageError(f"there is no entry {ident}; see `stillhouse terms list`")
    known = (READING, *chain.newest.exceptions, *chain.newest.conditions)
    for one in [claim] if claim else dict.fromkeys(t.partition(":")[0] for t in known):
        yield Attestation(
            id=f"supposed-{ident}-{one}",
            entry=ident,
            claim=one,
            signed_by=signed_by,
            signed_at=now,
            expires_at=Instant(now + DAY),
        )


def clock(desk: TermsDesk) -> None:
    """Refuse a clock that ran backwards: by it, no reading could be told old from new."""
    signed = (*desk.terms.signed.attestations, *desk.terms.signed.waivers)
    read = max((e.read_on or 0 for e in desk.terms.registry.entries), default=0)
    lines = max((one.signed_at for one in signed), default=0)
    if desk.at + AHEAD < read or desk.at + SKEW < lines:
        raise Failure(
            f"this machine's clock says {iso(desk.at)}, and somebody read or signed on"
            f" {iso(max(read, lines))}: set the clock, then ask again"
        )
