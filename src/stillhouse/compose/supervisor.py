"""The service: one supervisor that keeps its processes alive and hands them their settings.

    supervisor ── gateway workers (one listening socket each, SO_REUSEPORT)
              ├── sealer          (journals -> segments -> ledger; recovers dead writers)
              ├── guard           (signals -> findings -> cases; when it is broken calls go on)
              ├── console         (pages and the Admin API, on a port of their own)
              ├── builtin         (the model that ships, when a deployment uses it)
              └── students        (one process for each student provider that a deployment uses)

The supervisor opens the listening sockets and keeps them, so that a worker which dies loses the
calls it had in flight and not the connections that wait to be accepted: its successor gets the same
socket. Settings travel through each process's standard input; when the supervisor dies that input
ends, and every process drains and exits.

    SIGTERM, SIGINT   drain: workers first, then the sealer seals what they left
    SIGHUP            read the configuration again; a bad one is reported and the old one stays
    SIGUSR1           hand out the keys of providers again (the console has changed one)
"""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import FrameType

import msgspec

from stillhouse.compose.log import log
from stillhouse.config.settings import Console, Settings, dump
from stillhouse.distill.artefact import MANIFEST
from stillhouse.wire.deployment import Provider, ProviderKind

RESTART_PAUSE_S = 0.2
RESTART_PAUSE_MAX_S = 5.0
HEALTHY_AFTER_S = 10.0
SOCKET_PATH_MAX = 100  # the kernel's limit is 108 bytes
STOP_MARGIN_S = 10.0
ANY_IPV4, ANY_IPV6 = "0.0.0.0", "::"  # noqa: S104 - recognised, not chosen


def console_url(settings: Settings, port: int) -> str:
    """Where browsers find the console: as written, or on the address that it listens on."""
    if settings.console.url:
        return settings.console.url
    host = settings.server.host
    host = {ANY_IPV4: "127.0.0.1", ANY_IPV6: "::1"}.get(host, host)
    scheme = "http" if settings.server.tls_cert is None else "https"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def student_command(provider: Provider, models: Collection[str]) -> list[str]:
    """The module that serves a student, and its arguments. base_url: its socket.

    models: what deployments call it.
    """
    at = provider.base_url.removeprefix("unix:")
    module, names = "stillhouse.upstream.student", []
    with suppress(OSError, msgspec.MsgspecError):  # then its process says what is wrong
        said = msgspec.json.decode((Path(provider.student) / MANIFEST).read_bytes(), type=_Said)
        if said.form == "causal":  # torch: the one room that may import it
            module = "stillhouse.training.serve"
            names = [f"--name={model}" for model in sorted(models)]
    return [module, provider.student, "--listen", at, *names]


class _Said(msgspec.Struct):
    form: str = ""


class Child:
    """One process and how to start it again."""

    def __init__(
        self, name: str, command: list[str], first_input: bytes, fds: tuple[int, ...]
    ) -> None:
        self.name = name
        self.command = command
        self._fds = fds
        self.input = first_input
        self._pause = RESTART_PAUSE_S
        self._started = 0.0
        self.not_before = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own modules, by this interpreter
            [sys.executable, "-m", *self.command],
            stdin=subprocess.PIPE,
            pass_fds=self._fds,
            start_new_session=False,
        )
        self.send(self.input)

    def send(self, data: bytes) -> None:
        pipe = None if self.process is None else self.process.stdin
        if pipe is None or not data:
            return
        try:
            pipe.write(data)
            pipe.flush()
        except OSError:
            pass  # it died; its restart gets the same input

    def end_input(self) -> None:
        """Tell it to finish; unlike a signal, this cannot come before it knows what to do."""
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()

    @property
    def pid(self) -> int:
        return 0 if self.process is None else self.process.pid

    def died(self) -> int | None:
        """Its exit code when it is not running, else None. Sets when to start it again."""
        if self.process is None:
            return None
        code = self.process.poll()
        if code is None:
            return None
        self.end_input()
        self.process = None
        if time.monotonic() - self._started > HEALTHY_AFTER_S:
            self._pause = RESTART_PAUSE_S
        self.not_before = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, RESTART_PAUSE_MAX_S)
        return code

    def signal(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    def wait(self, timeout_s: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            log("killed", process=self.name)
            self.process.kill()
            self.process.wait()


class Supervisor:
    """Runs until told to stop."""

    def __init__(
        self,
        settings: Settings,
        *,
        reload: Callable[[], Settings | None],
        with_keys: Callable[[Settings], Settings] = lambda settings: settings,
    ) -> None:
        """`reload` reads the configuration again; None, having said why, when it is bad.

        with_keys: puts the providers' keys that are kept in the store in the configuration's place.
        """
        self._reload = reload
        self._with_keys = with_keys
        self._data = settings.server.data.resolve()
        self._run = self._data / "run"
        self._run.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._run / "windows").unlink(missing_ok=True)  # counters of a minute, and their layout
        self._short: Path | None = None
        self._builtin_path = self._socket_path("builtin")
        self._students: dict[str, Child] = {}
        self._settings = self._prepared(settings)
        self._asked_to_stop = False
        self._asked_to_reload = False
        self._asked_for_keys = False
        self._port = settings.server.port
        self._bound(share=False).close()  # another service that would share the port is refused
        self._sockets = [self._listen() for _ in range(settings.server.workers)]
        self._admin = self._listen_admin() if settings.console.enabled else None
        self._wake = threading.Event()
        line = self._line()
        count = settings.server.workers
        self._workers = [
            Child(
                f"worker {index}",
                [
                    "stillhouse.compose.gateway_process",
                    f"--listen={listener.fileno()}",
                    f"--index={index}",
                    f"--workers={count}",
                ],
                line,
                (listener.fileno(),),
            )
            for index, listener in enumerate(self._sockets)
        ]
        self._sealer = Child("sealer", ["stillhouse.compose.sealer_process"], line, ())
        self._guard = Child("guard", ["stillhouse.compose.guard_process"], line, ())
        self._console = Child(
            "console",
            [
                "stillhouse.compose.console_process",
                f"--listen={self._admin.fileno() if self._admin else -1}",
                f"--gateway={self.url}",
            ],
            dump(self._settings) + b"\n",
            (self._admin.fileno(),) if self._admin else (),
        )
        self._builtin = Child(
            "builtin", ["stillhouse.upstream.builtin", "--socket", str(self._builtin_path)], b"", ()
        )
        self._match_students()

    @property
    def url(self) -> str:
        host, port = self._sockets[0].getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        scheme = "http" if self._settings.server.tls_cert is None else "https"
        return f"{scheme}://{shown}:{port}"

    @property
    def admin_port(self) -> int:
        """Where the console listens; 0 when it is off."""
        return self._admin.getsockname()[1] if self._admin else 0

    def _children(self) -> list[Child]:
        builtin = [self._builtin] if self._uses_builtin() else []
        console = [self._console] if self._admin else []
        guard = [self._guard] if self._settings.guard.enabled else []
        return [*builtin, *self._students.values(), self._sealer, *self._workers, *guard, *console]

    def _uses_builtin(self) -> bool:
        return bool(self._used(ProviderKind.BUILTIN))

    def _used(self, kind: ProviderKind) -> dict[str, Provider]:
        """Providers of this kind that a deployment uses."""
        used = {d.provider for d in self._settings.deployments.values()}
        return {n: p for n, p in self._settings.providers.items() if p.kind is kind and n in used}

    def _models_of(self, provider: str) -> set[str]:
        return {d.model for d in self._settings.deployments.values() if d.provider == provider}

    def _match_students(self) -> None:
        """One process for each student in use; one that is used no more, or is another, ends.

        Where no student is none is started; the configuration's warnings have said so.
        """
        wanted = {
            name: student_command(provider, self._models_of(name))
            for name, provider in self._used(ProviderKind.STUDENT).items()
            if (Path(provider.student) / MANIFEST).is_file()
        }
        for name, child in list(self._students.items()):
            if wanted.get(name) != child.command:
                child.signal(signal.SIGTERM)
                child.wait(STOP_MARGIN_S)
                del self._students[name]
        for name, command in wanted.items():
            if name not in self._students:
                self._students[name] = Child(f"student {name}", command, b"", ())

    # -- running

    def run(self, ready: Callable[[str], None]) -> int:
        """Serve until SIGTERM or SIGINT. `ready(url)` is called when a worker answers."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_reload)
        signal.signal(signal.SIGUSR1, self._on_keys)
        for child in self._children():
            child.start()
        self._note()
        threading.Thread(target=self._announce, args=(ready,), daemon=True).start()
        while not self._asked_to_stop:
            self._wake.wait(0.1)
            self._wake.clear()
            if self._asked_to_reload:
                self._asked_to_reload = False
                self._go_over()
            if self._asked_for_keys:
                self._asked_for_keys = False
                self._hand_out(self._settings)
            self._revive()
        self._stop()
        return 0

    def _revive(self) -> None:
        """Start again what has died: a worker under a new writer id, after a growing pause."""
        changed = False
        for child in self._children():
            code = child.died()
            if code is not None:
                log("process_died", process=child.name, code=code)
            if child.process is None and time.monotonic() >= child.not_before:
                child.start()
                changed = True
        if changed:
            self._note()

    def _go_over(self) -> None:
        settings = self._reload()
        if settings is None:
            return
        self._hand_out(self._prepared(settings))
        log("reloaded", origin=settings.origin)

    def _hand_out(self, settings: Settings) -> None:
        self._settings = settings
        self._match_students()
        line = self._line()
        for child in [self._sealer, *self._workers, self._guard]:
            child.input = line
            child.send(line)
        if self._admin is not None:
            self._console.input = dump(settings) + b"\n"
            self._console.send(self._console.input)

    def _line(self) -> bytes:
        """What gateways are handed: with the keys in use, without the console's own secret."""
        settings = self._with_keys(self._settings)
        return dump(msgspec.structs.replace(settings, console=Console())) + b"\n"

    def _stop(self) -> None:
        log("stopping")
        limit = self._settings.server.drain_timeout_s + STOP_MARGIN_S
        for child in self._workers:
            child.signal(signal.SIGTERM)
        for child in self._workers:
            child.wait(limit)
        models = [self._builtin, *self._students.values()]
        for child in models:
            child.signal(signal.SIGTERM)
        self._console.end_input()
        self._guard.end_input()
        if self._sealer.died() is not None or self._sealer.process is None:
            self._sealer.start()  # it must seal what the workers left, so it is needed once more
        self._sealer.end_input()
        for child in (self._sealer, *models, self._guard, self._console):
            child.wait(limit)
        self.close()
        (self._run / "workers.json").unlink(missing_ok=True)
        log("stopped")

    def close(self) -> None:
        """Let go of the ports."""
        for listener in self._sockets:
            listener.close()
        if self._admin is not None:
            self._admin.close()

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop = True
        self._wake.set()

    def _on_reload(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_reload = True
        self._wake.set()

    def _on_keys(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_for_keys = True
        self._wake.set()

    # -- small things

    def _prepared(self, settings: Settings) -> Settings:
        """Absolute data folder; what we serve ourselves at its socket."""
        providers = {name: self._at_socket(p) for name, p in settings.providers.items()}
        server = msgspec.structs.replace(settings.server, data=self._data)
        return msgspec.structs.replace(settings, server=server, providers=providers)

    def _at_socket(self, provider: Provider) -> Provider:
        if provider.kind is ProviderKind.BUILTIN:
            return msgspec.structs.replace(provider, base_url=f"unix:{self._builtin_path}")
        if provider.kind is ProviderKind.STUDENT:
            folder = Path(provider.student).resolve()
            # Named by what is served: a worker that goes over to another student dials it, too.
            mark = sha256(f"{provider.name}\0{folder}".encode()).hexdigest()[:12]
            at = f"unix:{self._socket_path(f'student-{mark}')}"
            return msgspec.structs.replace(provider, base_url=at, student=str(folder))
        return provider

    def _listen(self) -> socket.socket:
        listener = self._bound(share=self._settings.server.workers > 1)
        # Port 0 lets the kernel choose once; the other workers' sockets share that port.
        self._port = listener.getsockname()[1]
        listener.listen(4096)
        listener.set_inheritable(True)
        return listener

    def _listen_admin(self) -> socket.socket:
        """Raises OSError with `filename` set to the port, so that the right one is named."""
        port = self._settings.server.admin_port
        try:
            listener = self._bound(share=False, port=port)
        except OSError as error:
            for opened in self._sockets:
                opened.close()
            raise OSError(error.errno, error.strerror, f"admin_port {port}") from error
        listener.listen(128)
        listener.set_inheritable(True)
        return listener

    def _bound(self, *, share: bool, port: int | None = None) -> socket.socket:
        host = self._settings.server.host
        listener = socket.socket(
            socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM
        )
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if share:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            listener.bind((host, self._port if port is None else port))
        except OSError:
            listener.close()
            raise
        return listener

    def _socket_path(self, name: str) -> Path:
        path = self._run / f"{name}.sock"
        if len(str(path)) > SOCKET_PATH_MAX:
            self._short = self._short or Path(tempfile.mkdtemp(prefix="stillhouse-"))
            path = self._short / f"{name}.sock"
        return path

    def _note(self) -> None:
        """Who runs, for operators and tests: DIR/run/workers.json."""
        noted = {
            "supervisor": os.getpid(),
            "workers": [child.pid for child in self._workers],
            "sealer": self._sealer.pid,
            "builtin": self._builtin.pid,
            "students": {name: child.pid for name, child in self._students.items()},
            "guard": self._guard.pid,
            "console": self._console.pid,
            "url": self.url,
            "console_url": console_url(self._settings, self.admin_port) if self._admin else "",
        }
        part = self._run / "workers.json.part"
        part.write_text(json.dumps(noted))
        part.rename(self._run / "workers.json")

    def _announce(self, ready: Callable[[str], None]) -> None:
        """Ask /ready until it answers, then say so."""
        host, port = self._sockets[0].getsockname()[:2]
        host = {ANY_IPV4: "127.0.0.1", ANY_IPV6: "::1"}.get(host, host)
        while not self._asked_to_stop:
            try:
                with self._connected(host, port) as link:
                    link.sendall(b"GET /ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                    if link.recv(64).startswith(b"HTTP/1.1 200"):
                        ready(self.url)
                        return
            except OSError:
                pass
            time.sleep(0.05)

    def _connected(self, host: str, port: int) -> socket.socket:
        link = socket.create_connection((host, port), timeout=1)
        if self._settings.server.tls_cert is None:
            return link
        context = ssl.create_default_context()
        context.check_hostname = False  # it asks itself, by an address
        context.verify_mode = ssl.CERT_NONE
        return context.wrap_socket(link)
