"""The supervisor: what dies is started again, and nothing outlives it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psutil
import pytest
from tests.faults.service import Service

from stillhouse.compose.supervisor import (
    RESTART_PAUSE_MAX_S,
    RESTART_PAUSE_S,
    SOCKET_PATH_MAX,
    Child,
    Supervisor,
    student_command,
)
from stillhouse.config.settings import Console, Oidc, Server, Settings, undump
from stillhouse.distill.artefact import MANIFEST
from stillhouse.wire.deployment import Provider, ProviderKind

WITHIN_S = 30.0


def until(true: Callable[[], bool], *, what: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.02)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path, "http://127.0.0.1:9/v1", workers=2)
    asyncio.run(service.start())
    try:
        yield service
    finally:
        service.kill()


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def writers(service: Service) -> list[int]:
    return [
        msgspec.json.decode(line)["writer"]
        for line in service.log.read_bytes().splitlines()
        if b'"worker_ready"' in line
    ]


def test_a_killed_worker_is_started_again_as_another_writer(service: Service) -> None:
    until(lambda: len(writers(service)) == 2, what="two workers")
    before = service.processes()
    service.kill_worker(0)
    until(lambda: len(writers(service)) == 3, what="a third writer")
    until(lambda: service.processes()["workers"][0] != before["workers"][0], what="its pid noted")

    now = service.processes()
    assert 3 == len(set(writers(service)))
    assert before["workers"][1] == now["workers"][1]
    assert before["url"] == now["url"]
    assert 0 == service.stop()


def test_a_killed_sealer_is_started_again(service: Service) -> None:
    before = service.processes()["sealer"]
    service.kill_sealer()
    until(lambda: service.processes()["sealer"] != before, what="another sealer")

    assert lives(service.processes()["sealer"])
    assert 0 == service.stop()


def test_nothing_outlives_a_killed_supervisor(service: Service) -> None:
    pids = service.pids()
    os.kill(pids[0], signal.SIGKILL)
    until(lambda: not any(lives(pid) for pid in pids[1:]), what="the end of every child")

    assert b'"worker_stopped"' in service.log.read_bytes(), "they drained, they were not killed"


def test_a_graceful_stop_leaves_no_process_and_no_note(service: Service) -> None:
    pids = service.pids()

    assert 0 == service.stop()
    assert [] == [pid for pid in pids if lives(pid)]
    assert not (service.data / "run" / "workers.json").exists()


def test_a_bad_reload_is_refused_and_the_old_one_stays(service: Service) -> None:
    service.config.write_text("[server]\nbanana = 1\n")
    os.kill(service.pids()[0], signal.SIGHUP)
    until(lambda: b'"reload_refused"' in service.log.read_bytes(), what="a refusal")

    asyncio.run(service.ready())
    assert 0 == service.stop()


# -- its parts


def settings(data: Path, **server: object) -> Settings:
    return Settings(server=Server(data=data, port=0, admin_port=0, **server))  # type: ignore[arg-type]


def made(data: Path, **server: object) -> Supervisor:
    return Supervisor(settings(data, **server), reload=lambda: None)


def test_all_workers_share_the_port_that_the_kernel_chose(tmp_path: Path) -> None:
    supervisor = made(tmp_path, workers=3)
    ports = {listener.getsockname()[1] for listener in supervisor._sockets}

    assert supervisor.url == f"http://127.0.0.1:{ports.pop()}"
    assert not ports
    supervisor.close()


def test_a_port_that_another_service_would_share_is_taken(tmp_path: Path) -> None:
    first = made(tmp_path, workers=2)
    port = first._sockets[0].getsockname()[1]

    with pytest.raises(OSError, match="in use"):
        Supervisor(
            Settings(server=Server(data=tmp_path, port=port, workers=2)), reload=lambda: None
        )
    first.close()


def test_a_taken_admin_port_is_named_and_the_gateways_port_is_let_go(tmp_path: Path) -> None:
    first = made(tmp_path)
    asked = Server(data=tmp_path, port=0, admin_port=first.admin_port)

    with pytest.raises(OSError, match="in use") as refused:
        Supervisor(Settings(server=asked), reload=lambda: None)

    assert f"admin_port {first.admin_port}" == refused.value.filename
    first.close()


def test_without_a_console_nothing_listens_there(tmp_path: Path) -> None:
    off = Settings(server=Server(data=tmp_path, port=0), console=Console(enabled=False))
    supervisor = Supervisor(off, reload=lambda: None)

    assert 0 == supervisor.admin_port
    supervisor.close()


def test_gateways_get_the_kept_keys_and_not_the_consoles_secret(tmp_path: Path) -> None:
    console = Console(oidc=Oidc(issuer="https://i", client_id="c", client_secret="of-oidc"))
    given = Settings(server=Server(data=tmp_path, port=0, admin_port=0), console=console)
    kept = Provider(name="p", kind=ProviderKind.OPENAI, base_url="http://p", api_key="of-p")
    supervisor = Supervisor(
        given,
        reload=lambda: None,
        with_keys=lambda settings: msgspec.structs.replace(settings, providers={"p": kept}),
    )

    assert "of-p" == undump(supervisor._line()).providers["p"].api_key
    assert b"of-oidc" not in supervisor._line()
    assert b"of-oidc" in supervisor._console.input
    supervisor.close()


def test_an_ipv6_address_is_shown_in_brackets(tmp_path: Path) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 on this machine")
    try:
        supervisor = made(tmp_path, host="::1")
    except OSError:
        pytest.skip("no IPv6 loopback on this machine")

    assert supervisor.url.startswith("http://[::1]:")
    supervisor.close()


def test_a_deep_data_folder_has_its_socket_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90)
    supervisor = made(deep)

    assert len(str(supervisor._builtin_path)) <= SOCKET_PATH_MAX
    supervisor.close()


def test_a_child_that_keeps_dying_is_started_ever_more_slowly() -> None:
    child = Child("brief", ["no.such.module"], b"line\n", ())
    pauses = []
    for _ in range(7):
        child._started = time.monotonic()
        child.process = _ended()
        assert 3 == child.died()
        pauses.append(child.not_before - time.monotonic())
        assert child.died() is None, "it is told once"

    assert [round(p, 1) for p in pauses] == [
        min(RESTART_PAUSE_S * 2**n, RESTART_PAUSE_MAX_S) for n in range(7)
    ]


def _ended() -> "subprocess.Popen[bytes]":
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"], stdin=subprocess.PIPE)
    process.wait()
    return process


@pytest.mark.parametrize(
    ("form", "module", "names"),
    [
        ("linear", "stillhouse.upstream.student", []),
        ("causal", "stillhouse.training.serve", ["--name=colours-1", "--name=colours-2"]),
        ("", "stillhouse.upstream.student", []),
    ],
)
def test_a_student_is_served_by_the_module_for_its_form_and_knows_its_names(
    tmp_path: Path, form: str, module: str, names: list[str]
) -> None:
    if form:
        (tmp_path / MANIFEST).write_bytes(msgspec.json.encode({"form": form}))
    provider = Provider(
        name="pupil", kind=ProviderKind.STUDENT, base_url="unix:s.sock", student=str(tmp_path)
    )

    assert [module, str(tmp_path), "--listen", "s.sock", *names] == student_command(
        provider, ["colours-2", "colours-1"]
    )
