"""The shipped model, loaded once, and its server on a free port in this process."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import openai
import pytest
import uvicorn

from stillhouse.upstream.builtin.model import Engine
from stillhouse.upstream.builtin.server import Service

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine()


@pytest.fixture(scope="session")
def served(engine: Engine) -> Service:
    return Service(engine)


@pytest.fixture(scope="session")
def url(served: Service) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(served.app(), log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield "http://{}:{}/v1".format(*listening.getsockname())
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=url, api_key="none", max_retries=0) as client:
        yield client
