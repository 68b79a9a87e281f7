"""`terms`: what outputs may be used for. Answers without a data folder, from what ships."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from stillhouse.cli.output import Failure, line, show
from stillhouse.cli.terms_check import check_, reason_document
from stillhouse.cli.terms_desk import TermsDesk, asking, clock, on_terms, told, use_of
from stillhouse.cli.terms_sign import add_, attest_, revoke_, signed_, waive_
from stillhouse.compose.terms import folder, fresh_index, read
from stillhouse.compose.terms_paths import served
from stillhouse.config.problem import ConfigError
from stillhouse.terms import Entry, Lineage, Origin, Registry, Use, decide
from stillhouse.terms.document import ALWAYS, Kind
from stillhouse.terms.explain import explain
from stillhouse.terms.lineage import when
from stillhouse.terms.registry import Chain
from stillhouse.units.instant import DAY, Instant, instant, iso, period

COLUMNS = ("id", "kind", "provider", "paths", "position", "confidence", "read_on", "stale", "from")


@click.group(help="What outputs may be used for: list, show, check, explain, diff, sign.")
def terms() -> None: ...


for command in (check_, add_, attest_, waive_, revoke_, signed_):
    terms.add_command(command)


@terms.command("list", help="Every entry in force, and what this house's deployments meet.")
@click.option("--kind", type=click.Choice([k.value for k in Kind]))
@click.option("--path", help="Only of this access path.")
@click.option("--model", help="Only those that a model of this name meets.")
@click.option("--stale", is_flag=True, help="Only what must be read again before it permits.")
@on_terms
def list_(
    desk: TermsDesk, *, kind: str | None, path: str | None, model: str | None, stale: bool
) -> None:
    registry = desk.terms.registry
    chains = list(registry.chains.values())
    if model is not None:
        met = registry.licences(model) if path is None else registry.matching(path, model)
        chains = [registry.chains[chain.id] for chain in met]
    found = [version for c in chains if (version := c.at(desk.at) or c.newest)]
    rows = [
        document(one, desk.at)
        for one in found
        if (kind is None or one.kind == kind)
        and (path is None or path in one.paths or (one.kind is Kind.WEIGHTS and model))
        and (not stale or is_stale(one, desk.at))
    ]
    show(rows, as_json=desk.as_json, columns=COLUMNS)
    if not desk.as_json:
        _hints(desk)


def _hints(desk: TermsDesk) -> None:
    """Deployments of this house that nothing is known of, and how to say it."""
    try:
        rows = served(desk.config)
    except ConfigError as error:
        click.echo(f"\n{error}", err=True)
        return
    registry = desk.terms.registry
    for name, path, model, weights in rows:
        if path not in registry.paths:
            click.echo(
                f"\ndeployment {name}: its access path is not known, so its outputs teach nobody;"
                f' write path = "self-hosted" (or openai-api, azure-openai, ...) under its provider'
            )
        elif not registry.matching(path, model, weights):
            click.echo(
                f"\ndeployment {name}: no terms of {path} name the model {model};"
                ' write weights = "..." under the deployment, or add terms'
            )


@terms.command("show", help="One entry with all its versions.")
@click.argument("entry")
@on_terms
def show_(desk: TermsDesk, *, entry: str) -> None:
    chain = _chain(desk.terms.registry, entry.partition("@")[0])
    in_force = chain.at(desk.at)
    for version in chain.versions:
        said = {**document(version, desk.at), "in_force": version is in_force}
        if desk.as_json:
            line(said)
            continue
        for name, value in said.items():
            if value not in (None, "", [], ()):
                shown = ", ".join(map(str, value)) if isinstance(value, list) else value
                click.echo(f"{name:<13}{shown}")
        click.echo()


@terms.command("explain", help="May I? In plain words, for one way to one model.")
@click.argument("path")
@click.argument("model", default="")
@click.option("--weights", default="", help="Licences of self-hosted weights, joined by +.")
@click.option("--made", metavar="TIME", help="When the rows were made.  [default: now]")
@asking
@on_terms
def explain_(
    desk: TermsDesk, *, path: str, model: str, weights: str, made: str | None, **asked: Any
) -> None:
    clock(desk)
    use = use_of(desk, asked)
    origin = Origin(path=path, model=model, weights=weights, at=when(made) or use.now)
    verdict = decide(_with(use, origin), desk.terms.registry)
    if desk.as_json:
        line(
            {
                "verdict": verdict.outcome.value,
                "ground": verdict.ground,
                "reasons": [reason_document(r) for r in verdict.reasons],
                "obligations": [str(o) for o in verdict.obligations],
            }
        )
    else:
        click.echo("\n".join(explain(verdict)))
    if not verdict.allowed:
        click.get_current_context().exit(1)


def _with(use: Use, origin: Origin) -> Use:
    return replace(use, lineage=Lineage((origin,)))


@terms.command(
    "diff", help="What changed in force from OLD to NEW: days, or folders of a registry."
)
@click.argument("old")
@click.argument("new", default="")
@on_terms
def diff_(desk: TermsDesk, *, old: str, new: str) -> None:
    before, after = _state(desk, old), _state(desk, new)
    rows = [
        {
            "id": ident,
            "change": "added" if one is None else "removed" if other is None else "changed",
            "old": None if one is None else f"{one.position} ({one.ref})",
            "new": None if other is None else f"{other.position} ({other.ref})",
            "what": _differences(one, other),
        }
        for ident in sorted(before.keys() | after.keys())
        if not _same(one := before.get(ident), other := after.get(ident))
    ]
    show(rows, as_json=desk.as_json, columns=("id", "change", "old", "new", "what"))
    if not rows and not desk.as_json:
        click.echo("nothing changed")


def _state(desk: TermsDesk, named: str) -> dict[str, Entry]:
    """Id -> version in force on a day; or now, in another folder."""
    registry, at = desk.terms.registry, desk.at
    if named:
        try:
            day = date.fromisoformat(named)
            at = Instant(instant(datetime(day.year, day.month, day.day, tzinfo=UTC)) + DAY - 1)
        except ValueError:
            if not Path(named).is_dir():
                raise click.UsageError(
                    f"{named} is neither a day like 2026-01-01 nor a folder of a registry"
                ) from None
            registry = read(Path(named))
    return {i: v for i, chain in registry.chains.items() if (v := chain.at(at)) is not None}


def _same(one: Entry | None, other: Entry | None) -> bool:
    return one is not None and other is not None and one == other


def _differences(one: Entry | None, other: Entry | None) -> list[str]:
    if one is None or other is None:
        return []
    skipped = {"hash", "added_at", "signed_by"}
    names = [n for n in Entry.__slots__ if n not in skipped]
    return [name for name in names if getattr(one, name) != getattr(other, name)]


@terms.command("hash", help="Compare a registry's files with its index; --write makes it anew.")
@click.argument("where", metavar="[FOLDER]", default="")
@click.option("--write", is_flag=True, help="These files are meant: write their hashes down.")
def hash_(where: str, *, write: bool) -> None:
    registry = Path(where) if where else Path(str(folder()))
    if not registry.is_dir():
        raise Failure(f"{registry} is no folder")
    with told():
        if write:
            (registry / "index.json").write_text(fresh_index(registry), "utf-8")
        found = read(registry)
    click.echo(f"{len(found.entries)} entries; every file has the hash that the index says")


def _chain(registry: Registry, ident: str) -> Chain:
    if ident not in registry.chains:
        raise Failure(f"there is no entry {ident}; see `stillhouse terms list`")
    return registry.chains[ident]


def is_stale(one: Entry, at: Instant) -> bool:
    return one.read_on is None or at - one.read_on > one.recheck_days * DAY


def document(one: Entry, at: Instant) -> dict[str, Any]:
    """One version for people and machines."""
    return {
        "id": one.id,
        "ref": one.ref,
        "kind": one.kind.value,
        "provider": one.provider,
        "paths": list(one.paths),
        "models": list(one.models),
        "not_models": list(one.not_models),
        "effective": "always" if one.effective == ALWAYS else period(one.effective, "day"),
        "position": one.position.value,
        "conditions": list(one.conditions),
        "exceptions": list(one.exceptions),
        "clause": one.clause or None,
        "quote": one.quote or None,
        "document": one.document,
        "version": one.version,
        "url": one.url,
        "url_seen": one.url_seen,
        "read_where": one.read_where,
        "read_record": one.read_record or None,
        "text_of": one.text_of or None,
        "read_on": None if one.read_on is None else period(one.read_on, "day"),
        "confidence": one.confidence.value,
        "recheck_days": one.recheck_days,
        "stale": is_stale(one, at),
        "text_sha256": one.text_sha256 or None,
        "notes": one.notes or None,
        "hash": one.hash,
        "from": "shipped" if not one.added_at else f"{one.signed_by}, {iso(one.added_at)}",
    }
