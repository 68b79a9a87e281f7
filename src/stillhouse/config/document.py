"""The shape of the configuration document, one model per table. Imported by the loader alone.

Each table is read by itself, so that a mistake in one does not hide a mistake in the next. A
field's description is its line in docs/reference/configuration.md; a test holds the two together.
Numbers may come as text, because `${PORT}` is text; amounts of money must come as text or as whole
numbers, because a float has already lost what was written.
"""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from stillhouse.config.settings import Console, Guard, Oidc, Server
from stillhouse.tariff import Tariff, tariff
from stillhouse.tariff.prices import EVER
from stillhouse.units.instant import Instant, instant
from stillhouse.units.money import pico, pico_per_token
from stillhouse.units.usage import Meter
from stillhouse.wire.deployment import Deployment, Provider, ProviderKind
from stillhouse.wire.tiers import tier

DEAREST_TOKEN = 10**10
"""pico-units: USD 10,000 for a million tokens; more is a slip of the unit"""
DEAREST_REQUEST = 10**15
"""pico-units: USD 1,000 for one call"""
MOST_TOKENS = 20_000_000
"""of one call, each way; with the two above, a hold fits the 18 digits of a receipt's column"""
MOST_WORKERS = 32
"""the shared table of rate limits has a column for each (gateway.windows)"""
RESERVED_HEADERS = {"host", "connection", "content-length", "transfer-encoding", "content-type"}


def _wrong(message: str) -> PydanticCustomError:
    return PydanticCustomError("value", "{message}", {"message": message})


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise _wrong("a number is needed, not true or false")
    return float(value) if isinstance(value, Decimal) else value


def _amount(read: Callable[[str | int], int], most: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, Decimal):
            raise _wrong(f'write the amount as text, "{value}": a float is not exact')
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise _wrong('write the amount as text, like "2.50"')
        amount = read(value)
        if amount < 0:
            raise ValueError(f"a price cannot be negative: {value}")
        if amount > most:
            raise ValueError(f"{value} is dearer than any price; is the unit right?")
        return amount

    return parse


def _instant(value: Any) -> Instant:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        raise _wrong("a time with its zone is needed, like 2026-01-01T00:00:00Z")
    return instant(value)


def _tier(value: str) -> str:
    if value == "auto":
        raise ValueError("auto is no tier of its own: the provider says which one it was")
    return tier(value) or ""


def _url(value: str) -> str:
    value = value.rstrip("/")
    if value.startswith("unix:"):
        if not value.startswith("unix:/"):
            raise ValueError("a Unix socket is written with its full path, unix:/run/model.sock")
        return value
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("an address holds no space, no line break and only ASCII")
    parts = urlsplit(value)  # raises ValueError for a bad host
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an address like https://api.openai.com/v1 is needed")
    if parts.username is not None or parts.password is not None:
        raise ValueError("keep user names and passwords out of the address; use headers")
    if parts.query or parts.fragment:
        raise ValueError("the address may hold no ? and no #; api_version has a key of its own")
    _ = parts.port  # raises ValueError when it is no port
    return value


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
            raise ValueError("a header's name is letters, digits and dashes")
        if name.lower() in RESERVED_HEADERS:
            raise ValueError(f"{name.lower()} is ours to send")
        if not value.isascii() or not value.isprintable():
            raise ValueError(f"the value of {name} holds what no header can carry")
    return headers


Number = BeforeValidator(_number)
Port = Annotated[int, Number, Field(ge=0, le=65_535)]
Count = Annotated[int, Number, Field(ge=1, le=2**53)]
Tokens = Annotated[int, Number, Field(ge=1, le=MOST_TOKENS)]
Seconds = Annotated[float, Number, Field(gt=0, le=86_400, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Url = Annotated[str, AfterValidator(_url)]
PerMillion = Annotated[int, BeforeValidator(_amount(pico_per_token, DEAREST_TOKEN))]
PerRequest = Annotated[int, BeforeValidator(_amount(pico, DEAREST_REQUEST))]
Tier = Annotated[str, Field(max_length=64), AfterValidator(_tier)]
Moment = Annotated[Instant, BeforeValidator(_instant)]
TokenMeter = Literal[
    "input", "cache_read", "cache_write", "cache_write_1h", "output", "reasoning",
    "audio_in", "audio_out", "image_in", "image_out",
]  # fmt: skip


class Table(BaseModel):
    """What every table shares: unknown keys are mistakes, and errors never show the input."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


_SERVER = Server()


class ServerTable(Table):
    """`[server]`: how this machine serves. Sizes in bytes, times in seconds."""

    host: Name = Field(_SERVER.host, description="the address to listen on")
    port: Port = Field(_SERVER.port, description="the gateway's port; 0 takes any free one")
    admin_port: Port | None = Field(None, description="the admin port; `port` + 1 unless written")
    workers: Annotated[int, Number, Field(ge=1, le=MOST_WORKERS)] = Field(
        _SERVER.workers, description="gateway processes; one per core at most"
    )
    data: Path = Field(
        _SERVER.data, description="the data folder; relative to the configuration file's folder"
    )
    builtin: bool = Field(
        default=True, description="serve the model that ships, as the deployment `builtin`"
    )
    tls_cert: Path | None = Field(None, description="certificate chain (PEM): serve HTTPS")
    tls_key: Path | None = Field(None, description="the certificate's private key (PEM)")
    max_connections: Count = Field(
        _SERVER.max_connections, description="client connections per worker"
    )
    max_body_bytes: Count = Field(
        _SERVER.max_body_bytes, description="the largest request body; a larger one answers 413"
    )
    max_header_bytes: Count = Field(
        _SERVER.max_header_bytes, description="the largest request head; a larger one answers 431"
    )
    header_timeout_s: Seconds = Field(
        _SERVER.header_timeout_s, description="time for a client to send its request head"
    )
    body_timeout_s: Seconds = Field(
        _SERVER.body_timeout_s, description="time for a client to send its request body"
    )
    keepalive_timeout_s: Seconds = Field(
        _SERVER.keepalive_timeout_s, description="how long an idle client connection is kept"
    )
    deadline_s: Seconds = Field(
        _SERVER.deadline_s, description="one whole call, over all its attempts"
    )
    max_attempts: Annotated[int, Number, Field(ge=1, le=20)] = Field(
        _SERVER.max_attempts, description="attempts of one call, retries and fallbacks together"
    )
    keepalive_comment_s: Seconds = Field(
        _SERVER.keepalive_comment_s,
        description="silence on a stream after which the client is sent a comment",
    )
    client_gone_drain_s: Seconds = Field(
        _SERVER.client_gone_drain_s,
        description="how long an answer is still read after its client left, to learn the usage",
    )
    client_gone_drains: Count = Field(
        _SERVER.client_gone_drains, description="how many such answers at once, per worker"
    )
    drain_timeout_s: Seconds = Field(
        _SERVER.drain_timeout_s, description="how long a graceful stop waits for calls in flight"
    )
    seal_every_s: Seconds = Field(
        _SERVER.seal_every_s, description="how often a worker's journal is sealed into a segment"
    )
    seal_bytes: Count = Field(
        _SERVER.seal_bytes, description="or sooner, when the journal has grown to this size"
    )
    templates: bool = Field(
        _SERVER.templates,
        description="tell what a call is for by its template, where it does not say it",
    )


def _default(struct: type, field: str) -> Any:
    """The default of a msgspec struct's field: written once, there."""
    names, defaults = struct.__struct_fields__, struct.__struct_defaults__  # type: ignore[attr-defined]
    return dict(zip(names[-len(defaults) :], defaults, strict=True))[field]


class ProviderTable(Table):
    """`[providers.NAME]`: who serves models."""

    kind: ProviderKind = Field(
        description=(
            "the dialect: `openai` (also vLLM, Ollama), `azure`, `anthropic`, `builtin`, `student`"
        )
    )
    base_url: Url = Field(
        "",
        description="where requests go, or `unix:/path`; only `azure` has no default",
    )
    api_key_env: str = Field("", description="the environment variable that holds the key")
    api_key: str = Field(
        "", repr=False, description='the key itself, as `"${VAR}"`; prefer `api_key_env`'
    )
    api_version: str = Field(
        "", description="Azure's `api-version`; empty uses the `/openai/v1` surface"
    )
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = Field(
        {}, repr=False, description="sent with every request to this provider"
    )
    stream_usage: bool = Field(
        _default(Provider, "stream_usage"),
        description="ask streams for usage; off for servers that reject `stream_options`",
    )
    connect_timeout_s: Seconds = Field(
        _default(Provider, "connect_timeout_s"), description="time to connect"
    )
    first_chunk_timeout_s: Seconds = Field(
        _default(Provider, "first_chunk_timeout_s"),
        description="silence before the first byte of an answer; past it the call fails over",
    )
    idle_timeout_s: Seconds = Field(
        _default(Provider, "idle_timeout_s"), description="silence between two bytes of an answer"
    )
    max_connections: Count = Field(
        _default(Provider, "max_connections"), description="connections per worker"
    )
    verify_tls: bool = Field(
        _default(Provider, "verify_tls"), description="check the provider's certificate"
    )
    ca_file: Path | None = Field(None, description="a certificate authority of your own (PEM)")
    path: str = Field(
        "",
        max_length=100,
        description="the access path in the registry of terms, like `self-hosted`; known addresses"
        " have a default",
    )
    student: str = Field(
        "",
        description="`student` alone: its id as `distill status` lists it, or the beginning of it;"
        " or a folder",
    )


class DeploymentTable(Table):
    """`[deployments.NAME]`: our named route to one model at one provider."""

    provider: Name = Field(description="a name under `[providers]`")
    model: Name = Field(description="the provider's name of the model (Azure: of its deployment)")
    fallbacks: tuple[Name, ...] = Field(
        (), description="other deployments to try when this one fails, in order"
    )
    max_input_tokens: Tokens = Field(
        _default(Deployment, "max_input_tokens"),
        description="the model's context; bounds what a request can cost when its body does not",
    )
    max_output_tokens: Tokens = Field(
        _default(Deployment, "max_output_tokens"),
        description="bounds a request that names no limit of its own",
    )
    cap: bool = Field(
        _default(Deployment, "cap"),
        description="near a budget's end, write a token limit into the body rather than refuse",
    )
    price_model: str = Field("", description="the model to look up in the prices, if not `model`")
    region: str = Field("", description="where it is served, for prices that differ by region")
    weights: str = Field(
        "",
        max_length=200,
        description="the licence of self-hosted weights, by its id in the registry: `llama-3.1`",
    )
    accounts: tuple[Name, ...] = Field(
        (),
        description=(
            'ids of who may call it by its name, `"*"` for all; unset is all, for a student nobody'
        ),
    )


class PriceTable(Table):
    """`[[prices]]`: what one model costs from one moment on. Never edit one: add a later one."""

    model: Name = Field(description="the model, as deployments name it")
    book: Literal["sale", "cost"] = Field(
        "sale", description="`sale`: what you bill; `cost`: what the provider bills you"
    )
    valid_from: Moment = Field(
        description="the first moment it applies, with its zone: `2026-01-01T00:00:00Z`"
    )
    usd_per_million: dict[TokenMeter, PerMillion] = Field(
        {}, description='price of each meter per million tokens, as text: `{ input = "2.50" }`'
    )
    usd_per_request: PerRequest | None = Field(
        None, description='price of one request, as text: `"0.01"`'
    )
    above_input_tokens: Annotated[int, Number, Field(ge=0, le=MOST_TOKENS)] = Field(
        0, description="for calls with more input tokens than this: the whole call is priced so"
    )
    service_tier: Tier = Field(
        "", description="the service tier that this is the price of; empty is the ordinary one"
    )
    other_tiers: tuple[Tier, ...] = Field(
        (), description="service tiers without a row of their own that this price is for, too"
    )
    batch: bool = Field(default=False, description="the price in batches")
    region: str = Field("", description="the deployments' `region` it is for; empty is every one")
    account: str = Field("", description="a contracted price: the account's id; beats the list")
    known_from: Moment | None = Field(
        None, description="when you came to know it, for a correction; empty is since ever"
    )
    source: str = Field("", description="where the price was published, for whoever asks")

    @property
    def by_meter(self) -> dict[Meter, int]:
        prices: dict[Meter, int] = {Meter(name): p for name, p in self.usd_per_million.items()}
        if self.usd_per_request is not None:
            prices[Meter.REQUESTS] = self.usd_per_request
        return prices

    @property
    def tariff(self) -> Tariff:
        """Raises ValueError when its parts contradict each other."""
        return tariff(
            book=self.book,
            model=self.model,
            valid_from=self.valid_from,
            prices=self.by_meter,
            source=self.source,
            account=self.account,
            region=self.region,
            batch=self.batch,
            tier=self.service_tier,
            above=self.above_input_tokens,
            known_from=EVER if self.known_from is None else self.known_from,
            also=self.other_tiers,
        )


_CONSOLE = Console()
_GUARD = Guard()
_OIDC = Oidc(issuer="", client_id="")
RoleName = Literal["owner", "billing", "reviewer", "member"]


class OidcTable(Table):
    """`[console.oidc]`: sign in by an OpenID Connect provider."""

    issuer: Url = Field(description="the provider's issuer; discovery starts from it")
    client_id: Name = Field(description="what the provider calls this console")
    client_secret_env: str = Field(
        "", description="the environment variable that holds the client's secret"
    )
    name: Name = Field(_OIDC.name, description="what the button on the sign-in page says")
    scopes: Name = Field(_OIDC.scopes, description="what is asked for, with blanks between")
    role_claim: Name = Field(
        _OIDC.role_claim, description="the claim that `roles` is looked up by: text or a list"
    )
    roles: dict[str, RoleName] = Field(
        {}, description="a value of that claim, or a proved e-mail address -> a role"
    )
    default_role: RoleName | Literal[""] = Field(
        "", description="the role of everyone else; empty lets nobody else in"
    )
    accounts_claim: str = Field(
        "", description="the claim that names the accounts of a `member`, by id or name"
    )


class ConsoleTable(Table):
    """`[console]`: the console and the Admin API, on `admin_port`."""

    enabled: bool = Field(_CONSOLE.enabled, description="serve them; off: nothing listens there")
    url: Url | Literal[""] = Field(
        _CONSOLE.url, description="its address as browsers see it, when a proxy stands before it"
    )
    idle_minutes: Annotated[float, Number, Field(gt=0, le=43_200)] = Field(
        _CONSOLE.idle_minutes, description="a session ends when it was not used for so long"
    )
    session_hours: Annotated[float, Number, Field(gt=0, le=720)] = Field(
        _CONSOLE.session_hours, description="a session ends after so long, used or not"
    )
    link_minutes: Annotated[float, Number, Field(gt=0, le=1_440)] = Field(
        _CONSOLE.link_minutes, description="a sign-in link opens for so long, once"
    )
    oidc: OidcTable | None = Field(None, description="see `[console.oidc]`")


class GuardTable(Table):
    """`[guard]`: who collects outputs to train a model."""

    enabled: bool = Field(_GUARD.enabled, description="look at a sample of calls, and judge it")
    automatic: Literal["none", "note", "notice", "throttle"] = Field(
        _GUARD.automatic,
        description="how far guard goes without a person: none, note, notice or throttle",
    )
    every_s: Annotated[float, Number, Field(ge=0.1, le=3_600)] = Field(
        _GUARD.every_s, description="how often signals are kept and judged"
    )
    first_calls: Annotated[int, Field(ge=0, le=100_000)] = Field(
        _GUARD.first_calls,
        description="calls of an account in an hour that a worker looks at, all; then one in 16",
    )


TABLES: dict[str, type[Table]] = {
    "server": ServerTable,
    "providers": ProviderTable,
    "deployments": DeploymentTable,
    "prices": PriceTable,
    "console": ConsoleTable,
    "console.oidc": OidcTable,
    "guard": GuardTable,
}
TOP_KEYS = (*(name for name in TABLES if "." not in name), "price_files")
