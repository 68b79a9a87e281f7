"""The console: `python -m stillhouse.compose.console_process`, started by the supervisor.

A process of its own: no page, however heavy, takes a gateway's time, and whatever fails here leaves
the gateways as they are. It opens the same database and folders as everyone else.

Settings arrive as lines of JSON on standard input (they hold provider keys and the OpenID client's
secret, so never in arguments): the first to begin with, each further one a reload. End of input
means that the supervisor is gone: finish and exit.
"""

import argparse
import asyncio
import gc
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from stillhouse.compose.ahead import first_questions, keep_up
from stillhouse.compose.books import Books
from stillhouse.compose.control import lines
from stillhouse.compose.desks.parts import Parts
from stillhouse.compose.evidence import stay_prepared
from stillhouse.compose.house import TheHouse
from stillhouse.compose.log import log
from stillhouse.compose.newest import Newest
from stillhouse.compose.shelf import Shelf
from stillhouse.compose.stores import DATABASE, open_store
from stillhouse.compose.supervisor import console_url
from stillhouse.compose.watch import Watch
from stillhouse.config.settings import Settings, undump
from stillhouse.console import api
from stillhouse.console.app import create_app
from stillhouse.console.gate import Site
from stillhouse.console.oidc import Oidc, Provider
from stillhouse.console.session import Door, DoorTimes
from stillhouse.store.calls import CallFiles
from stillhouse.store.folder import JournalFolder
from stillhouse.store.rollups import Rollups
from stillhouse.store.sqlite_desk import SQLiteDesk
from stillhouse.store.vault import open_vault
from stillhouse.units.instant import SECOND, Instant

NICE = 5
"""Pages wait for calls, not calls for pages."""
STOP_S = 5


def main() -> None:
    arguments = argparse.ArgumentParser(prog="stillhouse console")
    arguments.add_argument("--listen", type=int, required=True, help="inherited socket")
    arguments.add_argument("--gateway", required=True, help="where clients call")
    given = arguments.parse_args()
    control = lines()
    settings = undump(next(control))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a reload is the supervisor's business
    os.nice(NICE)
    listener = socket.socket(fileno=given.listen)
    parts = open_parts(settings, port=listener.getsockname()[1], gateway_url=given.gateway)
    threading.Thread(target=_learn, args=(parts,), name="learn", daemon=True).start()
    threading.Thread(
        target=_stay_prepared, args=(settings.server.data,), name="evidence", daemon=True
    ).start()
    asyncio.run(_serve(application(parts), parts, listener, control))


def open_parts(settings: Settings, *, port: int, gateway_url: str) -> Parts:
    """Everything that a console's desks stand on, over one data folder."""
    data = settings.server.data
    store = open_store(data)
    register = SQLiteDesk(data / DATABASE)
    folder = JournalFolder(data)
    files = CallFiles(data, SQLiteDesk(data / DATABASE))
    return Parts(
        data=data,
        store=store,
        register=register,
        books=Books(data, store),
        newest=Newest(store, register, files, Watch(folder), Rollups(store)),
        vault=partial(open_vault, data, os.environ),
        settings=settings,
        console_url=console_url(settings, port),
        gateway_url=gateway_url,
        shelf=Shelf(store),
        keys_changed=_tell_supervisor,
    )


def application(parts: Parts) -> FastAPI:
    """The app over these parts; pages when they are there."""
    settings = parts.settings
    console = settings.console
    door = Door(
        parts.register,
        DoorTimes(
            idle_us=int(console.idle_minutes * 60 * SECOND),
            absolute_us=int(console.session_hours * 3600 * SECOND),
        ),
        clock=lambda: Instant(time.time_ns() // 1000),
    )
    routers = [api.router]
    oidc = None
    if console.oidc is not None:
        oidc = Oidc(
            Provider(
                issuer=console.oidc.issuer,
                client_id=console.oidc.client_id,
                client_secret=console.oidc.client_secret,
                name=console.oidc.name,
                scopes=console.oidc.scopes,
                claim=console.oidc.role_claim,
                roles=console.oidc.roles,
                default_role=console.oidc.default_role,
                accounts_claim=console.oidc.accounts_claim,
            ),
            callback=f"{parts.console_url}/sign-in/oidc/callback",
        )
        routers.append(oidc.router())
    looks = None
    try:
        from stillhouse.console import pages  # noqa: PLC0415 - pages come apart from the rest
    except ImportError:
        log("console_without_pages")
    else:
        routers += pages.ROUTERS
        looks = pages.looks() if hasattr(pages, "looks") else None
    return create_app(
        house=TheHouse(parts),
        door=door,
        site=Site(
            url=parts.console_url if console.url else "",
            secure=parts.console_url.startswith("https://"),
            port=int(parts.console_url.rpartition(":")[2])
            if parts.console_url.rpartition(":")[2].isdigit()
            else 0,
            gateway_url=parts.gateway_url,
            oidc_name=console.oidc.name if console.oidc else "",
        ),
        routers=routers,
        looks=looks,
        log=log,
    )


async def _serve(
    app: FastAPI, parts: Parts, listener: socket.socket, control: Iterator[bytes]
) -> None:
    server = parts.settings.server
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_S,
        ssl_certfile=str(server.tls_cert) if server.tls_cert else None,
        ssl_keyfile=str(server.tls_key) if server.tls_key else None,
    )
    serving = uvicorn.Server(config)
    threading.Thread(
        target=_follow, args=(control, parts, serving), name="control", daemon=True
    ).start()
    log("console_ready", pid=os.getpid(), url=parts.console_url)
    await serving.serve(sockets=[listener])
    log("console_stopped")


def _follow(control: Iterator[bytes], parts: Parts, serving: uvicorn.Server) -> None:
    """Each line is a new settings document; the end of input is the end of the supervisor."""
    for line in control:
        try:
            parts.settings = undump(line)
        except ValueError as error:
            log("settings_not_read", error=str(error))
    serving.should_exit = True


def _learn(parts: Parts) -> None:
    """Read what the first pages would wait for: totals, documents, the chain from its beginning."""
    try:
        parts.newest.learn()
        parts.shelf.look()
        parts.proof.follow(parts.store)
        parts.directory()
        first_questions(parts, Instant(time.time_ns() // 1000))
        gc.freeze()  # what was read stays: no page has to wait while it is looked through again
    except Exception as error:  # noqa: BLE001 - the first question does it again, and says so
        log("console_not_warm", error=f"{type(error).__name__}: {error}")
    keep_up(parts, threading.Event(), log)


def _stay_prepared(data: Path) -> None:
    """Read segments for the month's close while there is nothing else to do."""
    try:
        stay_prepared(data, threading.Event(), lambda: Instant(time.time_ns() // 1000))
    except Exception as error:  # noqa: BLE001 - a close makes what is missing, and says so
        log("evidence_not_made", error=f"{type(error).__name__}: {error}")


def _tell_supervisor() -> None:
    """SIGUSR1: hand the gateways their providers' keys again."""
    os.kill(os.getppid(), signal.SIGUSR1)


if __name__ == "__main__":
    main()
