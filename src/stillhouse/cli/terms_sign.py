"""`terms add|attest|waive|revoke|signed`: what people sign about terms, by name."""

from pathlib import Path
from typing import Any

import click

from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.keys import later
from stillhouse.cli.output import show
from stillhouse.cli.terms_desk import TermsDesk, on_terms, told
from stillhouse.compose.terms_book import add, attest, revoke, waive
from stillhouse.terms import Exposure, StudentKind
from stillhouse.terms.waiver import READING, Attestation, Waiver
from stillhouse.units.instant import Instant, iso

SIGNED = click.option("--signed-by", required=True, help="The person who signs, by name.")
EXPIRES = click.option(
    "--expires", default="365d", show_default=True, help="When it ends: 365d, or a time."
)
ACCOUNT = click.option("--account", default="", help="Name or id: for this account's students.")


@click.command("add", help="Add readings of terms from FILE (YAML), with the contract's text.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--text",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The contract as plain text: quotations must stand in it, its hash is kept.",
)
@SIGNED
@on_store(create=True)
def add_(desk: Desk, *, file: Path, text: Path | None, signed_by: str) -> None:
    with told():
        made = add(
            desk.store, desk.data, file, text, signed_by=signed_by, at=desk.at, actor=desk.actor
        )
    for one in made:
        said = {
            "id": one.id,
            "ref": one.ref,
            "position": one.position.value,
            "text_sha256": one.text_sha256 or None,
            "signed_by": signed_by,
        }
        desk.tell(said, f"{one.ref}: {one.position.value}, read by {signed_by}")


@click.command("attest", help="State, by name, what an entry asks for and no program can know.")
@click.argument("entry")
@click.option(
    "--claim", default=READING, show_default=True, help="An exception or condition of the entry."
)
@click.option("--statement", default="", help="In your own words.")
@click.option("--contract-ref", default="", help="The paper that it rests on.")
@ACCOUNT
@EXPIRES
@SIGNED
@on_store(create=True)
def attest_(desk: Desk, *, entry: str, claim: str, expires: str, **said: str) -> None:
    with told():
        made = attest(
            desk.store,
            Attestation(
                id="",
                entry=entry,
                claim=claim,
                statement=said["statement"],
                contract_ref=said["contract_ref"],
                account=_account(desk, said["account"]),
                signed_by=said["signed_by"],
                signed_at=desk.at,
                expires_at=later(expires, desk.at, option="--expires"),
            ),
            actor=desk.actor,
        )
    ends = f"it ends {iso(made.expires_at)}"
    desk.tell(_row(made), f"{made.id}: {made.signed_by} attests {claim} of {entry}; {ends}")


@click.command("waive", help="Lift an entry by a contract of your own, for a named scope.")
@click.argument("entry")
@click.option(
    "--student",
    "students",
    multiple=True,
    required=True,
    type=click.Choice([k.value for k in StudentKind]),
    help="What it covers; repeat.",
)
@click.option(
    "--exposure",
    "exposures",
    multiple=True,
    required=True,
    type=click.Choice([e.value for e in Exposure]),
    help="What it covers; repeat.",
)
@click.option("--model", "models", multiple=True, default=("*",), help="Pattern; repeat.")
@click.option("--contract-ref", required=True, help="The contract that lifts it.")
@ACCOUNT
@EXPIRES
@SIGNED
@on_store(create=True)
def waive_(
    desk: Desk,
    *,
    entry: str,
    students: tuple[str, ...],
    exposures: tuple[str, ...],
    models: tuple[str, ...],
    expires: str,
    **said: str,
) -> None:
    with told():
        made = waive(
            desk.store,
            Waiver(
                id="",
                entry=entry,
                students=frozenset(map(StudentKind, students)),
                exposures=frozenset(map(Exposure, exposures)),
                models=models,
                contract_ref=said["contract_ref"],
                account=_account(desk, said["account"]),
                signed_by=said["signed_by"],
                signed_at=desk.at,
                expires_at=later(expires, desk.at, option="--expires"),
            ),
            actor=desk.actor,
        )
    ends = f"it ends {iso(made.expires_at)}"
    desk.tell(_row(made), f"{made.id}: {made.contract_ref} lifts {entry}; {ends}")


@click.command("revoke", help="Take back an attestation or a waiver, from now on.")
@click.argument("ident", metavar="ID")
@click.option("--reason", default="", help="Why.")
@SIGNED
@on_store()
def revoke_(desk: Desk, *, ident: str, reason: str, signed_by: str) -> None:
    revoke(desk.store, ident, signed_by=signed_by, reason=reason, at=desk.at, actor=desk.actor)
    desk.tell({"id": ident, "revoked_at": iso(desk.at)}, f"{ident} holds no longer")


@click.command("signed", help="Attestations and waivers, also those that have ended.")
@on_terms
def signed_(desk: TermsDesk) -> None:
    signed = desk.terms.signed
    both: list[Attestation | Waiver] = [*signed.attestations, *signed.waivers]
    rows = [{**_row(one), "holds": one.holds(desk.at)} for one in both]
    columns = ("id", "entry", "what", "account", "contract_ref", "signed_by", "expires_at", "holds")
    show(rows, as_json=desk.as_json, columns=columns)


def _account(desk: Desk, name: str) -> str:
    return desk.store.find_account(name).id if name else ""


def _row(one: Attestation | Waiver) -> dict[str, Any]:
    return {
        "id": one.id,
        "entry": one.entry,
        "version": one.version or None,
        "what": _what(one),
        "account": one.account or None,
        "contract_ref": one.contract_ref or None,
        "signed_by": one.signed_by,
        "signed_at": iso(one.signed_at),
        "expires_at": iso(one.expires_at),
        "revoked_at": None if one.revoked_at is None else iso(Instant(one.revoked_at)),
    }


def _what(one: Attestation | Waiver) -> list[str]:
    if isinstance(one, Attestation):
        return [one.claim]
    return [*sorted(one.students), *sorted(one.exposures), *one.models]
