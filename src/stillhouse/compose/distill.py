"""What the pipeline is handed of this house: its terms, its prices, the key of its templates.

log, options, store ─► Order, House ─► training.stages.Run ─► a student, a verdict
"""

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import stillhouse
from stillhouse.compose import cases
from stillhouse.compose.prices import known
from stillhouse.compose.stores import WholeStore
from stillhouse.compose.terms_book import terms_of
from stillhouse.distill.artefact import Manifest
from stillhouse.imports.call import Call
from stillhouse.imports.priced import Priced
from stillhouse.ledger.ports import ConflictError
from stillhouse.tariff.charge import charge_priced
from stillhouse.training import judging, shelf, students
from stillhouse.training.logs import format_of
from stillhouse.training.stages import House, Order, Stage
from stillhouse.units.instant import Instant
from stillhouse.units.money import PICO_PER_UNIT
from stillhouse.units.usage import Usage


def house(
    data: Path, store: WholeStore, *, moved: Callable[[Stage, float], None] = lambda _s, _n: None
) -> House:
    """Of this data folder."""
    terms = terms_of(store)
    return House(
        data=data,
        registry=terms.registry,
        price=prices(store),
        prices=",".join(sorted(store.tariffs())),
        held=lambda: held(store),
        attestations=terms.signed.attestations,
        waivers=terms.signed.waivers,
        moved=moved,
    )


def held(store: WholeStore) -> frozenset[str]:
    """Names and ids of accounts that a case holds or suspends: nothing is learned from them."""
    known, idents = store.directory().accounts, cases.held_accounts(store)
    return frozenset({*idents, *(known[i].name for i in idents if i in known)})


def order(source: Path, store: WholeStore, *, at: Instant, **asked: Any) -> Order:
    """asked: what of `Order` the operator chose.

    Raises:
        LineError: of no known format.
        ConflictError: the account that it is for is held or suspended by a case.
    """
    _not_held(store, asked.get("account") or "")
    asked["log"] = asked.get("log") or format_of(source)
    return Order(source=source, key=store.template_key(), now=at, commit=commit(), **asked)


def _not_held(store: WholeStore, account: str) -> None:
    known = {a.id for a in store.directory().accounts.values() if account in {a.id, a.name}}
    for ident in known:
        case = cases.held(store, ident)
        if case is not None:
            raise ConflictError(
                f"nothing may be trained for {account}: {case.id} is at {case.level.word}; see"
                f" `stillhouse guard show {case.id}`"
            )


def prices(store: WholeStore) -> Callable[[Call], tuple[int, str] | None]:
    """What a logged call was billed at: by our sale price, else its cost, else as its log says."""
    priced = Priced(known(store))

    def price(call: Call) -> tuple[int, str] | None:
        if call.free:
            return 0, call.currency
        for tariff in priced.at(call, ""):
            if tariff is not None:
                return charge_priced(Usage(*call.usage), tariff), tariff.currency
        if call.reported_cost is not None:
            return round(Fraction(call.reported_cost) * PICO_PER_UNIT), call.currency
        return None

    return price


def commit() -> str:
    """Of the code that trains: the checkout's commit, else the version."""
    here = Path(stillhouse.__file__).parent
    if not (here.parents[1] / ".git").exists():
        return stillhouse.__version__
    asked = ["git", "-C", str(here), "rev-parse", "HEAD"]
    try:
        said = subprocess.run(  # noqa: S603 # our own words
            asked, capture_output=True, check=True, timeout=10, text=True
        )
    except (OSError, subprocess.SubprocessError):
        return stillhouse.__version__
    return said.stdout.strip()


def evaluate(data: Path, name: str, on: Path, *, delta: float) -> tuple[Manifest, dict[str, Any]]:
    """Ask a student the calls of a file. Raises DamagedError, ValueError."""
    manifest, answer = students.ready(shelf.find(data, name))
    calls = list(judging.calls_of(on))
    if not calls:
        raise ValueError(f"{on.name} holds no calls")
    return manifest, judging.evaluated(calls, answer, labels=manifest.labels, delta=delta)
