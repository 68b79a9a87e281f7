"""What no single table can know. Pure: tables in, problems out.

Names must exist, dialects must agree, prices must not contradict each other.

A name counts as known when its table was written at all, even wrongly, so that one mistake is
reported once, where it is.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from stillhouse.config.document import DeploymentTable, PriceTable, ProviderTable, ServerTable
from stillhouse.config.problem import Problem
from stillhouse.config.read import key, nearest
from stillhouse.wire.deployment import ProviderKind


@dataclass(frozen=True, slots=True)
class Route:
    """The names that a deployment refers to; None where what was written is no name."""

    provider: str | None = None
    fallbacks: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables that could be read, and the names of all that were written."""

    server: ServerTable | None = None
    providers: Mapping[str, ProviderTable] = field(default_factory=dict)
    deployments: Mapping[str, DeploymentTable] = field(default_factory=dict)
    prices: tuple[tuple[str, PriceTable], ...] = ()
    """each with the place it was written at"""
    provider_names: Collection[str] = ()
    routes: Mapping[str, Route] = field(default_factory=dict)
    """of every deployment that was written, well or not"""


def check(tables: Tables) -> list[Problem]:
    return [
        *_server(tables.server),
        *(p for name, table in tables.providers.items() for p in _provider(name, table)),
        *(p for name, route in tables.routes.items() for p in _route(name, route, tables)),
        *_prices(tables.prices),
    ]


def warnings(tables: Tables) -> list[str]:
    """What will work otherwise than its author may expect."""
    priced = {(table.book, table.model) for _, table in tables.prices}
    said = []
    for name, table in tables.deployments.items():
        model = table.price_model or table.model
        if ("sale", model) not in priced:
            said.append(
                f'{key("deployments", name)}: no sale price for "{model}" here; calls answer 402'
                " until [[prices]] names one or one is approved (`stillhouse prices list`)"
            )
    return said


def _server(table: ServerTable | None) -> Iterator[Problem]:
    if table is None:
        return
    if table.port and table.port == table.admin_port:
        yield Problem(
            "server.admin_port", f"port {table.port} is the gateway's own", "choose another port"
        )
    if (table.tls_cert is None) != (table.tls_key is None):
        missing = "tls_cert" if table.tls_cert is None else "tls_key"
        yield Problem(key("server", missing), "TLS needs both tls_cert and tls_key", "add it")
    if table.client_gone_drain_s > table.deadline_s:
        yield Problem(
            "server.client_gone_drain_s",
            "a call is never read longer than its deadline_s",
            "write a smaller number, or a larger deadline_s",
        )


def _provider(name: str, table: ProviderTable) -> Iterator[Problem]:
    here = ("providers", name)
    if table.kind is ProviderKind.AZURE:
        if not table.base_url:
            yield Problem(
                key(*here, "base_url"),
                "an Azure provider needs its resource's address",
                'like base_url = "https://NAME.openai.azure.com"',
            )
        elif "/openai" in table.base_url.partition("://")[2]:
            yield Problem(
                key(*here, "base_url"),
                "only the resource's address belongs here; we add the /openai path",
                'like base_url = "https://NAME.openai.azure.com"',
            )
    elif table.api_version:
        yield Problem(
            key(*here, "api_version"),
            f"only Azure providers take one, and this is {table.kind.value}",
            "remove it",
        )
    if table.kind is ProviderKind.ANTHROPIC and table.base_url.endswith("/v1"):
        yield Problem(
            key(*here, "base_url"),
            "we add /v1/messages ourselves",
            'leave /v1 out: base_url = "https://api.anthropic.com"',
        )
    if table.kind is ProviderKind.BUILTIN and table.base_url:
        yield Problem(
            key(*here, "base_url"), "the builtin provider runs inside this service", "remove it"
        )
    student = table.kind is ProviderKind.STUDENT
    if student and table.base_url:
        yield Problem(
            key(*here, "base_url"), "a student is served by this service itself", "remove it"
        )
    if student and not table.student:
        yield Problem(
            key(*here, "student"),
            "which student?",
            "name its folder, or the beginning of its id, as stillhouse distill status lists it:"
            ' student = "9b1f03"',
        )
    elif table.student and not student:
        yield Problem(
            key(*here, "student"),
            f"only a student provider takes one, and this is {table.kind.value}",
            'write kind = "student", or remove it',
        )
    if table.api_key and table.api_key_env:
        yield Problem(key(*here, "api_key"), "the key is given twice", "keep api_key_env alone")


def _route(name: str, route: Route, tables: Tables) -> Iterator[Problem]:
    here = ("deployments", name)
    if route.provider is not None and route.provider not in tables.provider_names:
        yield Problem(
            key(*here, "provider"),
            f'no provider is called "{route.provider}"',
            nearest(route.provider, tables.provider_names) or "add one under [providers]",
        )
    for place, other in enumerate(route.fallbacks):
        at = key(*here, "fallbacks", place)
        if other is None:
            continue
        if other == name:
            yield Problem(at, "a deployment cannot fall back to itself", "remove it")
        elif other in route.fallbacks[:place]:
            yield Problem(at, f'"{other}" is named twice', "remove one")
        elif other not in tables.routes:
            yield Problem(
                at,
                f'no deployment is called "{other}"',
                nearest(other, [n for n in tables.routes if n != name]),
            )
        elif {"openai", "anthropic"} == {_dialect(name, tables), _dialect(other, tables)}:
            yield Problem(
                at,
                f'"{other}" speaks another dialect; bodies are passed on as they came',
                "fall back to a deployment of the same dialect",
            )


def _dialect(name: str, tables: Tables) -> str:
    """Azure and the builtin model speak OpenAI's dialect; "" while it is not known."""
    table = tables.deployments.get(name)
    provider = tables.providers.get(table.provider) if table else None
    if provider is None:
        return ""
    return "anthropic" if provider.kind is ProviderKind.ANTHROPIC else "openai"


def _prices(prices: Iterable[tuple[str, PriceTable]]) -> Iterator[Problem]:
    seen: dict[tuple[object, ...], tuple[str, PriceTable]] = {}
    lowest: dict[tuple[object, ...], tuple[str, PriceTable]] = {}
    for where, table in prices:
        if not table.by_meter:
            yield Problem(
                f"{where}.usd_per_million",
                f'this row prices nothing for "{table.model}"',
                'name at least one meter: { input = "2.50", output = "10.00" }',
            )
        try:
            made = table.tariff
        except ValueError as error:
            yield Problem(f"{where}.other_tiers", str(error), "remove it")
            continue
        listed = (made.slot, made.valid_from, made.known_from)
        first = seen.setdefault((*listed, made.above), (where, table))
        if first[1].by_meter != table.by_meter or first[1].other_tiers != table.other_tiers:
            yield Problem(
                where,
                f'"{table.model}" has another {table.book} price for the same moment at {first[0]}',
                "keep one; a new price begins at a later valid_from",
            )
        least = lowest.setdefault(listed, (where, table))
        if table.above_input_tokens < least[1].above_input_tokens:
            lowest[listed] = (where, table)
    for where, table in lowest.values():
        if table.above_input_tokens:
            yield Problem(
                f"{where}.above_input_tokens",
                f'"{table.model}" has no {table.book} price for smaller calls of this moment',
                "add a row without above_input_tokens, with the same valid_from",
            )
