"""Where a public price list comes from: the package genai-prices, or a file of the same shape.

Read when somebody asks for an import, never by a call. What is read is named by its version and by
the hash of its content, so a row says for good which list it was taken from. Posture: fails closed;
a list that cannot be read proposes nothing.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stillhouse.ledger.ports import ConflictError, NotFoundError, UnavailableError
from stillhouse.tariff.catalogue import NotACatalogueError, Rows, Wanted, rows
from stillhouse.tariff.prices import Book
from stillhouse.tariff.version import WHEN_APPROVED
from stillhouse.units.instant import Instant

PACKAGE = "genai-prices"
FILE_BYTES_MAX = 64 * 1024 * 1024
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Catalogue:
    """providers: plain JSON, by id. known: a provider's model by any of its names -> its id."""

    name: str
    digest: str
    providers: Mapping[str, Mapping[str, Any]]
    objects: Mapping[str, Any]

    @property
    def source(self) -> str:
        return f"{self.name} sha256:{self.digest[:16]}"

    def chosen(
        self, providers: Sequence[str], models: Sequence[str]
    ) -> list[tuple[str, Mapping[str, Any]]]:
        """(the name to price it under, the model). Without models, all of the providers.

        Raises:
            NotFoundError: there is no such provider or model, or a model at several of them.
        """
        for name in providers:
            if name not in self.providers:
                ids = ", ".join(sorted(self.providers))
                raise NotFoundError(f"{self.name} has no provider {name}; it has {ids}")
        within = list(providers) or list(self.providers)
        by_id = {
            name: {model["id"]: model for model in self.providers[name]["models"]}
            for name in within
        }
        if not models:
            if len(within) > 1:
                raise ConflictError(
                    "several providers price the same models: name one with --provider"
                )
            return list(by_id[within[0]].items())
        return [(name, self._one(name, by_id)) for name in models]

    def _one(
        self, name: str, by_id: Mapping[str, Mapping[str, Mapping[str, Any]]]
    ) -> Mapping[str, Any]:
        found = {
            provider: known[ident]
            for provider, known in by_id.items()
            if (ident := self._ident(provider, name)) in known
        }
        if not found:
            raise NotFoundError(f"{self.name} has no model {name} of {', '.join(by_id)[:200]}")
        if len(found) > 1:
            shown = ", ".join(sorted(found)[:SHOWN])
            raise ConflictError(f"{name} is priced by {shown}: name one with --provider")
        return next(iter(found.values()))

    def _ident(self, provider: str, name: str) -> str:
        """A model has many names; the package knows which mean the same."""
        known = self.objects.get(provider)
        model = None if known is None else known.find_model(name)
        return name if model is None else str(model.id)


def from_package() -> Catalogue:
    """Raises UnavailableError: the extra is not installed."""
    try:
        data = import_module("genai_prices.data")
    except ModuleNotFoundError:
        raise UnavailableError(
            "public price lists need the package genai-prices: install stillhouse[prices],"
            " or name a file of its data with --from"
        ) from None
    plain = {p.id: {"models": [_plain(m) for m in p.models]} for p in data.providers}
    objects = {p.id: p for p in data.providers}
    return Catalogue(f"{PACKAGE} {version(PACKAGE)}", _digest(plain), plain, objects)


def from_file(path: Path) -> Catalogue:
    """A file of genai-prices' data: a JSON list of providers. Models go by their ids alone.

    Raises UnavailableError, ConflictError.
    """
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise ConflictError(f"{path} is larger than {FILE_BYTES_MAX} bytes")
        text = path.read_bytes()
        read = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ConflictError(f"{path} is not JSON: {error}") from error
    listed = read.get("providers") if isinstance(read, dict) else read
    if not isinstance(listed, list) or not all(
        isinstance(p, dict) and isinstance(p.get("id"), str) and _models(p) for p in listed
    ):
        raise ConflictError(
            f"{path} is no list of providers, each with an id and models, as genai-prices writes it"
        )
    return Catalogue(path.name, hashlib.sha256(text).hexdigest(), {p["id"]: p for p in listed}, {})


def taken(
    catalogue: Catalogue,
    *,
    book: Book,
    providers: Sequence[str] = (),
    models: Sequence[str] = (),
    markup_bp: int = 0,
    valid_from: Instant = WHEN_APPROVED,
    history: bool = False,
    at: Instant,
) -> Rows:
    """Rows to propose, and what was refused with its reason. See `tariff.catalogue`.

    Raises NotFoundError, ConflictError.
    """
    wanted = Wanted(
        book=book,
        source=catalogue.source,
        now=at,
        markup_bp=markup_bp,
        valid_from=valid_from,
        history=history,
    )
    try:
        return rows(catalogue.chosen(providers, models), wanted)
    except NotACatalogueError as error:
        raise ConflictError(f"{catalogue.name}: {error}") from error


def _models(provider: Mapping[str, Any]) -> bool:
    models = provider.get("models")
    return isinstance(models, list) and all(
        isinstance(m, dict) and isinstance(m.get("id"), str) and "prices" in m for m in models
    )


def _plain(model: Any) -> dict[str, Any]:
    given = model.prices
    blocks: Iterable[Any] = given if isinstance(given, list) else [given]
    return {
        "id": model.id,
        "prices": [
            {"constraint": _constraint(block), "prices": _prices(getattr(block, "prices", block))}
            for block in blocks
        ],
        "price_variants": [
            {"when": dict(v.when), "constraint": _constraint(v), "prices": _prices(v.prices)}
            for v in model.price_variants or ()
        ],
    }


def _constraint(block: Any) -> dict[str, str] | None:
    constraint = block.__dict__.get("constraint")
    if constraint is None:
        return None
    return {name: value.isoformat() for name, value in vars(constraint).items()}


def _prices(prices: Any) -> dict[str, Any]:
    return {
        name: value
        if isinstance(value, Decimal)
        else {
            "base": value.base,
            "tiers": [{"start": tier.start, "price": tier.price} for tier in value.tiers],
        }
        for name, value in vars(prices).items()
        if value is not None
    }


def _digest(plain: object) -> str:
    text = json.dumps(plain, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no price")
