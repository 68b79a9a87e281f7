"""`guard replay`: a case's evidence computed again; exit 1 when a single bit differs.

CASE takes every bundle that the case names, by its digest; a file is a bundle saved with --out.
"""

from pathlib import Path
from typing import Any

import click

from stillhouse import __version__
from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import Failure, line
from stillhouse.compose import cases
from stillhouse.compose.detector import detector
from stillhouse.guard import bundle
from stillhouse.ledger.entries import check


@click.command(help="Compute a case's evidence again and compare it, bit for bit.")
@click.argument("what", metavar="CASE|BUNDLE.json")
@click.option("--out", type=click.Path(path_type=Path), help="Save the newest bundle here.")
@on_store()
def replay(desk: Desk, *, what: str, out: Path | None) -> None:
    if Path(what).is_file():
        texts = [("", _file(Path(what)))]
    else:
        case = cases.read(desk.store, what)
        broken = check(desk.store.entries())
        if broken is not None:
            raise Failure(f"the ledger's entries were changed: {broken.what}; nothing is replayed")
        named = dict.fromkeys(e.bundle for e in case.evidence)
        texts = [(digest, desk.store.bundle(digest)) for digest in named]
    if out is not None:
        out.write_text(texts[-1][1], encoding="utf-8")
    results = [_one(digest, text) for digest, text in texts]
    for result in results:
        if desk.as_json:
            line(result)
        elif result["same"]:
            click.echo(f"{result['bundle'][:16]}: the same to the bit, e = {result['e_value']}")
    wrong = [r for r in results if not r["same"]]
    if wrong:
        raise Failure(
            "\n".join(f"{r['bundle'][:16]}: {d}" for r in wrong for d in r["differences"])
        )


def _file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{path} cannot be read: {error}") from None


def _one(digest: str, text: str) -> dict[str, Any]:
    judge, calibration = detector()
    try:
        made = bundle.read(text, named=digest)
        again = bundle.replay(made, judge, version=__version__, calibration=calibration)
    except bundle.BundleError as error:
        raise Failure(str(error)) from error
    return {
        "bundle": digest or bundle.digest(text),
        "same": again.same,
        "e_value": repr(made.finding.e_value),
        "signals": len(made.signals),
        "differences": list(again.differences),
    }
