"""From the raw document to Settings: read every table, check the whole, make the values.

Goes on past every mistake, so that all of them are reported at once; answers None when Settings
cannot be made.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from stillhouse.config.check import Route, Tables, check, warnings
from stillhouse.config.document import (
    ConsoleTable,
    DeploymentTable,
    GuardTable,
    PriceTable,
    ProviderTable,
    ServerTable,
    Table,
)
from stillhouse.config.problem import Problem
from stillhouse.config.read import key, read, unknown_tables
from stillhouse.config.settings import Console, Guard, Oidc, Server, Settings
from stillhouse.config.shipped import Document
from stillhouse.distill.artefact import MANIFEST, DamagedError
from stillhouse.tariff import Tariff
from stillhouse.terms.paths import default_path
from stillhouse.training import shelf
from stillhouse.wire.deployment import Deployment, Provider, ProviderKind

T = TypeVar("T", bound=Table)

BASE_URL = {
    ProviderKind.OPENAI: "https://api.openai.com/v1",
    ProviderKind.ANTHROPIC: "https://api.anthropic.com",
}
"""Where a provider of this kind is unless its table says otherwise."""


@dataclass(frozen=True, slots=True)
class Build:
    """One reading of one document; `problems` and `notes` fill up as it goes.

    base: the folder that relative paths in the document start from.
    overrides: keys of [server] from the command line.
    secrets: whether an absent provider key is a mistake, and an absent student worth a word.
    """

    env: Mapping[str, str]
    base: Path
    overrides: Mapping[str, object]
    origin: str
    secrets: bool
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def settings(
        self, document: Document, *, extra_prices: list[tuple[str, Any]]
    ) -> Settings | None:
        """Make Settings; `extra_prices` are the rows of price files with their places."""
        self.problems.extend(unknown_tables(document))
        server = self._server_table(document)
        console = read(ConsoleTable, document.get("console", {}), ("console",), self.problems)
        guard = read(GuardTable, document.get("guard", {}), ("guard",), self.problems)
        providers = self._named(ProviderTable, document, "providers")
        deployments = self._named(DeploymentTable, document, "deployments")
        tables = Tables(
            server=server,
            providers=providers,
            deployments=deployments,
            prices=self._prices(document, extra_prices),
            provider_names=list(_table(document, "providers")),
            routes={name: _route(raw) for name, raw in _table(document, "deployments").items()},
        )
        self.problems.extend(check(tables))
        self.notes.extend(warnings(tables))
        ready = self._server(server) if server else None
        data = Server().data if ready is None else ready.data
        made = {name: self._provider(name, table, data) for name, table in providers.items()}
        admin = self._console(console) if console else None
        if ready is None or admin is None or guard is None or self.problems:
            return None
        return Settings(
            server=ready,
            console=admin,
            guard=Guard(**guard.model_dump()),
            providers=made,
            deployments={
                name: Deployment(name=name, **table.model_dump())
                for name, table in deployments.items()
            },
            tariffs=_tariffs(tables),
            origin=self.origin,
            warnings=tuple(self.notes),
        )

    def _server_table(self, document: Document) -> ServerTable | None:
        raw = document.get("server", {})
        if isinstance(raw, dict):
            raw = {**raw, **self.overrides}
        return read(ServerTable, raw, ("server",), self.problems)

    def _named(self, model: type[T], document: Document, table: str) -> dict[str, T]:
        """Read each [table.NAME]."""
        if not isinstance(document.get(table, {}), dict):
            self._wrong(table, "a table of named tables is needed", f"write [{table}.NAME]")
        found = {}
        for name, raw in _table(document, table).items():
            if not name or not name.isprintable() or any(c in name for c in "?# "):
                self._wrong(
                    key(table, name),
                    "a name goes into addresses: no space, ? or #",
                    "choose another name",
                )
            one = read(model, raw, (table, name), self.problems)
            if one is not None:
                found[name] = one
        return found

    def _prices(
        self, document: Document, extra: list[tuple[str, Any]]
    ) -> tuple[tuple[str, PriceTable], ...]:
        written = document.get("prices", [])
        if not isinstance(written, list):
            self._wrong("prices", "a list of tables is needed", "write [[prices]]")
            written = []
        rows = [(key("prices", place), raw) for place, raw in enumerate(written)] + extra
        found = []
        for where, raw in rows:
            here: list[Problem] = []
            one = read(PriceTable, raw, (), here)
            for p in here:
                self._wrong(f"{where}.{p.where}" if p.where else where, p.message, p.fix)
            if one is not None:
                found.append((where, one))
        return tuple(found)

    def _student(self, written: str, data: Path, where: str) -> str:
        """The folder of a student: a name alone is the beginning of an id on the shelf.

        One that is not there (any more) stops nobody: what falls back on its teacher goes there.
        """
        folder = self.base / written
        if not written or (folder / MANIFEST).is_file():
            return str(folder) if written else ""
        if Path(written).name != written:
            self._without(where, f"no student in {folder}")
            return str(folder)
        try:
            return str(shelf.named(data, written))
        except shelf.AbsentError as error:
            self._without(where, str(error))
        except DamagedError as error:
            if self.secrets:  # a command that asks no student does without
                self._wrong(where, str(error))
        return str(shelf.shelf(data) / written)

    def _without(self, where: str, why: str) -> None:
        if self.secrets:
            self.notes.append(
                f"{where}: {why}. It is not started: the teacher answers its releases, and the"
                " fallbacks of its deployments; put it there or remove it, then reload"
            )

    def _provider(self, name: str, table: ProviderTable, data: Path) -> Provider:
        base_url = table.base_url or BASE_URL.get(table.kind, "")
        ca_file = ""
        if table.ca_file is not None:
            ca_file = str(self._existing(table.ca_file, key("providers", name, "ca_file")))
        return Provider(
            name=name,
            base_url=base_url,
            api_key=self._api_key(name, table, base_url),
            ca_file=ca_file,
            student=self._student(table.student, data, key("providers", name, "student")),
            path=table.path or default_path(table.kind, base_url),
            **table.model_dump(
                exclude={"api_key_env", "api_key", "base_url", "ca_file", "student", "path"}
            ),
        )

    def _api_key(self, name: str, table: ProviderTable, base_url: str) -> str:
        where = key("providers", name, "api_key_env" if table.api_key_env else "api_key")
        api_key = table.api_key or self.env.get(table.api_key_env, "")
        if table.api_key_env and not api_key and self.secrets:
            message = f"the variable {table.api_key_env} is not set"
            if table.kind is ProviderKind.OPENAI and base_url != BASE_URL[ProviderKind.OPENAI]:
                # Servers of one's own often ask for no key; the real ones always do.
                self.notes.append(f"{where}: {message}; no key is sent")
            else:
                self._wrong(where, message, f"export {table.api_key_env}=...")
        if any(not "!" <= c <= "~" for c in api_key):
            self._wrong(
                where,
                "the key holds a space, a line break or a character that no header can carry",
                "copy the key again",
            )
        return api_key

    def _console(self, table: ConsoleTable) -> Console:
        oidc = None
        if table.oidc is not None:
            where, name = "console.oidc.client_secret_env", table.oidc.client_secret_env
            secret = self.env.get(name, "")
            if name and not secret and self.secrets:
                self._wrong(where, f"the variable {name} is not set", f"export {name}=...")
            written = table.oidc.model_dump(exclude={"client_secret_env"})
            oidc = Oidc(client_secret=secret, **written)
        return Console(oidc=oidc, **table.model_dump(exclude={"oidc"}))

    def _server(self, table: ServerTable) -> Server:
        # The command line's folder is relative to where it was typed, the file's to the file.
        data = table.data if "data" in self.overrides else self.base / table.data
        if data.exists() and not data.is_dir():
            self._wrong("server.data", f"{data} is no folder", "name a folder")
        admin_port = table.admin_port
        if admin_port is None:
            # Beside the gateway's, so that two services on one machine need one number each.
            admin_port = 0 if table.port == 0 else min(table.port + 1, 65_534)
        cert, cert_key = table.tls_cert, table.tls_key
        if cert and cert_key:
            cert = self._existing(cert, "server.tls_cert")
            cert_key = self._existing(cert_key, "server.tls_key")
            self._pair(cert, cert_key)
        return Server(
            data=data,
            admin_port=admin_port,
            tls_cert=cert,
            tls_key=cert_key,
            **table.model_dump(exclude={"builtin", "data", "admin_port", "tls_cert", "tls_key"}),
        )

    def _pair(self, cert: Path, cert_key: Path) -> None:
        """A certificate that cannot be served is found now, not by the first client."""
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, cert_key)
        except FileNotFoundError:
            pass  # told already
        except (ssl.SSLError, OSError) as error:
            message = f"the certificate and its key cannot be used: {error}"
            self._wrong(
                "server.tls_cert", message, "name a PEM chain and the key that belongs to it"
            )

    def _existing(self, file: Path, where: str) -> Path:
        found = self.base / file
        if not found.is_file():
            self._wrong(where, f"there is no file {found}")
        return found

    def _wrong(self, where: str, message: str, fix: str = "") -> None:
        self.problems.append(Problem(where, message, fix))


def _table(document: Document, name: str) -> Document:
    written = document.get(name, {})
    return written if isinstance(written, dict) else {}


def _route(raw: Any) -> Route:
    provider = raw.get("provider") if isinstance(raw, dict) else None
    fallbacks = raw.get("fallbacks") if isinstance(raw, dict) else None
    return Route(
        provider if isinstance(provider, str) else None,
        tuple(
            f if isinstance(f, str) else None
            for f in (fallbacks if isinstance(fallbacks, list) else ())
        ),
    )


def _tariffs(tables: Tables) -> tuple[Tariff, ...]:
    """Each price once: a row that is written twice with the same numbers is one tariff."""
    made = (table.tariff for _, table in tables.prices)
    return tuple({t.id: t for t in made}.values())
