"""Settings: what the rest of the house reads. Plain values, complete and already checked.

The supervisor loads once and hands the result to each worker as JSON, so that every worker runs
with the same settings and none of them imports the loader: pydantic alone would cost a worker
more memory than its connections do. The JSON holds provider keys: hand it over a pipe or a socket,
never by an argument, a file or a log.
"""

from pathlib import Path
from typing import Any, Literal

import msgspec

from stillhouse.tariff import Tariff
from stillhouse.wire.deployment import Deployment, Provider

KIB = 1024
MIB = 1024 * KIB


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """How this machine serves. Sizes in bytes, times in seconds; every wait has a limit."""

    host: str = "127.0.0.1"
    port: int = 8080
    admin_port: int = 8081
    workers: int = 1
    data: Path = Path("data")
    tls_cert: Path | None = None
    tls_key: Path | None = None

    max_connections: int = 10_000
    max_body_bytes: int = 20 * MIB
    max_header_bytes: int = 32 * KIB
    header_timeout_s: float = 10.0
    body_timeout_s: float = 60.0
    keepalive_timeout_s: float = 75.0

    deadline_s: float = 600.0
    """one whole call, over all its attempts"""
    max_attempts: int = 3
    keepalive_comment_s: float = 15.0
    """silence on a stream after which the client gets a comment, so that proxies keep the line"""
    client_gone_drain_s: float = 30.0
    """how long an answer is still read after its client left, to learn the usage"""
    client_gone_drains: int = 256
    """how many such answers are read at once, per worker"""
    drain_timeout_s: float = 30.0
    """how long a graceful stop waits for calls in flight"""

    seal_every_s: float = 30.0
    seal_bytes: int = 16 * MIB
    templates: bool = True
    """tell what a call is for by its template, where it does not say it"""


class Oidc(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenID Connect provider. client_secret: already resolved; never printed."""

    issuer: str
    client_id: str
    client_secret: str = ""
    name: str = "your organisation"
    scopes: str = "openid email profile"
    role_claim: str = "groups"
    roles: dict[str, str] = {}
    default_role: str = ""
    accounts_claim: str = ""

    def __repr__(self) -> str:
        return f"Oidc({self.issuer!r}, {self.client_id!r})"


class Console(msgspec.Struct, frozen=True, kw_only=True):
    """The console and the Admin API on `admin_port`. url "": the address that it listens on."""

    enabled: bool = True
    url: str = ""
    idle_minutes: float = 480.0
    session_hours: float = 24.0
    link_minutes: float = 15.0
    oidc: Oidc | None = None


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """Who collects outputs to train a model. automatic: how far guard goes without a person."""

    enabled: bool = True
    automatic: Literal["none", "note", "notice", "throttle"] = "throttle"
    every_s: float = 15.0
    """how often signals are kept, and how often they are judged"""
    first_calls: int = 256
    """of an account in each hour, all looked at by each worker; after those, one in 16"""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was configured.

    tariffs: every known price; the gateway makes a PriceBook of them.
    origin: what was read, for the start banner; never a secret.
    warnings: what will work otherwise than its author may expect, one sentence each.
    """

    server: Server = Server()
    console: Console = Console()
    guard: Guard = Guard()
    providers: dict[str, Provider] = {}
    deployments: dict[str, Deployment] = {}
    tariffs: tuple[Tariff, ...] = ()
    origin: str = "the defaults"
    warnings: tuple[str, ...] = ()


def dump(settings: Settings) -> bytes:
    """Write settings for a worker. Holds secrets."""
    return msgspec.json.encode(settings, enc_hook=_plain)


def undump(data: bytes) -> Settings:
    return msgspec.json.decode(data, type=Settings, dec_hook=_typed)


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(f"settings cannot hold a {type(value).__name__}")


def _typed(kind: type, value: Any) -> Any:
    if kind is Path or issubclass(kind, Path):
        return Path(value)
    raise NotImplementedError(f"settings cannot hold a {kind.__name__}")
