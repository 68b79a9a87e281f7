"""`stillhouse serve`: check the configuration, prepare the data folder, supervise until stopped.

A first start on an empty data folder makes an account and a key, and prints them once with a curl
line that works as printed. Nothing else is asked for before the first success.
"""

import fcntl
import os
import secrets
import shlex
import shutil
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click

from stillhouse.cli.desk import actor
from stillhouse.cli.folder import DATA_VARIABLE
from stillhouse.cli.output import Failure
from stillhouse.compose.log import log
from stillhouse.compose.releases import permitted
from stillhouse.compose.stores import open_store
from stillhouse.compose.supervisor import Supervisor, console_url
from stillhouse.compose.way_in import new_link, nobody_yet, open_register, with_kept_keys
from stillhouse.config.load import load
from stillhouse.config.problem import ConfigError, describe
from stillhouse.config.settings import Settings
from stillhouse.ledger.ports import ConflictError, Store, UnavailableError
from stillhouse.tenants import Secret, digest
from stillhouse.tenants.key import hint, secret
from stillhouse.units.instant import Instant

EXIT_CONFIGURATION = 2
FIRST_ACCOUNT = "default"


@click.command(help="Serve the gateway.")
@click.option("--config", type=click.Path(path_type=Path), help="Configuration file (TOML).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the gateway; 0 picks one.")
@click.option("--workers", type=click.IntRange(1, 32), help="Gateway processes.")
@click.option("--data", type=click.Path(path_type=Path), help="Data folder.")
def serve(config: Path | None, port: int | None, workers: int | None, data: Path | None) -> None:
    if data is None and os.environ.get(DATA_VARIABLE):
        data = Path(os.environ[DATA_VARIABLE])
    overrides = {"port": port, "workers": workers, "data": data}

    def read() -> Settings:
        settings = load(file=config, env=os.environ, overrides=overrides)
        for warning in settings.warnings:
            log("warning", message=warning)
        return settings

    try:
        settings = read()
    except ConfigError as error:
        click.echo(describe(error.problems, origin=error.origin), err=True)
        sys.exit(EXIT_CONFIGURATION)
    folder = settings.server.data

    def again() -> Settings | None:
        """The configuration as it is now, its prices registered; None when it is not usable."""
        try:
            fresh = read()
            with closing(open_store(folder)) as store:
                store.configure_prices(fresh.tariffs, at=Instant(time.time_ns() // 1000))
        except ConfigError as error:
            log("reload_refused", problems=describe(error.problems, origin=error.origin))
            return None
        except (ConflictError, UnavailableError) as error:
            log("reload_refused", problems=str(error))
            return None
        return fresh

    try:
        with closing(open_store(folder, create=True)) as store:
            lock = _only_service(folder)
            supervisor = _listening(settings, again)
            at = Instant(time.time_ns() // 1000)
            store.configure_prices(settings.tariffs, at=at)
            first = _first_key(store, at)  # after listening: a key is never made and not shown
    except (ConflictError, UnavailableError) as error:
        raise Failure(str(error)) from error
    url, greeted = supervisor.url, threading.Event()
    admin = console_url(settings, supervisor.admin_port) if supervisor.admin_port else ""

    def greet(at_url: str) -> None:
        _greet(at_url, settings, first, admin)
        greeted.set()

    try:
        code = supervisor.run(greet)
        if first is not None and not greeted.is_set():
            _greet(url, settings, first, "")  # it was never ready, and the key is shown only now
        sys.exit(code)
    finally:
        os.close(lock)


def _listening(settings: Settings, again: Callable[[], Settings | None]) -> Supervisor:
    try:
        return Supervisor(
            settings,
            reload=again,
            with_keys=lambda given: with_kept_keys(
                permitted(given, now=Instant(time.time_ns() // 1000)), settings.server.data
            ),
        )
    except OSError as error:
        where = f"{settings.server.host}:{settings.server.port}"
        remedy = "choose --port"
        if error.filename is not None:
            where = f"{settings.server.host}, {error.filename}"
            remedy = "write another [server] admin_port (0 takes any free one)"
        raise Failure(
            f"cannot listen on {where}: {error.strerror}; end what uses it, or {remedy}"
        ) from error


def _only_service(folder: Path) -> int:
    """One service per data folder; the kernel lets go of the lock when it dies."""
    run = folder / "run"
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(run / "service.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Failure(
            f"another `stillhouse serve` runs on the data folder {folder}; stop it, or name another"
            " folder with --data"
        ) from None
    return lock


def _first_key(store: Store, at: Instant) -> Secret | None:
    """The first account and key of an empty folder; None when there are accounts already."""
    if store.directory().accounts:
        return None
    account = store.create_account(FIRST_ACCOUNT, at=at, actor=actor())
    drawn = secret(secrets.token_bytes(32))
    store.create_key(
        digest=digest(drawn.reveal().encode()),
        hint=hint(drawn),
        account=account.id,
        project=None,
        name="first start",
        models=None,
        expires_at=None,
        at=at,
        actor=actor(),
    )
    return drawn


def _greet(url: str, settings: Settings, first: Secret | None, admin: str) -> None:
    """admin: where the console is; "" when it is off."""
    lines = [
        f"Stillhouse serves on {url}/v1  (configuration: {settings.origin})",
        f"deployments: {', '.join(sorted(settings.deployments)) or 'none'}",
    ]
    if first is not None:
        lines += _first_steps(url, settings, first)
    if admin:
        lines += _console(admin, settings)
    click.echo("\n".join(lines))
    sys.stdout.flush()


def _console(admin: str, settings: Settings) -> list[str]:
    """Where the console is; while it has no members, a link that makes the first owner."""
    folder, minutes = settings.server.data, settings.console.link_minutes
    if not nobody_yet(folder):
        return [f"console: {admin}"]
    with closing(open_register(folder)) as register:
        at = Instant(time.time_ns() // 1000)
        link, _ = new_link(register, url=admin, minutes=minutes, at=at, actor=actor())
    command = f"{_program()} console link{_data_option(folder)}"
    return [
        "",
        f"The console. This link opens once, within {minutes:g} minutes, and makes you its owner",
        f"(for another: {command}):",
        "",
        f"    {link}",
    ]


def _program() -> str:
    return shlex.quote("stillhouse" if shutil.which("stillhouse") else sys.argv[0])


def _data_option(folder: Path) -> str:
    return "" if folder == Path("data") else f" --data {shlex.quote(str(folder))}"


def _first_steps(url: str, settings: Settings, first: Secret) -> list[str]:
    """What a person does first, each line to be copied as it is."""
    names = sorted(settings.deployments, key=lambda name: name != "builtin")
    model = names[0] if names else "MODEL"
    body = f'{{"model":"{model}","messages":[{{"role":"user","content":"Say hello"}}]}}'
    call = (
        f"curl -sS {url}/v1/chat/completions -H 'Authorization: Bearer {first.reveal()}'"
        f" -H 'Content-Type: application/json' -d '{body}'"
    )
    folder = settings.server.data
    month = time.strftime("%Y-%m", time.gmtime())
    bill = f"{_program()} bill --account {FIRST_ACCOUNT} --month {month}{_data_option(folder)}"
    return [
        "",
        f'A first account "{FIRST_ACCOUNT}" was made. Its key is shown this once:',
        "",
        f"    {first.reveal()}",
        "",
        "Try it:",
        "",
        call,
        "",
        f"Then: {bill}",
    ]
